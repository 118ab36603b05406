"""A pause: nothing new comes, neither at once nor in a digest, nor what it held back later."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from statements.models import Release
from statements.publishing import Draft
from subscriptions import pausing
from subscriptions.delivery import digests, ledger, worker
from subscriptions.delivery.transports.smtp import SmtpTransport
from subscriptions.models import Delivery, EarlierPause, Frequency, Subscriber, Subscription
from subscriptions.receivers import show_audience
from tests.clock import Clock
from tests.making import make_release, make_statement, make_subscriber, write
from tests.post import deliver, tick
from tests.smtp import MailServer

pytestmark = pytest.mark.django_db

Kind = Release.Kind
Status = Delivery.Status
MONDAY = datetime(2031, 3, 17, 12, tzinfo=UTC)
LAYLA = "layla@example.org"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch, MONDAY)


def reader(*languages: str, frequency: str = Frequency.IMMEDIATE, email: str = LAYLA) -> Subscriber:
    subscriber = make_subscriber(email, *languages, frequency=frequency)
    Subscription.objects.filter(subscriber=subscriber).update(started_at=timezone.now() - timedelta(days=30))
    tick()  # The clock has been running.
    return subscriber


def publish(slug: str, *languages: str) -> Release:
    return make_release(make_statement(*languages, slug=slug), *languages)


def pause(subscriber: Subscriber, **span: float) -> None:
    pausing.pause(subscriber, timezone.now() + timedelta(**span))


def correct(release: Release, **choices: object) -> Release:
    return make_release(release.statement, kind=Kind.CORRECTED, notes={"en": "The date was wrong."}, **choices)


def test_what_becomes_public_in_a_pause_is_not_sent_then_or_later(clock: Clock) -> None:
    layla = reader()
    pause(layla, days=3)
    clock.pass_by(days=1)
    publish("s0")
    assert tick() == {}
    clock.pass_by(days=3)
    assert tick() == {}
    publish("s1")
    assert tick() == {LAYLA: ["s1 en"]}


def test_others_are_told_meanwhile(clock: Clock) -> None:
    pause(reader(), days=3)
    reader(email="omar@example.org")
    publish("s0")
    assert tick() == {"omar@example.org": ["s0 en"]}


def test_no_digest_leaves_in_a_pause_and_the_first_after_it_tells_what_was_owed_before(clock: Clock) -> None:
    layla = reader(frequency=Frequency.DAILY)
    clock.pass_by(hours=1)
    publish("before")
    clock.pass_by(hours=1)
    pause(layla, days=3)
    for _ in range(2):
        clock.pass_by(days=1)
        publish(f"in-it-{clock.now:%d}")
        assert tick() == {}
    clock.pass_by(hours=18)
    assert tick() == {}
    clock.pass_by(hours=7)  # The pause ended an hour ago, and the digests of this day have left.
    publish("after")
    assert tick() == {}
    clock.pass_by(hours=18)
    assert tick() == {LAYLA: ["daily: after en, before en"]}


@pytest.mark.parametrize("frequency", [Frequency.DAILY, Frequency.WEEKLY])
def test_after_a_pause_of_months_the_digest_still_tells_what_was_owed_before(clock: Clock, frequency: str) -> None:
    layla = reader(frequency=frequency)
    clock.pass_by(hours=1)
    publish("before")
    clock.pass_by(hours=1)
    pause(layla, days=180)
    for _ in range(25):
        clock.pass_by(days=7)
        assert tick() == {}
    told = []
    for _ in range(13):
        clock.pass_by(days=1)
        told += tick().get(LAYLA, [])
    assert told == [f"{frequency}: before en"]


def test_a_send_under_way_stops_for_whoever_pauses(clock: Clock) -> None:
    layla = reader()
    publish("s0")
    ledger.announce_due()
    clock.pass_by(seconds=1)
    pause(layla, days=1)
    line = Delivery.objects.get()
    assert (line.status, line.reason) == (Status.CANCELLED, "Paused by the reader.")
    clock.pass_by(days=2)
    assert tick() == {}


def test_a_worker_lets_go_of_the_mails_of_whoever_pauses(
    smtp_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LOOK_EVERY", -1.0)
    omar = make_subscriber("omar@example.org")
    make_subscriber(LAYLA)
    publish("s0")
    ledger.announce_due()
    with closing(worker.Worker(seconds=float("inf"))) as sender:
        sender.claim()
        pause(omar, days=1)
        assert sender.work(SmtpTransport()) == 1
    assert [mail.recipients for mail in smtp_server.received] == [[LAYLA]]


def test_a_line_that_was_written_while_its_reader_paused_is_not_sent(clock: Clock) -> None:
    layla = reader()
    publish("s0")
    clock.pass_by(seconds=1)
    # As if the ledger had been filled by a statement that did not see the pause yet.
    ledger.announce_due()
    Subscriber.objects.filter(pk=layla.pk).update(paused_at=clock.now, paused_until=clock.now + timedelta(days=1))
    assert deliver() == {}
    assert Delivery.objects.get().status == Status.CANCELLED


def test_what_was_public_but_not_owed_yet_when_they_paused_is_not_sent_either(clock: Clock) -> None:
    layla = reader()
    publish("s0")
    clock.pass_by(seconds=1)
    pause(layla, hours=1)
    clock.pass_by(hours=2)
    assert tick() == {}


def test_a_digest_that_waits_is_put_off_by_a_pause(clock: Clock) -> None:
    layla = reader(frequency=Frequency.DAILY)
    publish("s0")
    clock.pass_by(days=1)
    assert digests.run_due() == 1
    pause(layla, days=1)
    assert deliver() == {}
    clock.pass_by(days=2)
    assert tick() == {LAYLA: ["daily: s0 en"]}


def test_who_holds_a_wrong_text_hears_of_it_in_a_pause_too(clock: Clock) -> None:
    layla = reader()
    first = publish("s0")
    tick()
    pause(layla, days=3)
    clock.pass_by(days=1)
    correct(first)
    assert tick() == {LAYLA: ["s0 en 2"]}
    clock.pass_by(hours=1)
    make_release(first.statement, kind=Kind.WITHDRAWN, notes={"en": "By mistake."})
    assert tick() == {LAYLA: ["s0 en 3"]}


def test_a_correction_under_way_goes_on_when_its_reader_pauses(clock: Clock) -> None:
    layla = reader()
    first = publish("s0")
    tick()
    correct(first)
    ledger.announce_due()
    clock.pass_by(seconds=1)
    pause(layla, days=3)
    assert deliver() == {LAYLA: ["s0 en 2"]}


def test_what_a_pause_held_back_is_not_corrected_to_them(clock: Clock) -> None:
    pause(reader(), days=3)
    clock.pass_by(days=1)
    first = publish("s0")
    tick()
    clock.pass_by(days=3)
    correct(first)
    assert tick() == {}


def test_a_translation_after_the_pause_of_what_it_held_back_is_sent(clock: Clock) -> None:
    pause(reader("ar", "en"), days=1)
    clock.pass_by(hours=1)
    first = publish("s0")
    tick()
    clock.pass_by(days=1)
    write(first.statement, "ar")
    first.statement.save()
    make_release(first.statement, "ar")
    assert tick() == {LAYLA: ["s0 ar"]}


def test_resumed_early_news_come_again_but_not_those_of_the_pause(clock: Clock) -> None:
    layla = reader()
    pause(layla, days=30)
    clock.pass_by(days=1)
    publish("s0")
    tick()
    clock.pass_by(days=1)
    pausing.resume(layla)
    assert layla.paused_until == clock.now
    assert tick() == {}
    publish("s1")
    assert tick() == {LAYLA: ["s1 en"]}


def test_resumed_in_the_same_moment_nothing_was_paused(clock: Clock) -> None:
    layla = reader()
    pause(layla, days=30)
    pausing.resume(layla)
    assert (layla.paused_at, layla.paused_until) == (None, None)


def test_resuming_without_a_pause_changes_nothing(clock: Clock) -> None:
    layla = reader()
    pausing.resume(layla)
    assert layla.paused_at is None
    pause(layla, days=1)
    clock.pass_by(days=2)
    until = layla.paused_until
    pausing.resume(layla)
    assert layla.paused_until == until


def test_a_pause_is_made_longer_and_shorter_and_began_when_it_began(clock: Clock) -> None:
    layla = reader()
    pause(layla, days=3)
    clock.pass_by(days=2)
    pause(layla, days=3)
    assert (layla.paused_at, layla.paused_until) == (MONDAY, MONDAY + timedelta(days=5))
    clock.pass_by(days=1)
    pause(layla, hours=1)
    assert (layla.paused_at, layla.paused_until) == (MONDAY, MONDAY + timedelta(days=3, hours=1))
    assert not EarlierPause.objects.exists()


def test_a_pause_that_would_have_ended_already_is_refused(clock: Clock) -> None:
    layla = reader()
    with pytest.raises(ValueError, match="future"):
        pausing.pause(layla, clock.now)
    layla.refresh_from_db()
    assert layla.paused_at is None


def test_of_two_pauses_before_one_digest_neither_is_made_up(clock: Clock) -> None:
    layla = reader(frequency=Frequency.WEEKLY)
    for number in range(2):
        clock.pass_by(hours=6)
        publish(f"owed-{number}")
        clock.pass_by(hours=6)
        pause(layla, days=1)
        clock.pass_by(hours=12)
        publish(f"held-back-{number}")
        clock.pass_by(hours=18)
    tick()
    clock.pass_by(days=5)
    assert tick() == {LAYLA: ["weekly: owed-1 en, owed-0 en"]}


def test_over_two_long_pauses_with_no_digest_between_them_nothing_owed_is_lost(clock: Clock) -> None:
    layla = reader(frequency=Frequency.WEEKLY)
    told = []
    for slug in ("first", "second"):  # On a Monday after the digest, and on a Sunday before the next.
        clock.pass_by(hours=6)
        publish(slug)
        clock.pass_by(hours=6)
        pause(layla, days=40)
        for _ in range(40):
            clock.pass_by(days=1)
            told += tick().values()
    assert told == []
    while clock.now.isoweekday() != 1:
        clock.pass_by(days=1)
        told += tick().values()
    clock.pass_by(days=7)
    told += tick().values()
    assert told == [["weekly: second en, first en"]]


def test_the_page_publish_counts_those_who_will_have_no_pause_then(clock: Clock) -> None:
    pause(reader(), days=2)
    reader(frequency=Frequency.DAILY, email="omar@example.org")
    statement = make_statement()
    now = show_audience(None, Draft(statement, ("en",)))
    later = show_audience(None, Draft(statement, ("en",), publish_at=clock.now + timedelta(days=3)))
    assert "1 person" in now
    assert "2 people" in later
