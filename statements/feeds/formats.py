"""How each format writes a feed. Django's own generators, with what they leave out."""

import json
from datetime import UTC, datetime
from typing import Any, TextIO

from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed, rfc3339_date

# Feed Paging and Archiving (RFC 5005, section 2).
_HISTORY = {"xmlns:fh": "http://purl.org/syndication/history/1.0"}
# A feed that never had an item has not changed since. Not now: each copy would differ from the one before.
_NEVER = datetime(2026, 1, 1, tzinfo=UTC)


class SteadyFeed(SyndicationFeed):
    """A feed that is the same, octet for octet, whenever it is written of the same editions."""

    content_type: str

    def latest_post_date(self) -> datetime:
        return max((item["updateddate"] for item in self.items), default=_NEVER)

    def language_links(self, item: dict[str, Any]) -> list[dict[str, str]]:
        """Return the links to a text that there is in several languages, the attributes of each.

        Its own comes last: some readers open the first alternate link of an item, which they have already, others the
        last, and none of them should open another language than it shows.
        """
        languages = {**item["translations"], self.feed["language"]: item["link"]} if item["translations"] else {}
        return [
            {"rel": "alternate", "type": "text/html", "hreflang": language, "href": address}
            for language, address in languages.items()
        ]


class Rss(SteadyFeed, Rss201rev2Feed):
    """RSS 2.0 by the RSS Advisory Board's best practices, with the text in `content:encoded`."""

    def rss_attributes(self) -> dict[str, str]:
        content = {"xmlns:content": "http://purl.org/rss/1.0/modules/content/"}
        return {**super().rss_attributes(), **content, **_HISTORY, "xml:lang": self.feed["language"]}

    def add_root_elements(self, handler: Any) -> None:
        super().add_root_elements(handler)
        for relation, address in self.feed["links"].items():
            handler.addQuickElement("atom:link", None, {"rel": relation, "href": address})
        if self.feed["is_archive"]:
            handler.addQuickElement("fh:archive")

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("atom:updated", rfc3339_date(item["updateddate"]))
        for link in self.language_links(item):
            handler.addQuickElement("atom:link", None, link)
        handler.addQuickElement("content:encoded", item["content"])


class Atom(SteadyFeed, Atom1Feed):
    """Atom (RFC 4287)."""

    def root_attributes(self) -> dict[str, str]:
        return {**super().root_attributes(), **_HISTORY}

    def add_root_elements(self, handler: Any) -> None:
        super().add_root_elements(handler)
        for relation, address in self.feed["links"].items():
            handler.addQuickElement("link", None, {"rel": relation, "href": address})
        if self.feed["is_archive"]:
            handler.addQuickElement("fh:archive")

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        for link in self.language_links(item):
            handler.addQuickElement("link", None, link)
        handler.addQuickElement("content", item["content"], {"type": "html"})


class JsonFeed(SteadyFeed):
    """JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

    content_type = "application/feed+json"

    def write(self, outfile: TextIO, encoding: str) -> None:
        json.dump({**self._head(), "items": [self._item(item) for item in self.items]}, outfile, ensure_ascii=False)

    def _head(self) -> dict[str, Any]:
        feed, links = self.feed, self.feed["links"]
        head = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed["title"],
            "home_page_url": feed["link"],
            "feed_url": feed["feed_url"],
            "description": feed["description"],
            "language": feed["language"],
            "authors": [{"name": feed["author_name"]}],
        }
        if "prev-archive" in links:
            head["next_url"] = links["prev-archive"]
        if "hub" in links:
            head["hubs"] = [{"type": "WebSub", "url": links["hub"]}]
        return head

    def _item(self, item: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": item["unique_id"],
            "url": item["link"],
            "title": item["title"],
            "summary": item["summary"],
            "content_html": item["content"],
            "date_published": rfc3339_date(item["pubdate"]),
            "date_modified": rfc3339_date(item["updateddate"]),
            "authors": [{"name": item["author_name"]}],
            "tags": item["categories"],
            "language": self.feed["language"],
            # The format has no word for it; its extensions begin with an underscore.
            "_translations": [{"language": code, "url": address} for code, address in item["translations"].items()],
        }


FORMATS: dict[str, type[SteadyFeed]] = {"rss": Rss, "atom": Atom, "json": JsonFeed}
