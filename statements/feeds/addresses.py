"""Where a feed stands. The address says all there is to know of it: language, subject, format, page of the archive."""

from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit

from django.conf import settings
from django.http import Http404, QueryDict
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import get_language_from_path, override

EXTENSIONS = ("rss", "atom", "json")
# What has a feed under an address of its own.
KINDS = ("topic", "type", "issuer")
_VIEWS = {"statements:feed": "", **{f"statements:{kind}_feed": kind for kind in KINDS}}


@dataclass(frozen=True)
class FeedAddress:
    """The address of one document of one feed.

    Without a `kind` the feed is of all statements, or of those on the chosen `topics`. Without an `archive` it is the
    document to subscribe to; with one, that page of the older statements (RFC 5005, section 4), 1 being the oldest.
    """

    language: str
    extension: str = "rss"
    kind: str = ""
    slug: str = ""
    topics: tuple[str, ...] = ()
    archive: int = 0

    @classmethod
    def of(cls, language: str, query: QueryDict, *, extension: str, kind: str = "", slug: str = "") -> Self:
        """Return the address of a request. Raises Http404 if the archive cannot have such a page."""
        page = query.get("archive", "0")
        if not page.isascii() or not page.isdigit() or len(page) > 9:
            raise Http404
        topics = () if kind else tuple(sorted(set(query.getlist("topic"))))
        return cls(language, extension, kind, slug, topics, int(page))

    @classmethod
    def from_url(cls, url: str) -> Self | None:
        """Return the address that is written so, and in no other way; None if it is none of ours."""
        try:
            parts = urlsplit(url)
            language = get_language_from_path(parts.path) or settings.LANGUAGE_CODE
            with override(language):
                match = resolve(unquote(parts.path))
            address = cls.of(language, QueryDict(parts.query), **match.kwargs) if match.view_name in _VIEWS else None
        except (Resolver404, Http404, ValueError):
            return None
        return address if address and address.url == url else None

    @property
    def path(self) -> str:
        """The address without the site's, as links on our own pages have it."""
        name = f"statements:{self.kind}_feed" if self.kind else "statements:feed"
        with override(self.language):
            path = reverse(name, kwargs={"extension": self.extension, **({"slug": self.slug} if self.kind else {})})
        query = [("topic", slug) for slug in self.topics] + [("archive", str(self.archive))] * bool(self.archive)
        return f"{path}?{urlencode(query)}" if query else path

    @property
    def url(self) -> str:
        return settings.SITE_URL + self.path

    @property
    def page(self) -> str:
        """The address of the page that shows people what the feed is of: the feed stands right under it."""
        return urljoin(self.url, ".")

    @property
    def tag(self) -> str:
        """The feed's permanent `tag:` URI (RFC 4151), the same for all formats and pages."""
        return tag("/".join(["feed", self.language, *filter(None, [self.kind, self.slug]), *self.topics]))

    def at(self, **changes: Any) -> Self:
        """Return the address of another format, or another page, of this feed."""
        return replace(self, **changes)


def tag(name: str) -> str:
    """Return a `tag:` URI of this site (RFC 4151), which stays the same wherever what it names may move."""
    return f"tag:{settings.TAG_AUTHORITY}:{quote(name)}"
