"""Which feeds there are in a language, for people and for feed readers."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from statements.feeds.addresses import EXTENSIONS, FeedAddress
from statements.languages import listed
from statements.ways import Way, Ways

FORMAT_NAMES = dict(zip(EXTENSIONS, ("RSS", "Atom", "JSON"), strict=True))


@dataclass(frozen=True)
class Feed:
    """A feed by its name, in all formats."""

    name: str
    address: FeedAddress

    @property
    def formats(self) -> list[tuple[str, str]]:
        """The names of the formats, and where the feed is in each."""
        return [(name, self.address.at(extension=extension).url) for extension, name in FORMAT_NAMES.items()]


@dataclass(frozen=True)
class Section:
    title: str
    feeds: list[Feed]


def everything(language: str) -> Feed:
    return Feed(_("All statements"), FeedAddress(language))


def of_topics(language: str, topics: list[Way]) -> Feed:
    """Return the feed of what is on any of these topics."""
    slugs = sorted(topic.slug for topic in topics)
    return Feed(listed(topics), FeedAddress(language, topics=tuple(slugs)))


def sections(language: str, ways: Ways) -> list[Section]:
    """Return the feeds of topics, types and issuers."""
    titles = {"topic": _("Topics"), "type": _("Types"), "issuer": _("Issuers")}
    return [Section(title, [_feed(language, way) for way in ways[kind]]) for kind, title in titles.items()]


def _feed(language: str, way: Way) -> Feed:
    return Feed(str(way), FeedAddress(language, kind=way.kind, slug=way.slug))
