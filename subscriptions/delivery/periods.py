"""When a digest is due: the wall clock of whoever reads it, on the days when the clocks are changed too."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from subscriptions.models import Frequency

PERIODS = {Frequency.DAILY: timedelta(days=1), Frequency.WEEKLY: timedelta(days=7)}
# How long after its moment a release may still come to light: its transaction took long, or a clock was wrong.
LATE = timedelta(days=1)
# How far back a digest looks for what its reader was not told of. Somebody who changes their hour, day or time zone may
# have had their last digest almost two periods ago.
LOOK_BACK = {frequency: 2 * period + LATE for frequency, period in PERIODS.items()}
# Who changes it again before that digest has come may have had theirs longer ago. Their digests look back to before the
# first of the changes that lie within this time.
MOVING = timedelta(days=30)


class DigestTime(NamedTuple):
    """When somebody's digests come. What they left open is as the site has it."""

    time_zone: str = ""
    hour: int | None = None
    weekday: int | None = None


def last_end(frequency: str, now: datetime, time: DigestTime = DigestTime()) -> datetime:  # noqa: B008
    """Return the latest moment at or before `now` at which a period of this frequency ends for them.

    An hour that the wall clock leaves out is moved by as much; of one that it shows twice it is the first.
    """
    zone = _zone(time.time_zone)
    hour = settings.DIGEST_HOUR if time.hour is None else time.hour
    weekday = settings.DIGEST_WEEKDAY if time.weekday is None else time.weekday
    local = now.astimezone(zone)
    # From wall-clock parts each time: a day added to a moment would shift the hour when the clocks change.
    days_back = (local.isoweekday() - weekday) % 7 if frequency == Frequency.WEEKLY else 0
    end = _at(zone, local, hour, days_back)
    if end > now:
        end = _at(zone, local, hour, days_back + PERIODS[Frequency(frequency)].days)
    return end


def _at(zone: tzinfo, local: datetime, hour: int, days_back: int) -> datetime:
    day = local.date() - timedelta(days=days_back)
    # In UTC: of two moments in one time zone Python compares the wall clocks, and those of two may never be equal.
    return timezone.make_aware(datetime(day.year, day.month, day.day, hour), zone).astimezone(UTC)


def _zone(name: str) -> tzinfo:
    """Return the time zone of this name; the site's, if none has it, or none has it any more."""
    try:
        return ZoneInfo(name) if name else timezone.get_default_timezone()
    except (KeyError, ValueError, OSError):
        return timezone.get_default_timezone()
