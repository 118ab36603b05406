"""How fast, and when, a site sends."""

import time
from datetime import UTC, datetime
from datetime import time as clock

import pytest
from pytest_django import Settings

from subscriptions.delivery import drain, ledger, pace
from subscriptions.models import Delivery, Pace
from tests.making import make_release, make_statement, make_subscriber
from tests.smtp import MailServer

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("hours", "hour", "quiet"),
    [
        ((clock(22), clock(7)), 23, True),
        ((clock(22), clock(7)), 6, True),
        ((clock(22), clock(7)), 7, False),
        ((clock(12), clock(14)), 13, True),
        ((clock(12), clock(14)), 14, False),
        (None, 3, False),
    ],
)
def test_quiet_hours_may_go_over_midnight(
    settings: Settings, hours: tuple[clock, clock] | None, hour: int, quiet: bool
) -> None:
    settings.DELIVERY_QUIET_HOURS = hours
    assert pace.is_quiet(datetime(2026, 11, 23, hour, tzinfo=UTC)) is quiet


def test_quiet_hours_are_those_of_the_sites_time_zone(settings: Settings) -> None:
    settings.DELIVERY_QUIET_HOURS, settings.TIME_ZONE = (clock(22), clock(7)), "Asia/Tokyo"
    assert pace.is_quiet(datetime(2026, 11, 23, 14, tzinfo=UTC))  # 23:00 in Tokyo


def announce_to(number: int) -> None:
    for reader in range(number):
        make_subscriber(f"reader{reader}@example.org")
    make_release(make_statement())
    ledger.announce_due()


def test_in_quiet_hours_nothing_leaves_and_nothing_is_lost(
    smtp_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce_to(2)
    monkeypatch.setattr("subscriptions.delivery.worker.is_quiet", lambda: True)
    assert drain.drain() == 0
    assert set(Delivery.objects.values_list("status", "attempts")) == {("waiting", 0)}
    monkeypatch.undo()
    assert drain.drain() == 2


def test_a_site_with_a_rate_sends_no_faster(smtp_server: MailServer, settings: Settings) -> None:
    settings.DELIVERY_RATE = 20.0
    announce_to(11)
    began = time.monotonic()
    assert drain.drain() == 11
    assert time.monotonic() - began >= 10 / 20


def test_two_workers_share_one_rate(settings: Settings) -> None:
    settings.DELIVERY_RATE = 10.0
    first, second = pace.Metronome(), pace.Metronome()
    first.reserve(5)
    after_five = Pace.objects.get().free_at
    second.reserve(5)
    assert (Pace.objects.get().free_at - after_five).total_seconds() == pytest.approx(0.5)
    assert first.beats()
    assert not second.beats()
