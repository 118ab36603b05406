"""Departments and offices that files name: found, completed or made."""

from django.utils.text import slugify
from django.utils.translation import gettext as _
from modeltranslation.utils import build_localized_fieldname

from statements.importing.documents import Document
from statements.importing.matching import Work
from statements.importing.problems import Problem
from statements.languages import language_name
from statements.models import Issuer
from statements.publishing import translated


class Issuers:
    """Departments and offices, found by their name in any language of a statement.

    A name that one still lacks is filled in, and one that nobody knows is new. Nothing is written before `save`.
    """

    def __init__(self) -> None:
        known = list(Issuer.objects.order_by("pk"))
        by_pk = {issuer.pk: issuer for issuer in known}
        self._slugs = {issuer.slug for issuer in known}
        self._new: list[Issuer] = []
        self._completed: list[Issuer] = []
        # By department (None for a department itself), language and name.
        self._named: dict[tuple[int | None, str, str], Issuer] = {}
        for issuer in known:
            if issuer.parent_id:
                issuer.parent = by_pk[issuer.parent_id]
            self._note(issuer)

    def find(self, work: Work, problems: list[Problem]) -> Issuer | None:
        """Return who speaks in this statement, or add to `problems` why nobody can tell."""
        department = self._match(work, "department", None, problems)
        if department is None or not work.naming("office"):
            return department
        return self._match(work, "office", department, problems)

    def save(self) -> None:
        for issuer in [*self._new, *(issuer for issuer in self._completed if issuer.pk)]:
            issuer.save()

    def _match(self, work: Work, key: str, department: Issuer | None, problems: list[Problem]) -> Issuer | None:
        documents = work.naming(key)
        found = {document: self._known(document, key, department) for document in documents}
        known = list({id(issuer): issuer for issuer in found.values() if issuer}.values())
        if len(known) > 1:
            problems.append(_two_issuers(key, found))
            return None
        issuer = known[0] if known else self._made(documents, key, department)
        for document in documents:
            self._name(issuer, document, key, problems)
        self._note(issuer)
        return issuer

    def _known(self, document: Document, key: str, department: Issuer | None) -> Issuer | None:
        return self._named.get((_id(department), document.language, document.text(key).casefold()))

    def _note(self, issuer: Issuer) -> None:
        for field in Issuer._meta.get_fields():
            language = getattr(field, "language", None)
            if language and (name := translated(issuer, "name", language)):
                self._named.setdefault((_id(issuer.parent), language, name.casefold()), issuer)

    def _made(self, documents: list[Document], key: str, department: Issuer | None) -> Issuer:
        names = {document.language: document.text(key) for document in documents}
        issuer = Issuer(parent=department, slug=self._free_slug(names.get("en") or next(iter(names.values()), "")))
        self._new.append(issuer)
        return issuer

    def _free_slug(self, name: str) -> str:
        stem = slugify(name, allow_unicode=True)[:45] or "issuer"
        slug, number = stem, 1
        while slug in self._slugs:
            number += 1
            slug = f"{stem}-{number}"
        self._slugs.add(slug)
        return slug

    def _name(self, issuer: Issuer, document: Document, key: str, problems: list[Problem]) -> None:
        name, known = document.text(key), translated(issuer, "name", document.language)
        if known and known.casefold() != name.casefold():
            values = {"key": key, "name": name, "known": known, "language": language_name(document.language)}
            words = _("“%(key)s: %(name)s”: in %(language)s it is called “%(known)s”. Write that, or rename it first.")
            problems.append(document.problem(key, words % values))
        elif not known:
            setattr(issuer, build_localized_fieldname("name", document.language), name)
            self._completed.append(issuer)


def _id(issuer: Issuer | None) -> int | None:
    """Return what tells issuers apart before they are saved."""
    return id(issuer) if issuer else None


def _two_issuers(key: str, found: dict[Document, Issuer | None]) -> Problem:
    """Return the problem of documents that name different issuers: where the first and the next one stand."""
    first, one = next((document, issuer) for document, issuer in found.items() if issuer)
    second = next(document for document, issuer in found.items() if issuer and issuer is not one)
    values = {"key": key, "name": second.text(key), "other": first.text(key), "path": first.path}
    words = _("“%(key)s: %(name)s” is another one than “%(other)s” in %(path)s. Name the same one in every language.")
    return second.problem(key, words % values)
