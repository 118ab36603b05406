"""Feeds over HTTP, the page that lists them, and the same list for feed readers."""

import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from statements.feeds.addresses import FeedAddress
from statements.feeds.directory import everything, of_topics, sections
from statements.feeds.documents import kept_document
from statements.models import Topic

_GZIP = re.compile(r"\bgzip\b")


@require_safe
def feed(request: HttpRequest, **place: Any) -> HttpResponse:
    """A feed, or 304 to whoever has it. Of many requests in a second one asks the database, and one question only."""
    kept = kept_document(FeedAddress.of(_language(), request.GET, **place))
    if request.META.get("HTTP_IF_NONE_MATCH") == kept.etag:
        return HttpResponseNotModified(headers=kept.headers)  # As nearly all ask. Any other condition takes longer.
    gzipped = bool(_GZIP.search(request.META.get("HTTP_ACCEPT_ENCODING", "")))
    headers = {**kept.headers, "Content-Encoding": "gzip"} if gzipped else kept.headers
    response = HttpResponse(kept.gzipped if gzipped else kept.body, kept.content_type, headers=headers)
    return get_conditional_response(request, kept.etag, kept.last_modified, response) or response


@require_safe
def feeds(request: HttpRequest) -> HttpResponse:
    """All feeds of the language, and one for the topics a reader chooses."""
    topics = list(Topic.objects.all())
    chosen = [topic for topic in topics if topic.slug in request.GET.getlist("topic")]
    context = {
        "everything": everything(_language()),
        "sections": sections(_language()),
        "topics": topics,
        "chosen": of_topics(_language(), chosen) if chosen else None,
    }
    return render(request, "statements/feeds.html", context)


@require_safe
def feeds_opml(request: HttpRequest) -> HttpResponse:
    """The same list for a feed reader to import (OPML 2.0)."""
    context = {"everything": everything(_language()), "sections": sections(_language())}
    return render(request, "statements/feeds.opml", context, content_type="text/x-opml; charset=utf-8")


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE
