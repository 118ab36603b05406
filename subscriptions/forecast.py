"""How many mails to expect from what one chooses, going by what the last weeks brought."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import date, timedelta
from typing import NamedTuple, cast

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


class Told(NamedTuple):
    """What one release told: on which day, to whom it concerns by topic (None: to all), and in which languages."""

    day: date
    topics: set[int | None]
    languages: set[str]


def forecast(languages: Collection[str]) -> Forecast:
    """Return what to expect who gets what there is in any of these languages.

    A topic on which nothing was told in them is not in it.
    """
    days: dict[int | None, list[date]] = defaultdict(list)
    for told in _told_lately():
        if not told.languages.isdisjoint(languages):
            for topic in told.topics:
                days[topic].append(told.day)
    return {topic: _mails_a_week(found) for topic, found in days.items()}


def _told_lately() -> list[Told]:
    # Kept before it is counted: the languages that people choose are too many to keep a count for each.
    with suppress(Exception):  # The cache may be away: then it is asked each time.
        if (kept := cache.get("told-lately")) is not None:
            return cast(list[Told], kept)
    found = _asked()
    with suppress(Exception):
        cache.set("told-lately", found, KEPT_FOR)
    return found


def _asked() -> list[Told]:
    """Return what was told to all who had asked for it; corrections and withdrawals go to few."""
    told = Release.objects.public().filter(
        announce=True, kind__in=[Release.Kind.PUBLISHED, Release.Kind.UPDATED], publish_at__gte=Now() - SPAN
    )
    found: dict[int, Told] = {}
    rows = told.order_by().values_list("pk", "publish_at", "topics", "editions__language")
    for release, moment, topic, language in rows:
        one = found.setdefault(release, Told(localtime(moment).date(), {None}, set()))
        one.topics.add(topic)
        one.languages.add(language)
    return list(found.values())


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
