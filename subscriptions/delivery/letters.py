"""A letter: a mail composed once for all its readers, to which only what is personal is added for each."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from functools import cached_property, lru_cache

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override
from markdownify import markdownify

from statements.models import Edition
from subscriptions.delivery.lines import Line
from subscriptions.delivery.skeleton import Skeleton
from subscriptions.emails import Mail, Words, boundary, message, render
from subscriptions.links import unsubscribe_token, unsubscribe_url
from subscriptions.models import DigestRun

# Stand in a composed letter where each reader's own will stand: letters and digits drawn by lot, so that no text can
# contain them, and the token as long as every token is.
_ADDRESS = f"{secrets.token_hex(16)}@{secrets.token_hex(8)}.example"
_TOKEN = secrets.token_hex(16)
_MESSAGE_ID = f"<{secrets.token_hex(16)}@{secrets.token_hex(8)}.example>"
_DELIVERY = secrets.token_hex(16)
PLACEHOLDERS = [value.encode() for value in (_ADDRESS, _TOKEN, _MESSAGE_ID, boundary(_MESSAGE_ID), _DELIVERY)]


@dataclass(frozen=True)
class Letter:
    """A composed mail without its reader."""

    words: Words
    headers: dict[str, str]

    def addressed(self, line: Line, address: str) -> Mail:
        """Return the mail of one delivery: the same message, Message-ID and links whenever it is built."""
        token = unsubscribe_token(line.subscriber_id or 0)
        return self._mail(address, message_id(line), token, str(line.pk))

    def blank(self) -> Mail:
        """Return the mail with PLACEHOLDERS in the places of what is each reader's own."""
        return self._mail(_ADDRESS, _MESSAGE_ID, _TOKEN, _DELIVERY)

    def octets(self, line: Line, address: str) -> bytes:
        """Return the mail of one delivery as it goes over the wire: lines end in CRLF, a dot that begins one is
        doubled."""
        return self._skeleton.filled(personal(line, address))

    @cached_property
    def _skeleton(self) -> Skeleton:
        message = self.blank().message().as_bytes(linesep="\r\n")
        stuffed = re.sub(rb"(?m)^\.", b"..", message)  # RFC 5321 §4.5.2; nothing personal begins with a dot.
        return Skeleton(stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n", PLACEHOLDERS)

    def _mail(self, address: str, number: str, token: str, delivery: str) -> Mail:
        words = replace(
            self.words, text=self.words.text.replace(_TOKEN, token), html=self.words.html.replace(_TOKEN, token)
        )
        headers = {name: value.replace(_TOKEN, token) for name, value in self.headers.items()}
        mail = message(words, address, {**headers, "Message-ID": number})
        # For a provider that takes them (Anymail's names): its reports then say which delivery they are about.
        mail.metadata = {"delivery": delivery}  # type: ignore[attr-defined]
        return mail


def personal(line: Line, address: str) -> list[bytes]:
    """Return what stands in one delivery's mail in the places of PLACEHOLDERS."""
    number = message_id(line)
    token = unsubscribe_token(line.subscriber_id or 0)
    return [value.encode("ascii") for value in (address, token, number, boundary(number), str(line.pk))]


def message_id(line: Line) -> str:
    """Return the Message-ID of a delivery (RFC 5322 §3.6.4), the same at every attempt."""
    return f"<{line.pk}{_rest(line.created_at)}"


@lru_cache(maxsize=64)  # Lines are written by the thousand, in one moment.
def _rest(moment: datetime) -> str:
    return f".{moment:%Y%m%d%H%M%S%f}@{settings.MAIL_DOMAIN}>"


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
    links = _links(edition.language)
    links["unsubscribe_url"] += f"?statement={edition.statement_id}"  # The page can then offer to leave what it is on.
    context = {"edition": edition, "body_text": plain_text(edition.body), "url": url, **links}
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
