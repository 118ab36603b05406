"""What search engines are told of: every statement in every language it can be read in, and the lists of them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import Max
from django.urls import reverse

from statements.languages import enabled_languages
from statements.models import Edition, EditionQuerySet, Release
from statements.ways import ways


class SiteSitemap(Sitemap):  # type: ignore[type-arg]
    """Addresses as SITE_URL has them, whatever the request says."""

    protocol = urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site: Any = None) -> str:
        return urlsplit(settings.SITE_URL).netloc


@dataclass(frozen=True)
class Page:
    """A page with a name in `statements.urls`, and the languages in which there is something on it."""

    name: str
    arguments: tuple[str, ...]
    languages: list[str]


class ListSitemap(SiteSitemap):
    """The lists, each in the languages that have something in it; and the page of feeds, in all."""

    i18n = alternates = x_default = True

    def items(self) -> list[Page]:
        languages = defaultdict(list)
        for language in enabled_languages():
            for name, arguments in _lists(language):
                languages[name, arguments].append(language)
        lists = [Page(name, arguments, found) for (name, arguments), found in languages.items()]
        return [*lists, Page("feeds", (), enabled_languages())]

    def get_languages_for_item(self, item: Page) -> list[str]:
        return item.languages

    def location(self, item: Page) -> str:
        return reverse(f"statements:{item.name}", args=item.arguments)


def _lists(language: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Return the name and arguments of each list that has something in this language."""
    used = [way for kind in ways(language).values() for way in kind if way.is_used]
    if used:
        yield "latest", ()
    for way in used:
        yield way.kind, (way.slug,)


class StatementSitemap(SiteSitemap):
    """The editions that stand, each with the others of its statement."""

    limit = 1000

    def items(self) -> EditionQuerySet:
        editions = Edition.objects.filter(language__in=enabled_languages()).current().standing()
        return editions.for_reading().defer("body").order_by("statement_id", "language")

    def lastmod(self, item: Edition) -> datetime:
        return item.release.publish_at

    def get_latest_lastmod(self) -> datetime | None:
        newest: datetime | None = Release.objects.public().aggregate(newest=Max("publish_at"))["newest"]
        return newest

    def get_urls(self, page: int | str = 1, site: Any = None, protocol: str | None = None) -> list[dict[str, Any]]:
        urls = super().get_urls(page, site, protocol)
        alternates = self._alternates({url["item"].statement_id for url in urls})
        return [{**url, "alternates": alternates[url["item"].statement_id]} for url in urls]

    def _alternates(self, statements: set[int]) -> dict[int, list[dict[str, str]]]:
        alternates = defaultdict(list)
        for edition in self.items().filter(statement__in=statements):
            location = settings.SITE_URL + edition.get_absolute_url()
            alternates[edition.statement_id].append({"location": location, "lang_code": edition.language})
        for found in alternates.values():
            found.append({"location": _neutral(**found[0]), "lang_code": "x-default"})
        return alternates


def _neutral(location: str, lang_code: str) -> str:
    """Return the address without its language: it leads to the reader's own."""
    return location.replace(f"/{lang_code}/", "/", 1)


SITEMAPS = {"lists": ListSitemap, "statements": StatementSitemap}
