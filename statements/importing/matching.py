"""Files become statements: those of one statement are tied together, and what they name is found or made."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from statements.importing.documents import Document
from statements.importing.problems import Problem
from statements.models import StatementType, Topic
from statements.publishing import translated


@dataclass(frozen=True)
class Work:
    """The files of one statement, one for each language, which agree."""

    slug: str
    documents: list[Document]

    @property
    def date(self) -> datetime.date:
        return self.documents[0].date

    @property
    def original_language(self) -> str:
        return self.documents[0].original_language

    @property
    def source_url(self) -> str:
        return next(filter(None, (document.text("source_url") for document in self.documents)), "")

    def naming(self, key: str) -> list[Document]:
        """Return the documents that name the department or the office."""
        return [document for document in self.documents if document.text(key)]


def tie(documents: Iterable[Document], problems: list[Problem]) -> list[Work]:
    """Return the statements in order of their first file; add to `problems` where two files disagree."""
    works: dict[str, Work] = {}
    for document in documents:
        work = works.setdefault(document.statement, Work(document.statement, []))
        problems += _disagreements(work, document)
        work.documents.append(document)
    return list(works.values())


def _disagreements(work: Work, document: Document) -> Iterable[Problem]:
    for other in work.documents:
        if other.language == document.language:
            values = {"slug": work.slug, "language": document.language, "path": other.path}
            yield document.problem(
                "language",
                _("“%(slug)s” in %(language)s is in %(path)s already. Keep one of them.") % values,
            )
    if not work.documents:
        return
    first = work.documents[0]
    for key in ("date", "original_language", "source_url"):
        theirs = first.text(key) if key != "source_url" else work.source_url
        ours = document.text(key)
        if ours and theirs and ours.lower() != theirs.lower():
            yield disagreement(key, document, ours, first, theirs)


def disagreement(key: str, document: Document, ours: str, other: Document, theirs: str) -> Problem:
    values = {"key": key, "ours": ours, "theirs": theirs, "path": other.path}
    words = _("“%(key)s: %(ours)s” contradicts %(path)s, another language of this statement: “%(theirs)s”.")
    return document.problem(key, words % values)


class Types:
    """The statement types, found by slug or by name in the file's language."""

    def __init__(self) -> None:
        self.all = list(StatementType.objects.all())

    def find(self, work: Work, problems: list[Problem]) -> StatementType | None:
        found = [(document, self._of(document, problems)) for document in work.documents]
        first, type_ = found[0]
        for document, other in found[1:]:
            if type_ and other and other != type_:
                problems.append(disagreement("kind", document, document.text("kind"), first, first.text("kind")))
        return type_

    def _of(self, document: Document, problems: list[Problem]) -> StatementType | None:
        wanted = document.text("kind").casefold()
        for type_ in self.all:
            if wanted in (type_.slug.casefold(), translated(type_, "name", document.language).casefold()):
                return type_
        names = (f"{type_.slug} ({translated(type_, 'name', document.language) or '–'})" for type_ in self.all)
        values = {"kind": document.text("kind"), "known": ", ".join(names)}
        problems.append(document.problem("kind", _("“kind: %(kind)s”: unknown kind. Choose from %(known)s.") % values))
        return None


class Topics:
    def __init__(self) -> None:
        self.by_slug = {topic.slug: topic for topic in Topic.objects.all()}

    def find(self, work: Work, problems: list[Problem]) -> list[Topic]:
        for document in work.documents:
            if unknown := [slug for slug in document.topics if slug not in self.by_slug]:
                problems.append(document.problem("topics", self._unknown(unknown)))
        slugs = {slug for document in work.documents for slug in document.topics}
        return [topic for slug, topic in self.by_slug.items() if slug in slugs]

    def _unknown(self, slugs: list[str]) -> str:
        known = ", ".join(self.by_slug) or _("(none; make them in the admin first)")
        return _("unknown topic: %(slugs)s. Choose from: %(known)s.") % {"slugs": ", ".join(slugs), "known": known}
