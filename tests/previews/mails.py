"""Every mail of the product, in every language, made of the sample content as the product makes it."""

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import NamedTuple

import yaml
from django.utils import timezone

from statements.languages import enabled_languages
from statements.models import Edition, Release, Statement
from statements.publishing import Draft, publish
from subscriptions import emails
from subscriptions.delivery.letters import Letter, digest_letter, statement_letter
from subscriptions.delivery.lines import Line
from subscriptions.links import Wish
from subscriptions.models import DigestRun, Frequency, Subscriber

NOTES = yaml.safe_load((Path(__file__).parent / "notes.yaml").read_text(encoding="utf-8"))
READER = "layla.haddad@example.org"
NEW_ADDRESS = "layla@rivers.example.net"
# A sample that is there in all languages.
FLOODS = "flood-warnings-autumn-2026"
# In three scripts is seen what a very long mail looks like.
LONG_IN = {"ar", "en", "zh-hans"}
KINDS = Release.Kind


class Preview(NamedTuple):
    """One mail as it arrives."""

    name: str
    language: str
    octets: bytes

    @property
    def message(self) -> EmailMessage:
        return BytesParser(policy=default).parsebytes(self.octets)

    def part(self, kind: str) -> str:
        """Return its "html" or its "plain" part."""
        body = self.message.get_body([kind])
        return str(body.get_content()).replace("\r\n", "\n") if body else ""


def previews() -> Iterator[Preview]:
    """Yield every mail. The sample content must be loaded; the releases that some mails tell of are made here."""
    subscriber = Subscriber.objects.get_or_create(email=READER)[0]
    statement = Statement.objects.get(slug=FLOODS)
    releases = {"published": statement.releases.get()}
    for kind in (KINDS.UPDATED, KINDS.CORRECTED, KINDS.WITHDRAWN):
        languages = tuple(releases["published"].editions.values_list("language", flat=True))
        releases[kind] = publish(Draft(statement, languages, kind=kind, notes=NOTES[kind]))
    for language in enabled_languages():
        for name, mail in _personal(subscriber, language):
            yield Preview(name, language, mail.message().as_bytes(linesep="\r\n"))
        for name, letter in [*_of_editions(releases, language), *_digests(language)]:
            yield Preview(name, language, _sent(letter, subscriber, language))


def _personal(subscriber: Subscriber, language: str) -> Iterator[tuple[str, emails.Mail]]:
    undo = f"https://statements.example.org/{language}/undo/ZHVyaW5nLXRoaXMtZGF5LW9ubHk/"
    other = "en" if language != "en" else "ar"
    topics = (("flood-safety", "immediate"), ("water-quality", "weekly"), ("", "daily"))
    yield "confirmation", emails.confirmation(Wish(READER, (language,)))
    chosen = Wish(READER, (language, other, "fr" if language != "fr" else "es"), topics, "wait")
    yield "confirmation-of-choices", emails.confirmation(chosen)
    yield "sign_in", emails.sign_in(subscriber, language)
    yield "address_change", emails.address_change(subscriber, NEW_ADDRESS, undo, language)
    yield "address_changed", emails.address_changed(READER, NEW_ADDRESS, undo, 7, language)
    yield "goodbye", emails.goodbye(READER, language, undo, 24)
    yield "goodbye-for-ever", emails.goodbye(READER, language, "", 0)


def _of_editions(releases: dict[str, Release], language: str) -> Iterator[tuple[str, Letter]]:
    editions = {
        kind: Edition.objects.for_reading().get(release=release, language=language)
        for kind, release in releases.items()
    }
    other = "en" if language != "en" else "fr"
    yield "statement", statement_letter(editions["published"])
    yield "statement-updated", statement_letter(editions[KINDS.UPDATED])
    yield "statement-corrected-before", statement_letter(editions[KINDS.CORRECTED])
    yield "correction", statement_letter(editions[KINDS.CORRECTED], had_in=language)
    yield "withdrawal", statement_letter(editions[KINDS.WITHDRAWN], had_in=language)
    yield "now_in_your_language", statement_letter(editions["published"], had_in=other)
    if language in LONG_IN:
        long = Edition.objects.for_reading().get(pk=editions["published"].pk)
        long.body *= 1 + 300_000 // len(long.body.encode())
        yield "statement-cut", statement_letter(long)


def _digests(language: str) -> Iterator[tuple[str, Letter]]:
    now = timezone.now()
    daily = DigestRun(frequency=Frequency.DAILY, starts_at=now - timedelta(days=1), ends_at=now)
    weekly = DigestRun(frequency=Frequency.WEEKLY, starts_at=now - timedelta(days=7), ends_at=now)
    published = Edition.objects.for_reading().filter(release__kind=KINDS.PUBLISHED).order_by("-date", "pk")
    own = list(published.filter(language=language))
    others = {
        e.statement_id: e
        for e in published.filter(language__in=["ar", "en", "zh-hans"]).exclude(
            statement__in=[e.statement_id for e in own]
        )
    }
    yield "digest", digest_letter(daily, language, own[:3])
    yield "digest-of-one", digest_letter(daily, language, own[:1])
    yield "digest-in-several-languages", digest_letter(weekly, language, [*own[:2], *others.values()])
    if language in LONG_IN:
        yield "digest-cut", digest_letter(weekly, language, own * (1 + 160 // len(own)))


def _sent(letter: Letter, subscriber: Subscriber, language: str) -> bytes:
    line = Line(1, 1, 1, None, None, language, "", subscriber.pk, timezone.now(), READER)
    return letter.addressed(line, READER).message().as_bytes(linesep="\r\n")
