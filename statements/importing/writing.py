"""Writes what files say into statements: a few queries for many of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from modeltranslation.utils import build_localized_fieldname

from statements.importing.matching import Work
from statements.models import Issuer, Statement, StatementType, Topic

BATCH = 200
# A statement's columns, and the keys of a file they come from.
KEYS = {"title": "title", "summary": "summary", "release_line": "release", "translation_notice": "translation_notice"}


@dataclass
class Entry:
    """A statement of the files, with what it names, and then the statement it became."""

    work: Work
    type: StatementType
    issuer: Issuer
    topics: list[Topic]
    statement: Statement = field(init=False)
    is_new: bool = field(init=False, default=False)
    is_changed: bool = field(init=False, default=False)


def write(entries: list[Entry]) -> None:
    """Write the statements of these entries. Their issuers are saved already."""
    known = _known(entry.work.slug for entry in entries)
    for entry in entries:
        _fill_in(entry, known.get(entry.work.slug))
    _create([entry for entry in entries if entry.is_new])
    for entry in entries:
        if entry.is_changed and not entry.is_new:
            entry.statement.save()
            _set_topics(entry)


def _known(slugs: Iterable[str]) -> dict[str, Statement]:
    statements = Statement.objects.select_related("issuer__parent", "type").prefetch_related("topics")
    return statements.in_bulk(list(slugs), field_name="slug")


def _fill_in(entry: Entry, known: Statement | None) -> None:
    """Give the statement the files' values. What no file says about it as a whole stays as it is."""
    entry.is_new = known is None
    statement = entry.statement = known or Statement(slug=entry.work.slug)
    values = {**_of_the_whole(entry, known), **_texts(entry.work)}
    changed = [name for name, value in values.items() if known is None or (getattr(known, name) or "") != value]
    for name in changed:
        setattr(statement, name, values[name])
    entry.is_changed = bool(changed) or _topics_changed(entry)


def _of_the_whole(entry: Entry, known: Statement | None) -> dict[str, Any]:
    issuer = entry.issuer
    if known and not entry.work.naming("office") and known.issuer.parent_id == issuer.pk:
        issuer = known.issuer  # Another file named the office, in another run.
    return {
        "issuer": issuer,
        "type": entry.type,
        "date": entry.work.date,
        "original_language": entry.work.original_language,
        "source_url": entry.work.source_url or (known.source_url if known else ""),
    }


def _texts(work: Work) -> dict[str, str]:
    """Return the columns of the languages that have a file; the file is all there is to say in its language."""
    return {
        build_localized_fieldname(column, document.language): value
        for document in work.documents
        for column, value in [("body", document.body), *((name, document.text(key)) for name, key in KEYS.items())]
    }


def _create(entries: list[Entry]) -> None:
    Statement.objects.bulk_create([entry.statement for entry in entries], batch_size=BATCH)
    through = Statement.topics.through
    through.objects.bulk_create(
        [through(statement=entry.statement, topic=topic) for entry in entries for topic in entry.topics],
        batch_size=BATCH,
    )


def _topics_changed(entry: Entry) -> bool:
    if entry.is_new or not entry.topics:
        return False
    return set(entry.topics) != set(entry.statement.topics.all())


def _set_topics(entry: Entry) -> None:
    if entry.topics:
        entry.statement.topics.set(entry.topics)
