"""When a digest is due: by the wall clock of whoever reads it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from subscriptions.delivery.periods import PERIODS, DigestTime, last_end
from subscriptions.models import Frequency

DAILY, WEEKLY = Frequency.DAILY, Frequency.WEEKLY
MONDAY, FRIDAY = 1, 5


def ends(zone: str, now: datetime, hour: int, weekday: int | None = None) -> datetime:
    """When, in that zone, a period ended last for somebody there."""
    frequency = WEEKLY if weekday else DAILY
    end = last_end(frequency, now.replace(tzinfo=ZoneInfo(zone)), DigestTime(zone, hour, weekday))
    return end.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (datetime(2026, 11, 23, 6, 59), datetime(2026, 11, 22, 7)),
        (datetime(2026, 11, 23, 7, 0), datetime(2026, 11, 23, 7)),
        (datetime(2026, 11, 23, 23, 59), datetime(2026, 11, 23, 7)),
        # Clocks were put back on 25 October 2026, and forward on 29 March.
        (datetime(2026, 10, 25, 7, 30), datetime(2026, 10, 25, 7)),
        (datetime(2026, 3, 29, 6, 30), datetime(2026, 3, 28, 7)),
    ],
)
def test_a_daily_period_ends_at_the_hour_of_the_wall_clock(now: datetime, end: datetime) -> None:
    assert ends("Europe/Paris", now, 7) == end


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (datetime(2026, 11, 23, 6, 59), datetime(2026, 11, 16, 7)),
        (datetime(2026, 11, 23, 7, 1), datetime(2026, 11, 23, 7)),
        (datetime(2026, 11, 29, 23, 0), datetime(2026, 11, 23, 7)),
        (datetime(2026, 3, 30, 6, 59), datetime(2026, 3, 23, 7)),
    ],
)
def test_a_weekly_period_ends_on_its_day(now: datetime, end: datetime) -> None:
    assert ends("Europe/Paris", now, 7, MONDAY) == end


def test_an_hour_that_the_clock_leaves_out_is_moved() -> None:
    # In Paris two o'clock became three o'clock.
    assert ends("Europe/Paris", datetime(2026, 3, 29, 3, 0), 2) == datetime(2026, 3, 29, 3)
    assert ends("Europe/Paris", datetime(2026, 3, 30, 2, 0), 2) == datetime(2026, 3, 30, 2)
    # In Cairo midnight became one o'clock.
    assert ends("Africa/Cairo", datetime(2026, 4, 24, 1, 0), 0) == datetime(2026, 4, 24, 1)


def test_of_an_hour_that_comes_twice_it_is_the_first() -> None:
    second = datetime(2026, 11, 1, 1, 30, fold=1)
    assert ends("America/New_York", second, 1) == datetime(2026, 11, 1, 1, fold=0)
    period = last_end(DAILY, second.replace(tzinfo=ZoneInfo("America/New_York")), DigestTime("America/New_York", 1))
    assert period == datetime(2026, 11, 1, 5, tzinfo=UTC)  # Summer time still: four hours behind.


def test_the_quarters_of_an_hour_of_kathmandu_count() -> None:
    assert last_end(DAILY, datetime(2026, 6, 1, 12, tzinfo=UTC), DigestTime("Asia/Kathmandu", 7)) == datetime(
        2026, 6, 1, 1, 15, tzinfo=UTC
    )


def test_a_day_that_the_calendar_left_out_ends_with_the_next() -> None:
    # Samoa went from Thursday, 29 December 2011, to Saturday: of Friday there was none.
    assert ends("Pacific/Apia", datetime(2011, 12, 31, 9, 0), 7, FRIDAY) == datetime(2011, 12, 31, 7)
    assert ends("Pacific/Apia", datetime(2011, 12, 31, 9, 0), 7) == datetime(2011, 12, 31, 7)


def test_who_chose_nothing_reads_when_the_site_says(settings: Settings) -> None:
    settings.TIME_ZONE, settings.DIGEST_HOUR, settings.DIGEST_WEEKDAY = "Asia/Tokyo", 18, FRIDAY
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday
    assert last_end(DAILY, now) == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert last_end(WEEKLY, now) == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert last_end(DAILY, now, DigestTime("Europe/Paris")) == datetime(2026, 11, 22, 17, tzinfo=UTC)


@pytest.mark.parametrize("name", ["Middle-earth/Shire", "Europe", "../../etc/passwd", "\0", "Ümläut/Zone"])
def test_a_time_zone_that_there_is_not_is_the_sites(settings: Settings, name: str) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert last_end(DAILY, now, DigestTime(name, 18)) == datetime(2026, 11, 23, 9, tzinfo=UTC)


ZONES = ["Europe/Paris", "Asia/Kathmandu", "America/New_York", "America/St_Johns", "Pacific/Apia", "Pacific/Chatham"]
ZONES += ["Africa/Cairo", "America/Havana", "Australia/Lord_Howe", "Asia/Gaza", "Africa/Casablanca", "UTC"]


@given(
    zone=st.sampled_from(ZONES),
    now=st.datetimes(datetime(2010, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    hour=st.integers(0, 23),
    weekday=st.integers(1, 7),
    frequency=st.sampled_from([DAILY, WEEKLY]),
)
def test_periods_follow_each_other_without_a_gap(
    zone: str, now: datetime, hour: int, weekday: int, frequency: Frequency
) -> None:
    time = DigestTime(zone, hour, weekday)
    end = last_end(frequency, now, time)
    assert end <= now < end + PERIODS[frequency] + timedelta(hours=1)
    assert last_end(frequency, end, time) == end
    before = last_end(frequency, end - timedelta(microseconds=1), time)
    # By the wall clock a period; where the clocks were changed up to an hour more or less. Samoa once left a day out.
    assert abs(end - before - PERIODS[frequency]) <= timedelta(days=1 if zone == "Pacific/Apia" else 0, hours=1)
