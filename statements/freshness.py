"""Whether anything changed for the public: the one question that decides if what was made before still serves."""

from django.conf import settings
from django.core.cache import caches

from statements.models import Release


def public_state() -> int:
    """Return a number that changes whenever anything becomes public. One query, answered from an index.

    Releases become public one after another and never cease to be, so how many there are says it all: a text that is
    corrected or withdrawn is one more release.
    """
    return Release.objects.public().count()


def recent_public_state() -> int:
    """Return the same, asked at most once in PUBLIC_STATE_SECONDS by this process, however many readers come."""
    seconds = settings.PUBLIC_STATE_SECONDS
    return caches["process"].get_or_set("public-state", public_state, seconds)  # type: ignore[return-value]
