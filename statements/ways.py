"""The ways to a statement: its topics, its type, its issuer, its year."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, ExtractYear
from django.urls import reverse
from modeltranslation.utils import build_localized_fieldname

from statements.models import Edition, EditionQuerySet, Issuer, StatementType, Topic

NARROWED = {
    "topic": EditionQuerySet.on_topic,
    "type": EditionQuerySet.of_type,
    "issuer": EditionQuerySet.by_issuer,
    "year": EditionQuerySet.in_year,
}


@dataclass(frozen=True)
class Way:
    """One list of statements: those on a topic, for example. It is used if there is one in the language."""

    slug: str
    name: str | None
    kind: str
    is_used: bool = False

    def __str__(self) -> str:
        return self.name or self.slug

    def get_absolute_url(self) -> str:
        return reverse(f"statements:{self.kind}", args=[self.slug])


Ways = dict[str, list[Way]]


def ways(language: str) -> Ways:
    """Return all ways by kind, in one query: by name, and the newest year first."""
    found = [Way(*row) for row in _rows(language)]
    by_kind = {kind: sorted((way for way in found if way.kind == kind), key=str) for kind in NARROWED}
    by_kind["year"].reverse()
    return by_kind


def _rows(language: str) -> Iterable[Any]:
    editions = Edition.objects.filter(language=language).current().standing()
    name = build_localized_fieldname("name", language)
    named = (
        ("topic", Topic, Q(release__topics=OuterRef("pk"))),
        ("type", StatementType, Q(release__type=OuterRef("pk"))),
        ("issuer", Issuer, Q(release__issuer=OuterRef("pk")) | Q(release__issuer__parent=OuterRef("pk"))),
    )
    # Django's own querysets: those of django-modeltranslation bring the columns into an order of their own.
    rows: Iterator[Any] = (
        QuerySet(model).order_by().values_list("slug", name, Value(kind), Exists(editions.filter(condition)))
        for kind, model, condition in named
    )
    years = editions.order_by().annotate(year=Cast(ExtractYear("date"), CharField())).distinct()
    return years.values_list("year", "year", Value("year"), Value(True)).union(*rows, all=True)
