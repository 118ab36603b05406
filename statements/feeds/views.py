"""Feeds over HTTP, the page that lists them, and the same list for feed readers."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from statements.feeds.addresses import FeedAddress
from statements.feeds.directory import everything, of_topics, sections
from statements.feeds.documents import document
from statements.keeping import same_for_everybody
from statements.ways import ways


@require_safe
@same_for_everybody(any_query=True)
def feed(request: HttpRequest, **place: Any) -> HttpResponse:
    """A feed. What is no address of a feed is not found."""
    written = document(FeedAddress.of(_language(), request.GET, **place))
    return HttpResponse(written.body, headers=written.headers)


@require_safe
@same_for_everybody()
def feeds(request: HttpRequest) -> HttpResponse:
    """All feeds of the language, and one for the topics a reader chooses."""
    found = ways(_language())
    chosen = [topic for topic in found["topic"] if topic.slug in request.GET.getlist("topic")]
    context = {
        "everything": everything(_language()),
        "sections": sections(_language(), found),
        "topics": found["topic"],
        "chosen": of_topics(_language(), chosen) if chosen else None,
    }
    return render(request, "statements/feeds.html", context)


@require_safe
@same_for_everybody()
def feeds_opml(request: HttpRequest) -> HttpResponse:
    """The same list for a feed reader to import (OPML 2.0)."""
    context = {"everything": everything(_language()), "sections": sections(_language(), ways(_language()))}
    return render(request, "statements/feeds.opml", context, content_type="text/x-opml; charset=utf-8")


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE
