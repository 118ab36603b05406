"""Whether anything changed for the public: the one question that decides if what was made before still serves."""

import time
from functools import lru_cache

from django.conf import settings

from statements.models import Release


def public_state() -> int:
    """Return a number that changes whenever anything becomes public. One query, answered from an index.

    Releases become public one after another and never cease to be, so how many there are says it all: a text that is
    corrected or withdrawn is one more release.
    """
    return Release.objects.public().count()


def recent_public_state() -> int:
    """Return the same, asked once in PUBLIC_STATE_SECONDS by each process, however many readers come."""
    if not settings.PUBLIC_STATE_SECONDS:
        return public_state()
    return _public_state_in(int(time.monotonic() / settings.PUBLIC_STATE_SECONDS))


@lru_cache(maxsize=1)
def _public_state_in(period: int) -> int:
    return public_state()
