"""The ways to a statement: its topics, its type, its issuer, its year."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.db.models import BooleanField, CharField, ExpressionWrapper, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Concat, ExtractYear
from django.urls import reverse
from django.utils.translation import get_language
from modeltranslation.utils import build_localized_fieldname

from statements.gathering import Gathered
from statements.languages import digits
from statements.models import Edition, EditionQuerySet, Issuer, StatementType, Topic

NARROWED = {
    "topic": EditionQuerySet.on_topic,
    "type": EditionQuerySet.of_type,
    "issuer": EditionQuerySet.by_issuer,
    "year": EditionQuerySet.in_year,
}


@dataclass(frozen=True)
class Way:
    """One list of statements: those on a topic, for example. It is used if the language has or had one in it."""

    slug: str
    name: str | None
    kind: str
    is_used: bool | None = False

    def __str__(self) -> str:
        name = self.name or self.slug
        return digits(name, get_language() or settings.LANGUAGE_CODE) if self.kind == "year" else name

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
    # Not the current ones alone: to find those out takes longer than all the rest, on every page.
    editions = Edition.objects.filter(language=language).public().standing()
    name = build_localized_fieldname("name", language)
    rows: Iterator[Any] = (
        # Django's own querysets: those of django-modeltranslation bring the columns into an order of their own.
        QuerySet(model).order_by().values_list("slug", name, Value(kind), _is_used(editions, *paths))
        for kind, model, paths in (
            ("topic", Topic, ["release__topics"]),
            ("type", StatementType, ["release__type"]),
            ("issuer", Issuer, ["release__issuer", "release__issuer__parent"]),
        )
    )
    years = editions.order_by().annotate(year=Cast(ExtractYear("date"), CharField())).distinct()
    return years.values_list("year", "year", Value("year"), Value(True)).union(*rows, all=True)


def _is_used(editions: EditionQuerySet, *paths: str) -> Any:
    condition = reduce(or_, (Q(pk__in=editions.values(path)) for path in paths))
    return ExpressionWrapper(condition, BooleanField())


def topics_of_release(language: str) -> Gathered:
    """Return a column for editions, from which `topics_in` reads the topics of their release."""
    topics = Topic.objects.filter(release=OuterRef("release")).order_by("slug")
    name = Coalesce(build_localized_fieldname("name", language), Value(""), output_field=CharField())
    return Gathered(topics.values(value=Concat("slug", Value(" "), name, output_field=CharField())))


def topics_in(edition: Any) -> list[Way]:
    """Return the topics of an edition that was read with `topics=topics_of_release(…)`."""
    both = (topic.partition(" ") for topic in edition.topics or [])
    return [Way(slug, name, "topic") for slug, _space, name in both]
