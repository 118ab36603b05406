"""Feeds, written: what is sent to whoever asks, and to whoever waits for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO

from django.http import Http404
from django.utils import timezone
from django.utils.http import http_date

from statements.feeds.addresses import FeedAddress
from statements.feeds.building import build
from statements.keeping import weak_etag

# After this nothing comes to be seen that is dated before: neither in the same second, and the header tells no less,
# nor what a transaction dates and then takes its time to commit.
SETTLED = timedelta(minutes=1)


@dataclass(frozen=True)
class Document:
    content_type: str
    # The header of that name (RFC 8288): who tells of changes, and of what (WebSub, section 4).
    link: str
    body: bytes
    etag: str
    last_modified: datetime | None

    @property
    def headers(self) -> dict[str, str]:
        moment = {"Last-Modified": http_date(self.last_modified.timestamp())} if self.last_modified else {}
        return {"Content-Type": self.content_type, "ETag": self.etag, "Link": self.link, **moment}


def document(address: FeedAddress) -> Document:
    """Write the feed at this address, in at most two queries. Raises Http404 if there is none."""
    feed = build(address)
    text = StringIO()
    feed.write(text, "utf-8")
    body = text.getvalue().encode()
    return Document(
        content_type=feed.content_type,
        link=", ".join(f'<{url}>; rel="{name}"' for name, url in [("self", address.url), *feed.feed["links"].items()]),
        body=body,
        etag=weak_etag(body),
        last_modified=_settled(feed.feed["changed_at"]),
    )


def _settled(changed_at: datetime | None) -> datetime | None:
    """Return the moment if one can ask by it what has changed since; None if more may have the same, or an earlier one.

    Those who know the ETag do not ask by a moment.
    """
    return changed_at if changed_at and changed_at < timezone.now() - SETTLED else None


def document_at(url: str) -> Document | None:
    """Write the feed one subscribes to at this URL; return None if none of ours is called that."""
    address = FeedAddress.from_url(url)
    try:
        return document(address) if address and not address.archive else None
    except Http404:
        return None
