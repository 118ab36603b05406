"""What a feed says: the one builder of all formats and pages.

All words pass `clean_line` and `clean_text` once more: editions are frozen as they were written, by whatever version of
this software, and one character that XML forbids makes a feed unreadable (XML 1.0, section 2.2).
"""

from datetime import UTC, timedelta
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import override

from statements.feeds.addresses import FeedAddress, tag
from statements.feeds.formats import FORMATS, SteadyFeed
from statements.feeds.selection import selected, subject
from statements.languages import site_name
from statements.models import Edition
from statements.text import clean_line, clean_text, plain
from statements.ways import topics_in

SUMMARY_LENGTH = 300


def build(address: FeedAddress) -> SteadyFeed:
    """Return the feed at this address, ready to be written. Raises Http404 if there is none."""
    with override(address.language):
        name = subject(address)
        selection = selected(address)
        feed = FORMATS[address.extension](
            title=clean_line(f"{name} · {site_name()}" if name else site_name()),
            link=address.page,
            description=_("Official statements, in full."),
            language=address.language,
            author_name=clean_line(site_name()),
            feed_url=address.url,
            feed_guid=address.tag,
            links=_links(address, selection.pages),
            is_archive=bool(address.archive),
            changed_at=selection.changed_at,
        )
        for edition in selection.editions:
            feed.add_item(**_item(edition))
    return feed


def _links(address: FeedAddress, pages: int) -> dict[str, str]:
    """Return the feed's links by their relation: the hub (WebSub, section 4), and the archive (RFC 5005)."""
    older = address.archive - 1 if address.archive else pages
    links = {"prev-archive": address.at(archive=older).url} if older else {}
    if not address.archive:
        return {"hub": settings.HUB_URL, **links}
    newer = {"next-archive": address.at(archive=address.archive + 1).url} if address.archive < pages else {}
    return {"current": address.at(archive=0).url, **links, **newer}


def _item(edition: Any) -> dict[str, Any]:
    summary = clean_line(_summary(edition))
    # Texts that became public at one moment: readers order them by their dates, and validators warn of equal ones.
    apart = timedelta(microseconds=edition.statement_id % 1_000_000)
    return {
        "title": clean_line(render_to_string("statements/headline.txt", {"edition": edition})),
        "link": settings.SITE_URL + edition.get_absolute_url(),
        # RSS and Atom read it as HTML.
        "description": escape(summary),
        "summary": summary,
        "content": clean_text(render_to_string("statements/content.html", {"edition": edition}).strip()),
        "author_name": clean_line(edition.office or edition.department),
        "categories": [clean_line(str(name)) for name in [edition.type_name, *topics_in(edition)]],
        "unique_id": tag(f"statement/{edition.statement_id}/{edition.language}"),
        "unique_id_is_permalink": False,
        "pubdate": edition.first_public_at.astimezone(UTC) + apart,
        "updateddate": edition.release.publish_at.astimezone(UTC) + apart,
        "translations": {language: _address_in(edition, language) for language in edition.other_languages or []},
    }


def _summary(edition: Edition) -> str:
    return edition.note or edition.summary or Truncator(plain(edition.body)).chars(SUMMARY_LENGTH)


def _address_in(edition: Edition, language: str) -> str:
    counterpart = Edition(statement=edition.statement, language=language)
    return settings.SITE_URL + counterpart.get_absolute_url()
