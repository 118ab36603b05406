"""An import from its files to its releases: all of it, or nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from statements.importing.documents import Document, read_document, warnings
from statements.importing.front_matter import read_page
from statements.importing.issuers import Issuers
from statements.importing.matching import Topics, Types, Work, tie
from statements.importing.problems import ImportProblems, Problem
from statements.importing.releasing import current_editions, release
from statements.importing.writing import Entry, write
from statements.models import Release, Statement

T = TypeVar("T")


@dataclass
class Result:
    """What an import did."""

    created: list[Statement] = field(default_factory=list)
    updated: list[Statement] = field(default_factory=list)
    unchanged: list[Statement] = field(default_factory=list)
    released: list[Release] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


class Progress:
    """Told of every step of an import; this one keeps it to itself."""

    def __call__(self, items: Sequence[T], doing: str) -> Iterable[T]:
        """Yield the items, and say how many of them are done."""
        return items


def import_files(
    paths: Iterable[Path], *, publish: bool = False, announce: bool = False, progress: Progress | None = None
) -> Result:
    """Import the files, and those in the folders, and return what came of it.

    With `publish`, what they say becomes public at once; with `announce`, its readers are told.
    Raises ImportProblems with all that is wrong; then nothing was imported.
    """
    progress = progress or Progress()
    problems: list[Problem] = []
    documents = list(_documents(progress(_files(paths, problems), _("Reading files")), problems))
    with transaction.atomic():
        entries = _entries(tie(documents, problems), problems)
        write(entries)
        result = _result(entries, documents)
        if publish:
            _publish(entries, result, problems, progress, announce=announce)
        if problems:
            raise ImportProblems(problems)
    return result


def _files(paths: Iterable[Path], problems: list[Problem]) -> list[Path]:
    """Return the files, each once; those of a folder in order of their names."""
    files: dict[Path, Path] = {}
    for path in paths:
        found = sorted(path.rglob("*.md")) if path.is_dir() else [path]
        if not found:
            problems.append(Problem(path, 0, _("no *.md file in this folder.")))
        for file in found:
            files.setdefault(file.resolve(), file)
    return list(files.values())


def _documents(files: Iterable[Path], problems: list[Problem]) -> Iterator[Document]:
    for file in files:
        page = read_page(file, problems)
        if page and (document := read_document(page, problems)):
            yield document


def _entries(works: list[Work], problems: list[Problem]) -> list[Entry]:
    """Return the statements with all they name. Raises ImportProblems before anything is written."""
    types, topics, issuers = Types(), Topics(), Issuers()
    entries = []
    # Those in most languages first: they tie an issuer's names together, on which the others lean.
    for work in sorted(works, key=lambda work: -len(work.documents)):
        type_, issuer = types.find(work, problems), issuers.find(work, problems)
        chosen = topics.find(work, problems)
        if type_ and issuer:
            entries.append(Entry(work, type_, issuer, chosen))
    if problems:
        raise ImportProblems(problems)
    issuers.save()
    return entries


def _result(entries: list[Entry], documents: list[Document]) -> Result:
    return Result(
        created=[entry.statement for entry in entries if entry.is_new],
        updated=[entry.statement for entry in entries if entry.is_changed and not entry.is_new],
        unchanged=[entry.statement for entry in entries if not entry.is_changed and not entry.is_new],
        warnings=[warning for document in documents for warning in warnings(document)],
    )


def _publish(
    entries: list[Entry], result: Result, problems: list[Problem], progress: Progress, *, announce: bool
) -> None:
    current = current_editions(entries)
    for entry in progress(entries, _("Publishing")):
        public = current.get(entry.statement.pk, {})
        result.released += release(entry, public, announce=announce, problems=problems, warnings=result.warnings)
