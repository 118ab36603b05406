"""A letter: a mail composed once for all its readers, to which only what is personal is added for each."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from functools import cached_property

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override
from markdownify import markdownify

from statements.models import Edition
from subscriptions.delivery.skeleton import Skeleton
from subscriptions.emails import Mail, Words, boundary, message, render
from subscriptions.links import unsubscribe_token, unsubscribe_url
from subscriptions.models import Delivery, DigestRun

# Stand in a composed letter where each reader's own will stand: letters and digits drawn by lot, so that no text can
# contain them, and the token as long as every token is.
_ADDRESS = f"{secrets.token_hex(16)}@{secrets.token_hex(8)}.example"
_TOKEN = secrets.token_hex(16)
_MESSAGE_ID = f"<{secrets.token_hex(16)}@{secrets.token_hex(8)}.example>"


@dataclass(frozen=True)
class Letter:
    """A composed mail without its reader."""

    words: Words
    headers: dict[str, str]

    def addressed(self, delivery: Delivery, address: str) -> Mail:
        """Return the mail of one delivery: the same message, Message-ID and links whenever it is built."""
        mail = self._mail(address, message_id(delivery), unsubscribe_token(delivery.subscriber_id or 0))
        # For a provider that takes them (Anymail's names): its reports then say which delivery they are about.
        mail.metadata = {"delivery": str(delivery.pk)}  # type: ignore[attr-defined]
        return mail

    def octets(self, delivery: Delivery, address: str) -> bytes:
        """Return the same mail as it goes over the wire: lines end in CRLF, a dot that begins one is doubled."""
        number = message_id(delivery)
        token = unsubscribe_token(delivery.subscriber_id or 0)
        return self._skeleton.filled(
            [address.encode("ascii"), token.encode(), number.encode(), boundary(number).encode()]
        )

    @cached_property
    def _skeleton(self) -> Skeleton:
        message = self._mail(_ADDRESS, _MESSAGE_ID, _TOKEN).message().as_bytes(linesep="\r\n")
        stuffed = re.sub(rb"(?m)^\.", b"..", message)  # RFC 5321 §4.5.2; nothing personal begins with a dot.
        if not stuffed.endswith(b"\r\n"):
            stuffed += b"\r\n"
        placeholders = [_ADDRESS, _TOKEN, _MESSAGE_ID, boundary(_MESSAGE_ID)]
        return Skeleton(stuffed, [placeholder.encode() for placeholder in placeholders])

    def _mail(self, address: str, number: str, token: str) -> Mail:
        words = replace(
            self.words, text=self.words.text.replace(_TOKEN, token), html=self.words.html.replace(_TOKEN, token)
        )
        headers = {name: value.replace(_TOKEN, token) for name, value in self.headers.items()}
        return message(words, address, {**headers, "Message-ID": number})


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
