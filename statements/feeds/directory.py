"""Which feeds there are in a language, for people and for feed readers."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from statements.feeds.addresses import EXTENSIONS, FeedAddress
from statements.languages import listed
from statements.models import Issuer, StatementType, Topic

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


def of_topics(language: str, topics: list[Topic]) -> Feed:
    """Return the feed of what is on any of these topics."""
    slugs = sorted(topic.slug for topic in topics)
    return Feed(listed(topics), FeedAddress(language, topics=tuple(slugs)))


def sections(language: str) -> list[Section]:
    """Return the feeds of topics, types and issuers, named in the active language."""
    kinds: list[tuple[str, str, Iterable[Topic | StatementType | Issuer]]] = [
        (_("Topics"), "topic", Topic.objects.all()),
        (_("Types"), "type", StatementType.objects.all()),
        (_("Issuers"), "issuer", Issuer.objects.all()),
    ]
    return [
        Section(
            title, [Feed(str(one), FeedAddress(language, kind=kind, slug=one.slug)) for one in sorted(named, key=str)]
        )
        for title, kind, named in kinds
    ]
