"""Feeds, written: what is sent to whoever asks, and to whoever waits for it."""

from dataclasses import dataclass
from io import StringIO

from django.http import Http404
from django.utils.http import http_date

from statements.feeds.addresses import FeedAddress
from statements.feeds.building import build, changed_at
from statements.keeping import weak_etag


@dataclass(frozen=True)
class Document:
    content_type: str
    # The header of that name (RFC 8288): who tells of changes, and of what (WebSub, section 4).
    link: str
    body: bytes
    etag: str
    # In seconds since the epoch.
    last_modified: int | None

    @property
    def headers(self) -> dict[str, str]:
        moment = {"Last-Modified": http_date(self.last_modified)} if self.last_modified else {}
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
        last_modified=changed_at(feed),
    )


def document_at(url: str) -> Document | None:
    """Write the feed one subscribes to at this URL; return None if none of ours is called that."""
    address = FeedAddress.from_url(url)
    try:
        return document(address) if address and not address.archive else None
    except Http404:
        return None
