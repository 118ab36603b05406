"""From a statement to a release: what is ready, what it would say, and the one act that makes it public."""

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import get_language_info, override
from django.utils.translation import gettext as _
from modeltranslation.utils import build_localized_fieldname

from statements import search
from statements.languages import enabled_languages, language_name, listed, written_date
from statements.models import Edition, Issuer, Release, SearchEntry, Statement
from statements.signals import released

Kind = Release.Kind


def translated(instance: Any, name: str, language: str) -> str:
    """Return a field's text in one language, and never another's: what is active or falls back does not matter."""
    return getattr(instance, build_localized_fieldname(name, language)) or ""


def ready_languages(statement: Statement) -> list[str]:
    """Return the enabled languages in which the statement has all that an edition needs."""
    return [language for language in enabled_languages() if not missing(statement, language)]


def started_languages(statement: Statement) -> list[str]:
    """Return the enabled languages in which the statement has a title or a text."""
    return [
        language
        for language in enabled_languages()
        if translated(statement, "title", language) or translated(statement, "body", language)
    ]


def missing(statement: Statement, language: str, *, kind: str = Kind.PUBLISHED) -> list[str]:
    """Return the names of what an edition in this language still lacks, for staff to read.

    A withdrawal has no text, so it lacks none.
    """
    needed = [
        (_("title"), translated(statement, "title", language)),
        (_("text"), translated(statement, "body", language) or kind == Kind.WITHDRAWN),
        (_("name of the statement type"), translated(statement.type, "name", language)),
        *((_("name of the issuer"), translated(issuer, "name", language)) for issuer in _issuers(statement.issuer)),
    ]
    return [name for name, text in needed if not text]


def public_languages(statement: Statement) -> list[str]:
    """Return the languages in which the public reads the statement now."""
    return list(
        Edition.objects.filter(statement=statement)
        .current()
        .standing()
        .order_by("pk")
        .values_list("language", flat=True)
    )


def _issuers(issuer: Issuer) -> list[Issuer]:
    """Return the department and, if it is one, its office."""
    return [issuer.parent, issuer] if issuer.parent else [issuer]


def draft_edition(statement: Statement, language: str, *, kind: str = Kind.PUBLISHED, note: str = "") -> Edition:
    """Return the edition that a release would freeze now, unsaved and without a number.

    A withdrawal keeps the title and takes back the text.
    """
    withdrawn = kind == Kind.WITHDRAWN
    names = [translated(issuer, "name", language) for issuer in _issuers(statement.issuer)]
    return Edition(
        statement=statement,
        language=language,
        original_language=statement.original_language,
        department=names[0],
        office=names[1] if len(names) > 1 else "",
        type_name=translated(statement.type, "name", language),
        release_line=translated(statement, "release_line", language),
        date=statement.date,
        date_line=written_date(statement.date, language),
        title=translated(statement, "title", language),
        summary="" if withdrawn else translated(statement, "summary", language),
        body="" if withdrawn else translated(statement, "body", language),
        note=note,
        translation_notice=_notice(statement, language),
        source_url=statement.source_url,
    )


def says_the_same(edition: Edition, statement: Statement) -> bool:
    """Return whether a release now would freeze what this edition of the statement says already."""
    draft = draft_edition(statement, edition.language, kind=edition.release.kind, note=edition.note)
    draft.number = edition.number
    # Our own words for the date and, where staff wrote none, the notice: they may differ from release to release of
    # this software, and staff have changed nothing.
    draft.date_line = edition.date_line
    if not translated(statement, "translation_notice", edition.language):
        draft.translation_notice = edition.translation_notice
    return draft.date == edition.date and draft.fingerprint() == edition.sha256


def _notice(statement: Statement, language: str) -> str:
    if language == statement.original_language:
        return ""
    if own := translated(statement, "translation_notice", language):
        return own
    with override(language):
        return _("This is a translation. The original text in %(language)s is the authoritative one.") % {
            "language": get_language_info(statement.original_language)["name_translated"]
        }


