"""RSS 2.0 feeds of current editions in one language: all of them, or those on a topic."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import Count, Max, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.feedgenerator import Rss201rev2Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import condition

from statements.languages import site_name
from statements.models import Edition, EditionQuerySet, Topic

FEED_LENGTH = 30


def _editions(slug: str | None) -> EditionQuerySet:
    """Return what a feed is about: everything, or what is on the topic with this slug."""
    editions = Edition.objects.filter(language=get_language()).current()
    return editions.filter(release__topics__slug=slug) if slug else editions


def _state(request: HttpRequest, slug: str | None = None) -> dict[str, Any]:
    """Return what changes whenever the feed does, in one query."""
    if not hasattr(request, "feed_state"):
        request.feed_state = _editions(slug).aggregate(  # type: ignore[attr-defined]
            newest=Max("pk"), moment=Max("release__publish_at"), count=Count("pk"), sum=Sum("pk")
        )
    return request.feed_state  # type: ignore[attr-defined,no-any-return]


def _etag(request: HttpRequest, slug: str | None = None) -> str:
    state = _state(request, slug)
    # The sum too: an older statement's edition may be replaced without the newest of all, or their number, changing.
    return f'"{get_language()}-{slug or ""}-{state["newest"] or 0}-{state["count"]}-{state["sum"] or 0}"'


def _last_modified(request: HttpRequest, slug: str | None = None) -> datetime | None:
    moment = _state(request, slug)["moment"]
    return moment.astimezone(UTC) if moment else None


_conditional = condition(etag_func=_etag, last_modified_func=_last_modified)


class FullTextFeed(Rss201rev2Feed):
    """RSS 2.0 with the full text in `content:encoded` (RSS content module 1.0)."""

    def rss_attributes(self) -> dict[str, str]:
        return {**super().rss_attributes(), "xmlns:content": "http://purl.org/rss/1.0/modules/content/"}

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content:encoded", item["content"])


class StatementFeed(Feed):  # type: ignore[type-arg]
    """The newest editions in the language of the address."""

    feed_type = FullTextFeed

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _conditional(super().__call__)(request, *args, **kwargs)

    def get_object(self, request: HttpRequest, slug: str | None = None) -> Topic | None:
        return get_object_or_404(Topic, slug=slug) if slug else None

    def title(self, topic: Topic | None) -> str:
        return f"{topic} · {site_name()}" if topic else site_name()

    def link(self, topic: Topic | None) -> str:
        return topic.get_absolute_url() if topic else reverse("statements:latest")

    def feed_url(self, topic: Topic | None) -> str:
        return reverse("statements:topic_feed", args=[topic.slug]) if topic else reverse("statements:feed")

    def description(self, topic: Topic | None) -> str:
        return _("Official statements, in full.")

    def items(self, topic: Topic | None) -> EditionQuerySet:
        editions = _editions(topic.slug if topic else None)
        return editions.for_reading().order_by("-release__publish_at", "-pk")[:FEED_LENGTH]

    def item_title(self, item: Edition) -> str:
        return item.title

    def item_description(self, item: Edition) -> str:
        return item.note or item.summary

    def item_guid(self, item: Edition) -> str:
        return f"tag:{settings.SITE_HOST},2026:statement/{item.statement_id}/{item.language}"

    item_guid_is_permalink = False

    def item_pubdate(self, item: Edition) -> datetime:
        return item.release.publish_at

    def item_categories(self, item: Edition) -> list[str]:
        return [item.type_name]

    def item_extra_kwargs(self, item: Edition) -> dict[str, str]:
        return {"content": render_to_string("statements/content.html", {"edition": item})}
