"""A letter: a mail composed once for all its readers, to which only what is personal is added for each."""

import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cached_property, lru_cache
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import get_language_info, override

from statements.languages import direction, enabled_languages, language_name
from statements.models import Edition, Release
from statements.text import plain
from subscriptions.delivery.lines import Line
from subscriptions.delivery.skeleton import Skeleton
from subscriptions.emails import Mail, Words, cut, message, plain_text, render
from subscriptions.links import unsubscribe_token, unsubscribe_url
from subscriptions.models import DigestRun

# Stand in a composed letter where each reader's own will stand: letters and digits drawn by lot, so that no text can
# contain them, and the token as long as every token is.
_ADDRESS = f"{secrets.token_hex(16)}@{secrets.token_hex(8)}.example"
_TOKEN = secrets.token_hex(16)
_MESSAGE_ID = f"<{secrets.token_hex(16)}@{secrets.token_hex(8)}.example>"
_DELIVERY = secrets.token_hex(16)
PLACEHOLDERS = [value.encode() for value in (_ADDRESS, _TOKEN, _MESSAGE_ID, _DELIVERY)]

# Gmail shows 102 kB of a mail's HTML and no more. The whole mail stays below that, encoded and with its headers.
MOST_OCTETS = 100_000
# Of a text without a summary so many letters are shown beside the subject in a list of mails.
BEGINNING = 150


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

    def pieces(self, line: Line, address: str) -> list[bytes]:
        """Return the mail of one delivery as it goes over the wire, in pieces: lines end in CRLF, a dot that begins one
        is doubled."""
        return self._skeleton.filled(personal(line, address))

    @property
    def size(self) -> int:
        """How many octets the mail has as it is sent, to a reader with an address of usual length."""
        return len(self._octets)

    @cached_property
    def _octets(self) -> bytes:
        octets: bytes = self.blank().message().as_bytes(linesep="\r\n")
        return octets

    @cached_property
    def _skeleton(self) -> Skeleton:
        stuffed = re.sub(rb"(?m)^\.", b"..", self._octets)  # RFC 5321 §4.5.2; nothing personal begins with a dot.
        return Skeleton(stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n", PLACEHOLDERS)

    @cached_property
    def _boundary(self) -> str:
        """What divides the parts, for all readers the same: no text contains its own hash.

        "=_" never occurs in quoted-printable or base64.
        """
        words = f"{self.words.text}\n{self.words.html}".replace(_TOKEN, "")
        return f"=_{hashlib.sha256(words.encode()).hexdigest()[:32]}"

    def _mail(self, address: str, number: str, token: str, delivery: str) -> Mail:
        words = replace(
            self.words, text=self.words.text.replace(_TOKEN, token), html=self.words.html.replace(_TOKEN, token)
        )
        headers = {name: value.replace(_TOKEN, token) for name, value in self.headers.items()}
        mail = message(words, address, {**headers, "Message-ID": number})
        mail.boundary = self._boundary
        # For a provider that takes them (Anymail's names): its reports then say which delivery they are about.
        mail.metadata = {"delivery": delivery}  # type: ignore[attr-defined]
        return mail


def personal(line: Line, address: str) -> list[bytes]:
    """Return what stands in one delivery's mail in the places of PLACEHOLDERS."""
    number = message_id(line)
    token = unsubscribe_token(line.subscriber_id or 0)
    return [address.encode("ascii"), token.encode("ascii"), number.encode("ascii"), b"%d" % line.pk]


def message_id(line: Line) -> str:
    """Return the Message-ID of a delivery (RFC 5322 §3.6.4), the same at every attempt."""
    return f"<{line.pk}{_rest(line.created_at)}"


@lru_cache(maxsize=64)  # Lines are written by the thousand, in one moment.
def _rest(moment: datetime) -> str:
    return f".{moment:%Y%m%d%H%M%S%f}@{settings.MAIL_DOMAIN}>"


def statement_letter(edition: Edition, had_in: str = "") -> Letter:
    """Compose the mail that carries an edition to those who have its text in the language `had_in`; "" if in none.

    A text that would make it too large is cut. Raises whatever keeps it from being rendered.
    """
    links = _links(edition.language)
    links["unsubscribe_url"] += f"?statement={edition.statement_id}"  # The page can then offer to leave what it is on.
    context = {**_of_edition(edition, had_in), **links}
    name = _words_for(edition, had_in)
    headers = {
        "Archived-At": f"<{context['url']}>",
        **_list_headers(edition.language, edition.release.publish_at),
    }

    def compose(room: int) -> Letter:
        body = cut(edition.body, room)
        text = plain_text(body, edition.language)
        shown = {"body": body, "body_text": text, "goes_on": body != edition.body}
        return Letter(render(name, edition.language, {**context, **shown}), headers)

    whole = len(edition.body.encode())
    # It is in the mail twice, as HTML and as text.
    return _fitting(compose, whole if whole < MOST_OCTETS else MOST_OCTETS // 2)


def warm_up() -> None:
    """Load what a process's first letter would load, so that it takes a third of the time: templates, catalogues,
    addresses, parsers. Asks the database nothing."""
    for language in enabled_languages():
        shown = {"edition": {"language": language}, "body": "<p>…</p>", "body_text": "…"}
        words = render("statement", language, {**shown, **_links(language)})
        Letter(words, _list_headers(language, timezone.now())).pieces(_NOBODY, _ADDRESS)


_NOBODY = Line(1, 1, 1, None, 1, "", "", 1, datetime(1970, 1, 1, tzinfo=UTC), _ADDRESS)


def _words_for(edition: Edition, had_in: str) -> str:
    if edition.is_withdrawn:
        return "withdrawal"
    if had_in and had_in != edition.language:
        return "now_in_your_language"
    return "correction" if had_in and edition.release.kind == Release.Kind.CORRECTED else "statement"


def _of_edition(edition: Edition, had_in: str) -> dict[str, Any]:
    with override(edition.language):
        return {
            "edition": edition,
            "url": settings.SITE_URL + edition.get_absolute_url(),
            "beginning": Truncator(plain(edition.body)).chars(BEGINNING),
            "topics": [str(topic) for topic in edition.release.topics.all()],
            "told_in": get_language_info(had_in)["name_translated"] if had_in else "",
        }


def digest_letter(run: DigestRun, language: str, editions: Sequence[Edition]) -> Letter:
    """Compose the one mail that tells a person of several editions, each in its own language.

    Where they are too many they come without their summaries, and of still more some are left to the web.
    """
    context = {"run": run, "count": len(editions), **_links(language)}
    headers = _list_headers(language, run.ends_at)

    def compose(number: int, *, brief: bool = True) -> Letter:
        shown = {
            "sections": _sections(editions[:number], language),
            "brief": brief,
            "more": len(editions) - number,
        }
        return Letter(render("digest", language, {**context, **shown}), headers)

    letter = compose(len(editions), brief=False)
    return letter if letter.size <= MOST_OCTETS else _fitting(compose, len(editions))


def _sections(editions: Sequence[Edition], language: str) -> list[dict[str, Any]]:
    """Return the editions by language: that of the mail first, then as the site has them."""
    found = {edition.language for edition in editions}
    return [
        {
            "language": code,
            "direction": direction(code),
            "name": language_name(code),
            "entries": [
                {"edition": edition, "url": settings.SITE_URL + edition.get_absolute_url()}
                for edition in editions
                if edition.language == code
            ],
        }
        for code in dict.fromkeys([language, *enabled_languages(), *sorted(found)])
        if code in found
    ]


def _fitting(compose: Callable[[int], Letter], amount: int) -> Letter:
    """Return the letter that `compose` makes of so much, or of as much as a mail may hold."""
    letter = compose(amount)
    while amount and letter.size > MOST_OCTETS:
        amount = amount * MOST_OCTETS * 19 // (letter.size * 20)
        letter = compose(amount)
    return letter


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
