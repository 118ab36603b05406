"""How many mails to expect from what one chooses, going by what the last weeks brought."""

from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, timedelta
from typing import cast

from django.core.cache import cache
from django.db.models.functions import Now
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from statements.languages import Count
from statements.models import Release
from subscriptions.models import Frequency

SPAN = timedelta(days=90)
WEEKS = SPAN / timedelta(weeks=1)
WEEKS_IN_A_MONTH = 52 / 12
KEPT_FOR = 600  # seconds

# Mails a week, by the number of the topic, None for all topics, and the frequency.
Forecast = Mapping[int | None, Mapping[str, float]]


def forecast() -> Forecast:
    """Return what to expect. A topic on which nothing was told is not in it."""
    with suppress(Exception):  # The cache may be away: then it is counted each time.
        if (kept := cache.get("forecast")) is not None:
            return cast(Forecast, kept)
    counted = _counted()
    with suppress(Exception):
        cache.set("forecast", counted, KEPT_FOR)
    return counted


def _counted() -> Forecast:
    """Count what was told to all who had asked for it; corrections and withdrawals go to few."""
    told = Release.objects.public().filter(
        announce=True, kind__in=[Release.Kind.PUBLISHED, Release.Kind.UPDATED], publish_at__gte=Now() - SPAN
    )
    days: dict[int | None, dict[int, date]] = defaultdict(dict)
    for release, moment, topic in told.order_by().values_list("pk", "publish_at", "topics"):
        for subject in (None, topic):
            days[subject][release] = localtime(moment).date()
    return {subject: _mails_a_week(list(found.values())) for subject, found in days.items()}


def _mails_a_week(days: list[date]) -> dict[str, float]:
    weeks = {day.isocalendar()[:2] for day in days}
    return {
        Frequency.IMMEDIATE: len(days) / WEEKS,
        Frequency.DAILY: len(set(days)) / WEEKS,
        Frequency.WEEKLY: min(len(weeks) / WEEKS, 1),
    }


def in_words(mails_a_week: float) -> str:
    """Say about how many mails that is, in the active language."""
    if mails_a_week >= 0.8:  # Less would be four or fewer a month, which says it better.
        count = Count(max(1, round(mails_a_week)))
        # Translators: how many messages to expect; it stands in brackets or after a comma.
        return ngettext("about %(count)s a week", "about %(count)s a week", count) % {"count": count}
    count = Count(round(mails_a_week * WEEKS_IN_A_MONTH))
    if count:
        # Translators: how many messages to expect; it stands in brackets or after a comma.
        return ngettext("about %(count)s a month", "about %(count)s a month", count) % {"count": count}
    # Translators: how many messages to expect; it stands in brackets or after a comma.
    return _("less than one a month")
