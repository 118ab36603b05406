"""Telling listeners what is new in a feed: the feed itself, signed (WebSub, section 7)."""

import hashlib
import hmac
import logging
import time

from django.db.models.functions import Now

from hub.callbacks import Answer, Call, call_all
from hub.models import Listener
from statements.feeds.documents import Document, document_at
from statements.freshness import public_state

logger = logging.getLogger(__name__)

# With the pauses of `put_off`, about two days.
ATTEMPTS = 16
# A task that lasts longer than this holds up a deploy.
SECONDS = 20.0

Documents = dict[str, Document | None]


def tell_due(seconds: float = SECONDS) -> int:
    """Tell those who are behind, until nobody is or the time is over; return how many were told or tried."""
    Listener.objects.expired().delete()
    state = public_state()
    documents: Documents = {}
    tried = 0
    stop_at = time.monotonic() + seconds
    while time.monotonic() < stop_at and (listeners := Listener.objects.behind(state).claim()):
        _tell(listeners, state, documents)
        tried += len(listeners)
    return tried


def _tell(listeners: list[Listener], state: int, documents: Documents) -> None:
    news: list[tuple[Listener, Document]] = []
    for listener in listeners:
        if listener.topic not in documents:
            documents[listener.topic] = document_at(listener.topic)
        feed = documents[listener.topic]
        if feed is None:
            _end(listener, "its feed is gone")
        elif feed.etag == listener.told:
            _record(listener, state, feed)
        else:
            news.append((listener, feed))
    answers = call_all(_message(listener, feed) for listener, feed in news)
    for (listener, feed), answer in zip(news, answers, strict=True):
        _settle(listener, answer, state, feed)


def _message(listener: Listener, feed: Document) -> Call:
    headers = {"Content-Type": feed.content_type, "Link": feed.link}
    if listener.secret:
        signature = hmac.new(listener.secret.encode(), feed.body, hashlib.sha256).hexdigest()
        headers["X-Hub-Signature"] = f"sha256={signature}"
    return Call("POST", listener.callback, headers, feed.body)


def _settle(listener: Listener, answer: Answer, state: int, feed: Document) -> None:
    if answer.is_yes:
        _record(listener, state, feed)
    elif answer.status == 410:
        _end(listener, "it is gone, as it says")
    elif listener.attempts >= ATTEMPTS:
        _end(listener, "it has not answered for days")
    else:
        listener.put_off()


def _record(listener: Listener, state: int, feed: Document) -> None:
    Listener.objects.held(listener).update(seen=state, told=feed.etag, due_at=Now(), lease=None, attempts=0)


def _end(listener: Listener, reason: str) -> None:
    # By its number: the address of a callback is often its key as well.
    logger.info("listener %s is ended: %s", listener.pk, reason)
    Listener.objects.held(listener).delete()
