"""Which editions a feed carries, and all that is to be told of them: one query, however many they are.

The order is by the moment an edition became public, so that the correction of an old statement comes to the top. Pages
of the archive are full, and counted from the oldest, so that they keep their addresses. The document one subscribes to
holds the newest: a page at least, and whatever does not fill another yet (RFC 5005, section 4).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, Subquery
from django.http import Http404
from django.utils.translation import get_language

from statements import freshness
from statements.feeds.addresses import FeedAddress
from statements.gathering import Gathered
from statements.languages import enabled_languages, listed
from statements.models import Edition, EditionQuerySet, Issuer, Release, StatementType, Topic
from statements.ways import topics_of_release

PAGE = 30
MODELS: dict[str, type[Topic | StatementType | Issuer]] = {"topic": Topic, "type": StatementType, "issuer": Issuer}


@dataclass(frozen=True)
class Selection:
    """The editions of one document, the newest first, and how many full pages of the archive lie behind the feed."""

    editions: list[Any]
    pages: int
    # When the newest change was to anything it may tell of; None if it has no editions.
    changed_at: datetime | None


def subject(address: FeedAddress) -> str:
    """Return the name of what the feed is of, in the active language; "" if it is of everything. Raises Http404."""
    if not address.kind and not address.topics:
        return ""
    slugs = address.topics or (address.slug,)
    named = MODELS[address.kind or "topic"]._default_manager.filter(slug__in=slugs)
    names = [str(one) for one in named]
    if len(names) != len(slugs):
        raise Http404
    return listed(names)


def is_feed(url: str) -> bool:
    """Tell whether one can subscribe to a feed of ours at this URL, written as we write it."""
    address = FeedAddress.from_url(url)
    if not address or address.archive:
        return False
    try:
        subject(address)
    except Http404:
        return False
    return True


def selected(address: FeedAddress) -> Selection:
    """Return what stands at this address. Raises Http404 for a page the archive does not have (yet)."""
    everything = _of(address).order_by("release__publish_at", "pk")
    start = (address.archive - 1) * PAGE
    page = everything[start : start + PAGE] if address.archive else everything.reverse()[: 2 * PAGE - 1]
    editions: list[Any] = list(_with_all_there_is_to_tell(page, everything))
    total, changed_at = (editions[0].total, editions[0].changed_at) if editions else (0, None)
    pages = max(total // PAGE - 1, 0)
    if address.archive > pages:
        raise Http404
    return Selection(editions if address.archive else editions[: total - pages * PAGE], pages, changed_at)


def _of(address: FeedAddress) -> EditionQuerySet:
    """Return the editions the public reads now of what this feed is of, withdrawals included."""
    editions = Edition.objects.filter(language=address.language).current()
    slug = address.slug
    match address.kind:
        case "type":
            return editions.of_type(slug)
        case "issuer":
            return editions.by_issuer(slug)
    if topics := address.topics or (slug,) * bool(slug):
        return editions.filter(release__in=Release.objects.filter(topics__slug__in=topics))
    return editions


def _with_all_there_is_to_tell(page: EditionQuerySet, everything: EditionQuerySet) -> EditionQuerySet:
    same_statement = Edition.objects.filter(statement=OuterRef("statement"))
    first = same_statement.filter(language=OuterRef("language")).public().order_by("release__publish_at")
    others = same_statement.filter(language__in=enabled_languages()).exclude(language=OuterRef("language"))
    editions = Edition.objects.filter(pk__in=page.values("pk")).for_reading()
    return editions.order_by("-release__publish_at", "-pk").annotate(
        first_public_at=Subquery(first.values("release__publish_at")[:1]),
        other_languages=Gathered(others.current().standing().order_by("language").values(value=F("language"))),
        topics=topics_of_release(get_language()),
        total=everything.total(),
        changed_at=freshness.changed_at(),
    )
