"""The pages of the public: editions, and nothing but editions."""

from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.utils.text import Truncator
from django.utils.translation import get_language
from django.views.generic import ListView

from statements.forms import SearchForm
from statements.keeping import same_for_everybody
from statements.languages import enabled_languages
from statements.models import Edition, EditionQuerySet
from statements.text import plain
from statements.ways import NARROWED, Way, topics_in, topics_of_release, ways

# A page of which no database can count the beginning does not exist either.
MOST_PAGES = 10**9


class OneQuery(Paginator):  # type: ignore[type-arg]
    """Reads the editions of a page together with how many there are in all.

    Who switches languages on page 9 may come to a language that has three pages: they get its last one.
    """

    object_list: EditionQuerySet

    def get_page(self, number: Any) -> Page:  # type: ignore[type-arg]
        """Return the page that is asked for: the last in place of one there is not, the first if it is no number."""
        try:
            return self._last() if number == "last" else self.page(number)
        except ValueError:
            return self.page(1)

    def page(self, number: int | str) -> Page:  # type: ignore[type-arg]
        start = (int(number) - 1) * self.per_page
        if not 0 <= start < MOST_PAGES:
            return self._last()
        editions = self._read(self.object_list, start)
        return Page(editions, int(number), self) if editions or not start else self._last()

    def _last(self) -> Page:  # type: ignore[type-arg]
        # From the end, and a whole page: how many are on it is known only when they have been read.
        editions = self._read(self.object_list.reverse())
        on_it = self.count - (self.num_pages - 1) * self.per_page
        return Page(editions[:on_it][::-1], self.num_pages, self)

    def _read(self, ordered: EditionQuerySet, start: int = 0) -> list[Any]:
        total = self.object_list.total()
        editions: list[Any] = list(ordered.annotate(total=total)[start : start + self.per_page])
        self.count = editions[0].total if editions else 0
        return editions


@method_decorator(same_for_everybody(), "dispatch")
class Latest(ListView):  # type: ignore[type-arg]
    """The newest statements in the reader's language."""

    template_name = "statements/latest.html"
    context_object_name = "editions"
    paginate_by = 20
    paginator_class = OneQuery

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.language = str(get_language())
        self.ways = ways(self.language)
        self.form = SearchForm(request.GET, ways=self.ways)

    def get_queryset(self) -> EditionQuerySet:
        return Edition.objects.newest(self.language)

    def paginate_queryset(self, queryset: Any, page_size: int) -> tuple[Paginator, Page, Any, bool]:  # type: ignore[type-arg]
        # Not Django's own, which answers 404 to a page that is no number: no list and no search is an error.
        paginator = self.get_paginator(queryset, page_size)
        page = paginator.get_page(self.request.GET.get("page", 1))
        return paginator, page, page.object_list, page.has_other_pages()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(ways=self.ways, form=self.form, **{"query": "", **kwargs})


class Narrowed(Latest):
    """The newest statements on one topic, of one type, by one issuer or of one year."""

    template_name = "statements/narrowed.html"
    kind = ""

    def get_queryset(self) -> EditionQuerySet:
        return NARROWED[self.kind](super().get_queryset(), self.kwargs["slug"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(way=self.get_way(), **kwargs)

    def get_way(self) -> Way:
        slug = self.kwargs["slug"]
        for way in self.ways[self.kind]:
            if way.slug == slug:
                return way
        if self.kind == "year":
            return Way(slug, slug, "year")  # One without statements in this language; they may be in another.
        raise Http404


class Search(Latest):
    """The statements in the reader's language that have certain words."""

    template_name = "statements/search.html"

    def get_queryset(self) -> EditionQuerySet:
        return self.form.search(super().get_queryset(), self.language)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(query=self.form.cleaned_data.get("q", ""), **kwargs)


@same_for_everybody()
def statement(request: HttpRequest, pk: str, slug: str = "") -> HttpResponse:
    """One statement in the reader's language, or the languages it does exist in."""
    language = get_language() or settings.LANGUAGE_CODE
    found = Edition.objects.of(int(pk)).current().for_reading().with_ways().annotate(topics=topics_of_release(language))
    # In the order in which the languages stand at the top of the page.
    editions = sorted(found, key=lambda edition: enabled_languages().index(edition.language))
    if not editions:
        raise Http404
    edition = next((e for e in editions if e.language == language), None)
    if edition is None:
        return render(request, "statements/other_languages.html", {"editions": editions}, status=404)
    if request.path != (address := edition.get_absolute_url()):
        return HttpResponsePermanentRedirect(address)
    return render(request, "statements/statement.html", _shown(edition, editions))


def former(request: HttpRequest, pk: str, slug: str = "") -> HttpResponse:
    """Lead from an address in a language that the site has given up to the text in another, the reader's if it can be.

    Not permanently: it depends on who asks, and the language may come back.
    """
    found = Edition.objects.of(int(pk)).current().for_reading().defer("body")
    editions = {edition.language: edition for edition in found}
    for language in (get_language(), settings.LANGUAGE_CODE, *enabled_languages()):
        if language in editions:
            return redirect(editions[language])
    raise Http404


def _shown(edition: Edition, editions: list[Edition]) -> dict[str, Any]:
    # Where one language came back after a withdrawal, what the others took back is no translation of it.
    translations = [e for e in editions if e != edition and e.is_withdrawn <= edition.is_withdrawn]
    return {
        "edition": edition,
        "translations": translations,
        "editions": [edition, *translations],
        "about": edition.note or edition.summary or Truncator(plain(edition.body)).chars(200) or edition.title,
        "history": list(edition.history()),
        "topics": topics_in(edition),
    }


@same_for_everybody()
def frozen(request: HttpRequest, pk: str) -> HttpResponse:
    """The frozen text of a statement in the reader's language, byte for byte what its SHA-256 is of."""
    editions = Edition.objects.of(int(pk)).current().filter(language=get_language())
    return HttpResponse(get_object_or_404(editions).frozen(), content_type="application/json")
