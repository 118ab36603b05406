"""What search engines are told of: every statement in every language it can be read in, and the lists of them."""

from collections import defaultdict
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import Max
from django.urls import reverse

from statements.languages import enabled_languages
from statements.models import Edition, EditionQuerySet, Release
from statements.ways import Way, ways


class SiteSitemap(Sitemap):  # type: ignore[type-arg]
    """Addresses as SITE_URL has them, whatever the request says."""

    protocol = urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site: Any = None) -> str:
        return urlsplit(settings.SITE_URL).netloc


class ListSitemap(SiteSitemap):
    """The lists, in every language."""

    i18n = alternates = x_default = True

    def items(self) -> list[Way | None]:
        found = ways(settings.LANGUAGE_CODE)
        return [None, *(way for kind in found.values() for way in kind if way.is_used)]

    def location(self, item: Way | None) -> str:
        return item.get_absolute_url() if item else reverse("statements:latest")


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
        return alternates


SITEMAPS = {"lists": ListSitemap, "statements": StatementSitemap}
