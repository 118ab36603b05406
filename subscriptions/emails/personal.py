"""The letters a person waits for, and those that tell them what was done in their name."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from statements.languages import direction, language_name
from statements.models import Topic
from subscriptions.emails.mail import Mail, message
from subscriptions.emails.words import render
from subscriptions.links import Wish, confirm_url, sign_in_url
from subscriptions.models import Frequency, Subscriber

# Nobody's vacation notice should answer a letter that a machine wrote (RFC 3834).
_AUTOMATIC = {"Auto-Submitted": "auto-generated"}
# Three hundred long Arabic names would make four times the mail that programs show whole, with the button at its end.
MOST_NAMED = 20


def confirmation(wish: Wish) -> Mail:
    """Ask the person at the address whether the wish is theirs, and say what it is.

    Of many topics the mail names the first; the page that its link opens names all.
    """
    chosen = list(_chosen(wish))
    context = {
        "url": confirm_url(wish),
        "days": settings.CONFIRMATION_LIFETIME.days,
        "topics": chosen[:MOST_NAMED],
        "more": len(chosen[MOST_NAMED:]),
        "languages": [
            {"code": code, "name": language_name(code), "direction": direction(code)} for code in wish.languages
        ],
        "waits": wish.while_missing == Subscriber.WhileMissing.WAIT,
    }
    return _letter("confirmation", wish.email, wish.languages[0], context)


def _chosen(wish: Wish) -> Iterator[tuple[Topic | None, Frequency]]:
    """Return each topic of a wish, None for all of them, with how often it is wanted; none that is gone meanwhile."""
    known: dict[str, Topic | None] = {"": None}
    known |= {topic.slug: topic for topic in Topic.objects.filter(slug__in=dict(wish.topics))}
    for slug, frequency in wish.topics:
        if slug in known:
            yield known[slug], Frequency(frequency)


def sign_in(subscriber: Subscriber, language: str, wish: Wish | None = None) -> Mail:
    """Send a subscriber the link to their preferences, in the language they asked in."""
    minutes = int(settings.SIGN_IN_LIFETIME.total_seconds() // 60)
    context = {"url": sign_in_url(subscriber, language, wish), "minutes": minutes}
    return _letter("sign_in", subscriber.email, language, context)


def address_change(subscriber: Subscriber, new_address: str, url: str, language: str) -> Mail:
    """Ask at the new address of a subscriber whether it is theirs: `url` proves it."""
    return _letter("address_change", new_address, language, {"url": url, "former": _veiled(subscriber.email)})


def address_changed(old_address: str, new_address: str, undo_url: str, days: int, language: str) -> Mail:
    """Tell the old address where the mails go from now on; for so many days `undo_url` takes the change back."""
    return _letter("address_changed", old_address, language, {"url": undo_url, "days": days, "new": new_address})


def goodbye(address: str, language: str, undo_url: str, hours: int) -> Mail:
    """Tell an address that it gets nothing more; for so many hours `undo_url` takes that back.

    No `undo_url`: that all that was held of them is erased.
    """
    with override(language):
        sign_up_url = settings.SITE_URL + reverse("subscriptions:sign_up")
    return _letter("goodbye", address, language, {"url": undo_url, "hours": hours, "sign_up_url": sign_up_url})


def _veiled(address: str) -> str:
    """Return what its owner knows an address by and a stranger, should the new one be mistyped, cannot write to."""
    local, _at, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"


def _letter(name: str, address: str, language: str, context: dict[str, Any]) -> Mail:
    return message(render(name, language, {"address": address, **context}), address, _AUTOMATIC)