@dataclass(frozen=True)
class Draft:
    """What staff are about to release: shown to them first, and published only as it was shown."""

    statement: Statement
    languages: tuple[str, ...]
    kind: str = Kind.PUBLISHED
    notes: Mapping[str, str] = field(default_factory=dict)
    publish_at: datetime | None = None
    announce: bool = True

    def editions(self) -> list[Edition]:
        """Return the editions the release would freeze, unsaved, the original first."""
        order = sorted(self.languages, key=lambda language: language != self.statement.original_language)
        return [
            draft_edition(self.statement, language, kind=self.kind, note=self.notes.get(language, ""))
            for language in order
        ]

    def fingerprint(self) -> str:
        """Return a digest of all that would be released, to notice that it changed since staff looked at it."""
        topics = sorted(self.statement.topics.values_list("pk", flat=True))
        parts = [str(self.kind), self.publish_at, self.announce, topics, *(e.fingerprint() for e in self.editions())]
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def clean(self) -> None:
        """Raise ValidationError, with all that stands in the way of this release."""
        problems = list(self._problems())
        if problems:
            raise ValidationError(problems)

    def _problems(self) -> Iterator[str]:
        if not self.languages:
            yield _("Choose at least one language.")
        if self.publish_at and self.publish_at <= timezone.now():
            yield _("This moment has passed. Leave it empty to publish now.")
        if self.statement.releases.scheduled().exists():
            yield _("A release of this statement is already scheduled. Cancel it before you make another.")
        yield from self._language_problems(set(public_languages(self.statement)))

    def _language_problems(self, public: set[str]) -> Iterator[str]:
        if self.kind == Kind.WITHDRAWN and public - set(self.languages):
            yield _("A withdrawal takes back every language that is public: %(names)s.") % {"names": _names(public)}
        for language in self.languages:
            values = {"language": language_name(language)}
            if lacking := missing(self.statement, language, kind=self.kind):
                yield _("%(language)s still lacks: %(what)s.") % {**values, "what": listed(lacking)}
            if self.kind == Kind.PUBLISHED and language in public:
                yield _("%(language)s is public already. Publish it as updated or corrected.") % values
            if self.kind in (Kind.CORRECTED, Kind.WITHDRAWN) and language not in public:
                yield _("%(language)s is not public yet: there is nothing to correct or withdraw.") % values
            if self.kind in (Kind.CORRECTED, Kind.WITHDRAWN) and not self.notes.get(language):
                yield _("Say in %(language)s what changed: readers are told.") % values


def _names(languages: Iterable[str]) -> str:
    return listed(language_name(language) for language in sorted(languages))


def publish(draft: Draft, *, by: Any = None, key: uuid.UUID | None = None) -> Release:
    """Write the release of `draft` with its frozen editions, in one transaction, and return it.

    The same `key` a second time returns the release it made the first time. Raises ValidationError.
    """
    with transaction.atomic():
        # One release of a statement at a time: numbers and "is already public" are decided under this lock.
        Statement.objects.select_for_update().get(pk=draft.statement.pk)
        if key and (made := Release.objects.filter(key=key).first()):
            return made
        draft.clean()
        release = _write(draft, by, key or uuid.uuid4())
        transaction.on_commit(lambda: released.send_robust(Release, release=release), robust=True)
    return release


def _write(draft: Draft, by: Any, key: uuid.UUID) -> Release:
    release = Release.objects.create(
        key=key,
        statement=draft.statement,
        issuer=draft.statement.issuer,
        type=draft.statement.type,
        kind=draft.kind,
        # The database's clock, as everywhere a moment is compared with it.
        publish_at=draft.publish_at or Now(),
        announce=draft.announce,
        approved_by=by,
    )
    release.topics.set(draft.statement.topics.all())
    numbers = dict(
        Edition.objects.filter(statement=draft.statement).order_by().values_list("language").annotate(Max("number"))
    )
    for edition in draft.editions():
        edition.release = release
        edition.number = numbers.get(edition.language, 0) + 1
        edition.save()
        SearchEntry.objects.create(edition=edition, **search.columns(edition))
    release.refresh_from_db()
    return release


def cancel(release: Release) -> bool:
    """Cancel a release whose moment has not come. Return False if it had."""
    return bool(Release.objects.scheduled().filter(pk=release.pk).update(cancelled_at=Now()))
