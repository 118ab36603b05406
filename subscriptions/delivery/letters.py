"""A letter: a mail composed once for all its readers, to which only what is personal is added for each."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override
from markdownify import markdownify

from statements.models import Edition
from subscriptions.emails import Mail, Words, message, render
from subscriptions.links import unsubscribe_token, unsubscribe_url
from subscriptions.models import Delivery, DigestRun

# Stands in a composed letter where each reader's own token will stand. Random, so that no text can contain it.
_TOKEN = uuid.uuid4().hex


@dataclass(frozen=True)
class Letter:
    """A composed mail without its reader."""

    words: Words
    headers: dict[str, str]

    def addressed(self, delivery: Delivery, address: str) -> Mail:
        """Return the mail of one delivery: the same message, Message-ID and links whenever it is built."""
        token = unsubscribe_token(delivery.subscriber_id or 0)
        words = replace(
            self.words, text=self.words.text.replace(_TOKEN, token), html=self.words.html.replace(_TOKEN, token)
        )
        headers = {name: value.replace(_TOKEN, token) for name, value in self.headers.items()}
        headers["Message-ID"] = message_id(delivery)
        mail = message(words, address, headers)
        # For a provider that takes them (Anymail's names): its reports then say which delivery they are about.
        mail.metadata = {"delivery": str(delivery.pk)}  # type: ignore[attr-defined]
        return mail


def message_id(delivery: Delivery) -> str:
    """Return the Message-ID of a delivery (RFC 5322 §3.6.4), the same at every attempt."""
    return f"<{delivery.pk}.{delivery.created_at:%Y%m%d%H%M%S%f}@{settings.MAIL_DOMAIN}>"


def plain_text(html: str) -> str:
    """Return a statement's HTML as plain text: headings, lists and links marked as in Markdown, nothing escaped."""
    text = markdownify(
        html,
        heading_style="ATX",
        bullets="-",
        newline_style="backslash",
        strip=["strong", "b", "em", "i"],
        escape_asterisks=False,
        escape_underscores=False,
        escape_misc=False,
    )
    return str(text).strip()


def statement_letter(edition: Edition) -> Letter:
    """Compose the mail that carries an edition. Raises whatever keeps it from being rendered."""
    url = settings.SITE_URL + edition.get_absolute_url()
    context = {"edition": edition, "body_text": plain_text(edition.body), "url": url, **_links(edition.language)}
    headers = {"Archived-At": f"<{url}>", **_list_headers(edition.language, edition.release.publish_at)}
    return Letter(render("statement", edition.language, context), headers)


def digest_letter(run: DigestRun, language: str, editions: Sequence[Edition]) -> Letter:
    """Compose the one mail that tells a person of several editions, each in its own language."""
    context = {
        "run": run,
        "entries": [{"edition": e, "url": settings.SITE_URL + e.get_absolute_url()} for e in editions],
        **_links(language),
    }
    return Letter(render("digest", language, context), _list_headers(language, run.ends_at))


def _links(language: str) -> dict[str, str]:
    with override(language):
        preferences = settings.SITE_URL + reverse("subscriptions:preferences")
    return {"unsubscribe_url": unsubscribe_url(_TOKEN, language), "preferences_url": preferences}


def _list_headers(language: str, moment: datetime) -> dict[str, str]:
    """Return what marks a mail as one of a list: RFC 2919, 2369, 8058 and, against loops, 3834."""
    links = _links(language)
    return {
        "Date": format_datetime(moment),
        "List-Id": f"<{settings.LIST_ID}>",
        "List-Unsubscribe": f"<{links['unsubscribe_url']}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Help": f"<{links['preferences_url']}>",
        "Auto-Submitted": "auto-generated",
        "Precedence": "bulk",
    }
