"""The words of a mail: one folder of templates each, rendered in one language. And the letters a person waits for."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import Header
from email.utils import formataddr, parseaddr
from typing import Any

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import override

from statements.languages import direction, language_name, site_name
from statements.text import clean_line
from subscriptions.links import Wish, confirm_url, sign_in_url
from subscriptions.models import Subscriber

# RFC 5322 §2.1.1 bounds a line at 998 octets; a subject this long is cut by every mail program anyway.
SUBJECT_LENGTH = 200
# RFC 5321 §4.5.3.1.6 allows 1,000 with the line's end.
LINE_LENGTH = 900

_inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)


@dataclass(frozen=True)
class Words:
    """A mail's words, before it has a reader."""

    subject: str
    text: str
    html: str
    language: str


def render(name: str, language: str, context: dict[str, Any]) -> Words:
    """Return the words of `templates/emails/<name>/` in a language: subject.txt, body.txt, body.html."""
    with override(language):
        context = {
            "language": language,
            "direction": direction(language),
            "site_name": site_name(language),
            "site_url": settings.SITE_URL,
            **context,
        }
        subject = clean_line(render_to_string(f"emails/{name}/subject.txt", context))
        context["subject"] = subject
        text = render_to_string(f"emails/{name}/body.txt", context).strip() + "\n"
        html = _inliner.inline(render_to_string(f"emails/{name}/body.html", context))
    if len(subject) > SUBJECT_LENGTH:
        subject = subject[: SUBJECT_LENGTH - 1].rstrip() + "…"
    # In <pre> a line break shows.
    return Words(subject, _with_short_lines(text), html if "<pre" in html else _with_short_lines(html), language)


def _with_short_lines(text: str) -> str:
    """Return `text` with its long lines broken at spaces, so that each fits into LINE_LENGTH octets where it can.

    A longer line makes the e-mail package encode the whole part as quoted-printable: an Arabic or a Russian paragraph,
    which is one line, then takes three times the room.
    """
    return "\n".join(piece for line in text.split("\n") for piece in _pieces(line))


def _pieces(line: str) -> Iterator[str]:
    while len(line.encode()) > LINE_LENGTH:
        fits = line.encode()[:LINE_LENGTH].decode("utf-8", "ignore")
        end = fits.rfind(" ")
        if end <= 0:
            break
        yield line[:end]
        line = line[end + 1 :]
    yield line


class Mail(EmailMultiAlternatives):
    """A mail that reads the same, octet for octet, whenever it is built with the same Message-ID."""

    def message(self, *args: Any, **kwargs: Any) -> Any:
        built = super().message(*args, **kwargs)
        # The e-mail package folds an address at 78 octets by a line break before it, and some mail programs then read
        # the link of List-Unsubscribe with a space in front. 998 is the limit (RFC 5322 §2.1.1).
        built.policy = built.policy.clone(max_line_length=998)
        if not self.subject.isascii():
            # Django encodes as if the header's name took no room, which moves all of the subject to the second line.
            built.replace_header("Subject", Header(str(self.subject), "utf-8", header_name="Subject").encode())
        if built.is_multipart() and "Message-ID" in self.extra_headers:
            built.set_boundary(boundary(self.extra_headers["Message-ID"]))
        return built


def boundary(message_id: str) -> str:
    """Return what divides the parts of the mail with this Message-ID.

    The e-mail package draws it by lot. "=_" never occurs in quoted-printable or base64.
    """
    return f"=_{hashlib.sha256(message_id.encode()).hexdigest()[:32]}"


def sender(language: str) -> str:
    """Return DEFAULT_FROM_EMAIL, named after the site in the mail's language unless it bears a name of its own."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return settings.DEFAULT_FROM_EMAIL if name else formataddr((site_name(language), address))


def message(words: Words, to: str, headers: dict[str, str] | None = None) -> Mail:
    """Return the mail that says these words to one address."""
    mail = Mail(
        subject=words.subject,
        body=words.text,
        from_email=sender(words.language),
        to=[to],
        reply_to=[settings.REPLY_TO] if settings.REPLY_TO else None,
        headers={"Content-Language": words.language, **(headers or {})},
    )
    mail.attach_alternative(words.html, "text/html")
    return mail


# Nobody's vacation notice should answer a letter that a machine wrote (RFC 3834).
_AUTOMATIC = {"Auto-Submitted": "auto-generated"}


def confirmation(wish: Wish) -> Mail:
    """Ask the person at the address whether the wish is theirs."""
    language = wish.languages[0]
    context = {
        "url": confirm_url(wish),
        "address": wish.email,
        "days": settings.CONFIRMATION_LIFETIME.days,
        "languages": [language_name(code) for code in wish.languages],
    }
    return message(render("confirmation", language, context), wish.email, _AUTOMATIC)


def sign_in(subscriber: Subscriber, language: str) -> Mail:
    """Send a subscriber the link to their preferences, in the language they asked in."""
    minutes = int(settings.SIGN_IN_LIFETIME.total_seconds() // 60)
    context = {"url": sign_in_url(subscriber, language), "address": subscriber.email, "minutes": minutes}
    return message(render("sign_in", language, context), subscriber.email, _AUTOMATIC)


def address_change(subscriber: Subscriber, new_address: str, url: str, language: str) -> Mail:
    """Ask at the new address whether the updates shall come there."""
    context = {"url": url, "address": new_address, "old_address": subscriber.email}
    return message(render("address_change", language, context), new_address, _AUTOMATIC)


def address_changed(old_address: str, new_address: str, undo_url: str, days: int, language: str) -> Mail:
    """Tell the old address where the updates go now, and how to take that back."""
    context = {"url": undo_url, "old_address": old_address, "new_address": new_address, "days": days}
    return message(render("address_changed", language, context), old_address, _AUTOMATIC)


def goodbye(address: str, language: str, undo_url: str, hours: int) -> Mail:
    """Say that no updates come any more; with no `undo_url`, that nothing is kept about them either."""
    return message(render("goodbye", language, {"undo_url": undo_url, "hours": hours}), address, _AUTOMATIC)
