"""The pages of the public: editions, and nothing but editions."""

from typing import Any

from django.core.paginator import EmptyPage, Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.generic import ListView

from statements.models import Edition, EditionQuerySet, Topic


class LastPageForMissing(Paginator):  # type: ignore[type-arg]
    """Who switches languages on page 9 may come to a language that has three pages: show its last one."""

    def page(self, number: int | str) -> Page:  # type: ignore[type-arg]
        try:
            return super().page(number)
        except EmptyPage:
            return super().page(self.num_pages)


class Latest(ListView):  # type: ignore[type-arg]
    """The newest statements in the reader's language."""

    template_name = "statements/latest.html"
    context_object_name = "editions"
    paginate_by = 20
    paginator_class = LastPageForMissing

    def get_queryset(self) -> EditionQuerySet:
        editions = Edition.objects.filter(language=get_language()).current().standing()
        return editions.for_reading().order_by("-date", "-statement_id")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {"topics": Topic.objects.all(), **super().get_context_data(**kwargs)}


class OnTopic(Latest):
    """The newest statements on one topic in the reader's language."""

    template_name = "statements/topic.html"

    def get_queryset(self) -> EditionQuerySet:
        self.topics = list(Topic.objects.all())
        self.topic = next((topic for topic in self.topics if topic.slug == self.kwargs["slug"]), None)
        if self.topic is None:
            raise Http404
        return super().get_queryset().on(self.topic)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(topics=self.topics, **kwargs), "topic": self.topic}


def statement(request: HttpRequest, pk: str, slug: str) -> HttpResponse:
    """One statement in the reader's language, or the languages it does exist in."""
    editions = list(Edition.objects.filter(statement=int(pk)).current().for_reading().order_by("language"))
    if not editions:
        raise Http404
    edition = next((e for e in editions if e.language == get_language()), None)
    if edition is None:
        return render(request, "statements/other_languages.html", {"editions": editions}, status=404)
    if slug != edition.statement.slug:
        return HttpResponsePermanentRedirect(edition.get_absolute_url())
    context = {
        "edition": edition,
        "translations": [e for e in editions if e != edition],
        "topics": edition.release.topics.all(),
    }
    return render(request, "statements/statement.html", context)
