"""Digests at each reader's own hour, on their own day, by their own clock: nothing missed and nothing twice."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from statements.models import Release
from subscriptions.choosing import choose, move_digests
from subscriptions.delivery import digests
from subscriptions.delivery.periods import DigestTime, last_end
from subscriptions.models import DigestClock, DigestRun, Frequency, Subscriber, Subscription
from tests.clock import Clock
from tests.making import make_release, make_statement, make_subscriber
from tests.post import deliver, tick

pytestmark = pytest.mark.django_db

DAILY, WEEKLY = Frequency.DAILY, Frequency.WEEKLY
MONDAY = datetime(2031, 3, 24, 12, tzinfo=UTC)
SATURDAY = 6
LAYLA = "layla@example.org"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch, MONDAY)


def reader(clock: Clock, email: str = LAYLA, *, frequency: str = DAILY, **time: object) -> Subscriber:
    subscriber = make_subscriber(email, frequency=frequency, **time)  # type: ignore[arg-type]
    Subscription.objects.filter(subscriber=subscriber).update(started_at=clock.now - timedelta(days=30))
    tick()  # The clock has been running.
    return subscriber


def publish(slug: str) -> Release:
    return make_release(make_statement(slug=slug))


def quarters(clock: Clock, **span: float) -> Iterator[dict[str, list[str]]]:
    """Let this time pass, and say every quarter of an hour what each reader got."""
    end = clock.now + timedelta(**span)
    while clock.now < end:
        clock.pass_by(minutes=15)
        yield tick()


def mails(clock: Clock, zone: str = "UTC", **span: float) -> list[tuple[str, str]]:
    """When mails came to Layla, by the clock of that zone, and what they told."""
    return [
        (f"{clock.now.astimezone(ZoneInfo(zone)):%a %H:%M}", mail)
        for got in quarters(clock, **span)
        for mail in got.get(LAYLA, [])
    ]


def test_each_gets_it_at_their_own_hour(clock: Clock) -> None:
    reader(clock, "paris@example.org", time_zone="Europe/Paris", digest_hour=8)
    reader(clock, "kathmandu@example.org", time_zone="Asia/Kathmandu", digest_hour=8)
    reader(clock, "new-york@example.org", time_zone="America/New_York", digest_hour=8)
    reader(clock, "apia@example.org", time_zone="Pacific/Apia", digest_hour=8)
    reader(clock, "as-the-site@example.org")
    publish("s0")
    for hours, who in [
        (7, {"apia"}),
        (14.25, {"kathmandu"}),
        (19, {"paris", "as-the-site"}),  # Seven o'clock is eight in Paris.
        (24, {"new-york"}),
    ]:
        clock.now = MONDAY + timedelta(hours=hours, seconds=-1)
        assert tick() == {}
        clock.now = MONDAY + timedelta(hours=hours)
        assert tick() == {f"{name}@example.org": ["daily: s0 en"] for name in who}
    # Those of one moment are one run, whatever they chose.
    assert sorted(run.deliveries.count() for run in DigestRun.objects.all()) == [1, 1, 1, 2]


def test_the_weekly_digest_comes_on_their_own_day(clock: Clock) -> None:
    reader(clock, frequency=WEEKLY, time_zone="Asia/Kathmandu", digest_hour=0, digest_weekday=SATURDAY)
    publish("s0")
    clock.now = datetime(2031, 3, 28, 12, tzinfo=UTC)  # Friday, 17:45 in Kathmandu
    assert mails(clock, "Asia/Kathmandu", hours=8) == [("Sat 00:00", "weekly: s0 en")]


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"])
@pytest.mark.parametrize("day", [datetime(2031, 3, 8), datetime(2031, 3, 29), datetime(2031, 10, 25)])
def test_when_the_clocks_change_it_comes_at_the_same_hour(clock: Clock, day: datetime, zone: str) -> None:
    clock.now = day.replace(tzinfo=ZoneInfo(zone))
    reader(clock, time_zone=zone, digest_hour=7)
    for number in range(3):
        publish(f"night-{number}")
        clock.now = (day + timedelta(days=number, hours=6, minutes=59)).replace(tzinfo=ZoneInfo(zone))
        assert tick() == {}
        clock.now += timedelta(minutes=1)
        evening = f", evening-{number - 1} en" if number else ""
        assert tick() == {LAYLA: [f"daily: night-{number} en{evening}"]}
        clock.now = (day + timedelta(days=number, hours=19)).replace(tzinfo=ZoneInfo(zone))
        publish(f"evening-{number}")
        assert tick() == {}
        clock.now = (day + timedelta(days=number + 1)).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    "changed",
    [
        {"digest_hour": 20},
        {"digest_hour": 5},
        {"time_zone": "America/Los_Angeles"},
        {"time_zone": "Pacific/Apia", "digest_hour": 23},
        {"digest_weekday": 1},
        {"digest_weekday": SATURDAY, "digest_hour": 0},
    ],
)
@pytest.mark.parametrize("frequency", [DAILY, WEEKLY])
def test_who_changes_when_they_come_gets_each_statement_once(
    clock: Clock, frequency: str, changed: dict[str, object]
) -> None:
    layla = reader(clock, frequency=frequency, time_zone="Europe/Paris", digest_hour=12, digest_weekday=3)
    told = []
    for number in range(6):
        publish(f"s{number}")
        if number == 3:
            Subscriber.objects.filter(pk=layla.pk).update(**changed)
        clock.pass_by(hours=21)
        told += tick().get(LAYLA, [])
    for _ in range(4):
        clock.pass_by(days=2)
        told += tick().get(LAYLA, [])
    statements = [name for mail in told for name in mail.removeprefix(f"{frequency}: ").split(", ")]
    assert sorted(statements) == [f"s{number} en" for number in range(6)]


def test_an_hour_that_has_passed_when_it_is_chosen_is_tomorrows(clock: Clock) -> None:
    layla = reader(clock, digest_hour=18)
    publish("s0")
    Subscriber.objects.filter(pk=layla.pk).update(digest_hour=7)
    assert mails(clock, days=1) == [("Tue 07:00", "daily: s0 en")]


def test_who_chooses_the_hour_of_a_run_that_others_had_gets_the_next(clock: Clock) -> None:
    reader(clock, "omar@example.org", digest_hour=13)
    layla = reader(clock, digest_hour=14)
    publish("s0")
    assert mails(clock, minutes=65) == []
    assert DigestRun.objects.count() == 1
    Subscriber.objects.filter(pk=layla.pk).update(digest_hour=13)
    assert mails(clock, days=1) == [("Tue 13:00", "daily: s0 en")]


def test_when_the_clock_stood_still_for_days_each_gets_one_mail_about_all_of_it(clock: Clock) -> None:
    reader(clock, time_zone="Asia/Kathmandu", digest_hour=8)
    reader(clock, "weekly@example.org", frequency=WEEKLY, digest_weekday=2)
    for number in range(5):
        publish(f"s{number}")
        clock.pass_by(days=4)
    assert tick() == {
        LAYLA: ["daily: s4 en, s3 en, s2 en, s1 en, s0 en"],
        "weekly@example.org": ["weekly: s3 en, s2 en, s1 en, s0 en"],
    }
    assert tick() == {}


def test_the_first_digest_of_a_site_tells_of_one_period(clock: Clock) -> None:
    make_subscriber(LAYLA, frequency=DAILY)
    Subscription.objects.update(started_at=clock.now - timedelta(days=30))
    publish("long-ago")
    clock.pass_by(days=3)
    publish("of-today")
    clock.pass_by(hours=20)
    assert tick() == {LAYLA: ["daily: of-today en"]}


def test_weekly_until_now_and_daily_from_now_on_tells_everything_once(clock: Clock) -> None:
    layla = reader(clock, frequency=WEEKLY, digest_weekday=4)
    publish("s0")
    clock.pass_by(hours=1)
    choose(layla, {None: DAILY})
    publish("s1")
    got = [clock.pass_by(days=1) or tick() for _ in range(4)]
    assert got == [{LAYLA: ["daily: s1 en"]}, {}, {LAYLA: ["weekly: s0 en"]}, {}]


def test_daily_until_now_and_at_once_from_now_on_tells_everything_once(clock: Clock) -> None:
    layla = reader(clock)
    publish("s0")
    clock.pass_by(hours=1)
    choose(layla, {None: Frequency.IMMEDIATE})
    publish("s1")
    assert mails(clock, days=2) == [("Mon 13:15", "s1 en"), ("Tue 07:00", "daily: s0 en")]


def test_a_ledger_filled_before_their_choice_was_committed_is_made_up_by_the_digest(clock: Clock) -> None:
    layla = reader(clock)
    publish("s0")
    tick()  # They still take a digest, as far as anybody knows …
    clock.now -= timedelta(milliseconds=5)
    choose(layla, {None: Frequency.IMMEDIATE})  # … for their choice, made a little earlier, was not committed yet.
    clock.pass_by(days=1)
    assert tick() == {LAYLA: ["daily: s0 en"]}


def test_the_clock_asks_one_question_while_nothing_can_be_due(clock: Clock) -> None:
    reader(clock)
    digests.run_due()
    clock.pass_by(minutes=14, seconds=50)
    with CaptureQueriesContext(connection) as queries:
        assert digests.run_due() == 0
    assert len(queries) == 1


def test_a_clock_that_once_went_wrong_stops_no_digest(clock: Clock) -> None:
    reader(clock)
    DigestClock.objects.update(looked_at=clock.now + timedelta(days=365))
    publish("s0")
    clock.pass_by(days=1)
    assert tick() == {LAYLA: ["daily: s0 en"]}
    clock.pass_by(days=1)
    publish("s1")
    clock.pass_by(days=1)
    assert tick() == {LAYLA: ["daily: s1 en"]}


KILLED_AFTER_THE_DAILY_RUN = """
import django, os, signal
django.setup()
from subscriptions.delivery import digests
from subscriptions.delivery.periods import DigestTime, last_end
fill = digests._fill
def fill_and_die(run, whose):
    mails = fill(run, whose)
    if run.frequency == "weekly":
        os.kill(os.getpid(), signal.SIGKILL)
    return mails
