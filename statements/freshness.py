"""Whether anything changed for the public: the one question that decides if what was made before still serves."""

import time
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from django.conf import settings
from django.db.models import Count, DateTimeField, Max, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Greatest

from statements.models import Issuer, Release, StatementType, Topic

State = frozenset[Any]

_LONG_AGO = Value(datetime(1970, 1, 1, tzinfo=UTC), DateTimeField())


class Seen:
    """The state as this process saw it last, and for how long it goes by that."""

    def __init__(self) -> None:
        self.state: State | None = None
        self.until = 0.0
        self.looking = Lock()


_seen = Seen()


def public_state() -> int:
    """Return a number that changes whenever anything becomes public. One query, answered from an index.

    Releases become public one after another and never cease to be, so how many there are says it all: a text that is
    corrected or withdrawn is one more release.
    """
    return Release.objects.public().count()


def recent_state() -> State | None:
    """Return what changes with the public's texts and with the names around them, asked once in STATE_SECONDS.

    Each process asks for itself, one question however many readers come. While one waits for the answer the others go
    by the last one, however long the database may take.
    """
    if not settings.STATE_SECONDS:
        return _state()
    now = time.monotonic()
    if now >= _seen.until and _seen.looking.acquire(blocking=_seen.state is None):
        try:
            _seen.state, _seen.until = _state(), now + settings.STATE_SECONDS
        finally:
            _seen.looking.release()
    return _seen.state


def look_anew() -> None:
    """Do not go by what was seen before."""
    _seen.until = 0.0


def changed_at() -> Greatest:
    """Return a column: when something last changed for the public, which is when a part of the state did."""
    # An archive's statements may be dated back: until one was written, nobody had seen it.
    releases = _counted(Release.objects.public(), Max(Greatest("publish_at", "approved_at")))
    newest = (Subquery(counted.values("changed")) for counted in (releases, *_names()))
    # SQLite's greatest of several is nothing if one of them is.
    return Greatest(*(Coalesce(moment, _LONG_AGO) for moment in newest))


def _state() -> State:
    # Without their newest moment: it would take a look at each of them, every second.
    releases = _counted(Release.objects.public(), Value(None, DateTimeField()))
    return frozenset(releases.union(*_names(), all=True))


def _names() -> list[Any]:
    return [_counted(QuerySet(model), Max("changed_at")) for model in (Issuer, StatementType, Topic)]


def _counted(rows: QuerySet[Any], changed_at: Any) -> Any:
    of = rows.order_by().values(of=Value(rows.model._meta.model_name))
    return of.annotate(number=Count("pk"), changed=changed_at).values_list("of", "number", "changed")
