"""Whether anything changed for the public: the one question that decides if what was made before still serves."""

import time
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models import Count, DateTimeField, Max, QuerySet, Value

from statements.models import Issuer, Release, StatementType, Topic

State = frozenset[Any]


def public_state() -> int:
    """Return a number that changes whenever anything becomes public. One query, answered from an index.

    Releases become public one after another and never cease to be, so how many there are says it all: a text that is
    corrected or withdrawn is one more release.
    """
    return Release.objects.public().count()


def recent_state() -> State:
    """Return what changes with the public's texts and with the names around them, asked once in STATE_SECONDS.

    Each process asks for itself, one question however many readers come.
    """
    if not settings.STATE_SECONDS:
        return _state()
    return _state_in(int(time.monotonic() / settings.STATE_SECONDS))


@lru_cache(maxsize=1)
def _state_in(period: int) -> State:
    return _state()


def _state() -> State:
    names = (_counted(QuerySet(model), Max("changed_at")) for model in (Issuer, StatementType, Topic))
    releases = _counted(Release.objects.public(), Value(None, DateTimeField()))
    return frozenset(releases.union(*names, all=True))


def _counted(rows: QuerySet[Any], changed_at: Any) -> Any:
    of = rows.order_by().values(of=Value(rows.model._meta.model_name))
    return of.annotate(number=Count("pk"), changed=changed_at).values_list("of", "number", "changed")