digests._fill = fill_and_die
digests.run_due()
"""


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_second_of_two_runs_the_next_look_begins_it_and_not_the_first(
    process_environment: dict[str, str],
) -> None:
    for frequency in (DAILY, WEEKLY):
        make_subscriber(f"{frequency}@example.org", frequency=frequency)
        ends_at = last_end(frequency, timezone.now())
        Subscription.objects.filter(frequency=frequency).update(started_at=ends_at - timedelta(days=2))
        Release.objects.filter(pk=publish(frequency).pk).update(publish_at=ends_at - timedelta(hours=1))
    killed = subprocess.run([sys.executable, "-c", KILLED_AFTER_THE_DAILY_RUN], env=process_environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert list(DigestRun.objects.values_list("frequency", flat=True)) == [DAILY]
    assert digests.run_due() == 1
    assert deliver() == {
        "daily@example.org": ["daily: daily en"],
        "weekly@example.org": ["weekly: weekly en"],
    }


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_while_one_process_begins_digests_another_does_not_wait_for_it() -> None:
    make_subscriber(LAYLA, frequency=DAILY)
    DigestClock.objects.create(pk=1)
    Subscription.objects.update(started_at=timezone.now() - timedelta(days=30))
    Release.objects.filter(pk=publish("s0").pk).update(publish_at=last_end(DAILY, timezone.now()))
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT id FROM subscriptions_digestclock FOR UPDATE")
            assert digests.run_due() == 0
            assert DigestClock.objects.get().looked_at is None
            cursor.execute("ROLLBACK")
    finally:
        other.close()
    assert digests.run_due() == 1


def test_who_moves_their_digest_again_and_again_before_it_comes_misses_nothing(clock: Clock) -> None:
    layla = reader(clock, frequency=WEEKLY, time_zone="UTC", digest_hour=12, digest_weekday=1)
    publish("s0")  # on Monday at noon, when the digest of the week has gone
    for weekday, days in [(7, 7), (6, 6), (5, 6), (4, 6), (3, 6)]:
        clock.now += timedelta(days=days, minutes=-1)  # A minute later it would come.
        assert tick() == {}
        move_digests(layla, DigestTime("UTC", 12, weekday))
        clock.now += timedelta(minutes=1)
        assert tick() == {}
    assert mails(clock, days=7) == [("Wed 12:00", "weekly: s0 en")]
    assert mails(clock, days=7) == []
