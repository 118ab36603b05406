"""Feeds as they were written, kept in this process until something becomes public."""

import gzip
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from io import StringIO

from django.http import Http404
from django.utils.http import http_date

from statements.feeds.addresses import FeedAddress
from statements.feeds.building import build, changed_at
from statements.freshness import recent_public_state

KEPT_SECONDS = 300


@dataclass(frozen=True)
class Document:
    """A feed, written: what is sent to whoever asks, and to whoever waits for it."""

    content_type: str
    # The header of that name (RFC 8288): who tells of changes, and of what (WebSub, section 4).
    link: str
    body: bytes
    gzipped: bytes
    # Weak, for it is the same whether the body is compressed or not (RFC 9110, section 8.8.3).
    etag: str
    # In seconds since the epoch.
    last_modified: int | None

    @cached_property
    def headers(self) -> dict[str, str]:
        """What goes with it, and with the answer that it has not changed."""
        moment = {"Last-Modified": http_date(self.last_modified)} if self.last_modified else {}
        return {
            "ETag": self.etag,
            # To be kept by whoever likes, and asked for anew each time: a correction must not come late.
            "Cache-Control": "public, no-cache",
            "Vary": "Accept-Encoding",
            "Link": self.link,
            **moment,
        }


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
        gzipped=gzip.compress(body, mtime=0),
        etag=f'W/"{hashlib.sha256(body).hexdigest()[:32]}"',
        last_modified=changed_at(feed),
    )


def kept_document(address: FeedAddress) -> Document:
    """Return the feed as it was written for what is public now. Raises Http404 if there is none.

    What else it says, such as the names of topics, may be some minutes old.
    """
    return _written_for(recent_public_state(), int(time.monotonic() / KEPT_SECONDS), address)


@lru_cache(maxsize=200)
def _written_for(state: int, period: int, address: FeedAddress) -> Document:
    return document(address)


forget = _written_for.cache_clear


def document_at(url: str, find: Callable[[FeedAddress], Document] = document) -> Document | None:
    """Return the feed one subscribes to at this URL, written anew or found so; None if none of ours is called that."""
    address = FeedAddress.from_url(url)
    try:
        return find(address) if address and not address.archive else None
    except Http404:
        return None
