"""What a worker has at hand, and for how long."""

import time
from collections.abc import Callable, Iterable
from contextlib import closing

import pytest
from django.db import connection
from django.db.models.functions import Now
from pytest_django import Settings

from subscriptions.delivery import drain, leases, worker
from subscriptions.delivery.outcomes import Fate, Outcome
from subscriptions.delivery.transports.base import Envelope, Record
from subscriptions.delivery.transports.smtp import SmtpTransport
from subscriptions.models import Announcement, Delivery
from tests.chaos.process import wait_until
from tests.servers import free_port
from tests.smtp import MailServer
from tests.subscriptions.announcing import announce_to_many

BATCH = 20


class Taking:
    """A transport whose every mail is accepted, and before each of which something may happen."""

    def __init__(self, before: Callable[[int], object]) -> None:
        self.before = before

    def deliver(self, envelopes: Iterable[Envelope | None], record: Record) -> None:
        for number, envelope in enumerate(filter(None, envelopes), 1):
            self.before(number)
            record([(envelope.line, Outcome(Fate.SENT))])

    def close(self) -> None: ...


@pytest.fixture
def small_batches(settings: Settings) -> None:
    settings.DELIVERY_BATCH = BATCH


def held() -> int:
    return Delivery.objects.waiting().exclude(lease=None).count()


@pytest.mark.postgresql
@pytest.mark.usefixtures("small_batches")
@pytest.mark.django_db(transaction=True)
def test_the_next_lines_are_taken_while_those_at_hand_go_out() -> None:
    announce_to_many(3 * BATCH)

    def wait_near_the_end_of_the_first_batch(number: int) -> None:
        if number == BATCH - 1:
            wait_until(lambda: held() > BATCH, 10, "more is held than one batch")

    with closing(worker.Worker(60)) as sender:
        assert sender.work(Taking(wait_near_the_end_of_the_first_batch)) == 3 * BATCH
    assert set(Delivery.objects.values_list("status", "attempts")) == {("sent", 1)}


@pytest.mark.postgresql
@pytest.mark.usefixtures("small_batches")
@pytest.mark.django_db(transaction=True)
def test_what_was_taken_ahead_and_not_begun_is_given_back() -> None:
    announce_to_many(2 * BATCH)
    before = connections()

    def die_near_the_end_of_the_first_batch(number: int) -> None:
        if number == BATCH - 1:
            wait_until(lambda: held() > BATCH, 10, "more is held than one batch")
            raise InterruptedError

    with pytest.raises(InterruptedError), closing(worker.Worker(60)) as sender:
        sender.work(Taking(die_near_the_end_of_the_first_batch))
    # Save the one that was begun: nobody knows what became of it.
    assert held() == 1
    assert Delivery.objects.due().filter(lease=None, attempts=0).count() == BATCH + 1
    assert connections() == before


def connections() -> int:
    """How many this process uses now."""
    stats = connection.pool.get_stats()
    return int(stats["pool_size"] - stats["pool_available"])


@pytest.mark.usefixtures("small_batches")
@pytest.mark.django_db
def test_what_is_sent_at_a_rate_is_not_taken_ahead(settings: Settings) -> None:
    settings.DELIVERY_RATE = 1000.0
    announce_to_many(2 * BATCH)
    with closing(worker.Worker(60)) as sender:
        assert sender.work(Taking(lambda number: None)) == 2 * BATCH
        assert not sender._ahead.begun_at


@pytest.mark.parametrize(("batch", "times"), [(100, 1), (BATCH, 2)], ids=["one batch", "several, shared with others"])
@pytest.mark.django_db
def test_a_relay_that_takes_long_keeps_no_worker_longer_than_its_time(
    smtp_server: MailServer, settings: Settings, batch: int, times: int
) -> None:
    settings.DELIVERY_CONNECTIONS, settings.DELIVERY_BATCH = 1, batch
    smtp_server.seconds_a_mail = 0.1
    announce_to_many(60)
    woken: list[bool] = []
    begun_at = time.monotonic()
    with closing(worker.Worker(2, lambda: woken.append(True))) as sender:
        sent = sender.work(SmtpTransport())
    assert time.monotonic() - begun_at < 4
    assert 0 < sent < 50
    # Whoever comes next may have the others at once, and is called.
    assert Delivery.objects.due().filter(lease=None, attempts=0).count() == 60 - sent
    assert woken == [True] * times


@pytest.mark.usefixtures("small_batches")
@pytest.mark.django_db(transaction=True)
def test_who_comes_next_is_called_though_the_time_is_over_with_a_batch() -> None:
    announce_to_many(3 * BATCH)
    woken: list[int] = []

    def take_all_the_time(number: int) -> None:
        if number == BATCH:
            sender.stop_at = time.monotonic()

    with closing(worker.Worker(60, lambda: woken.append(sender.accepted))) as sender:
        assert sender.work(Taking(take_all_the_time)) == BATCH
    assert woken[-1] == BATCH
    assert held() == 0


@pytest.mark.usefixtures("small_batches")
@pytest.mark.django_db
def test_a_batch_is_all_that_the_database_may_not_know_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "LOOK_EVERY", 60.0)
    announce_to_many(3 * BATCH)

    def look_at_the_books(number: int) -> None:
        assert number - 1 - Delivery.objects.filter(status="sent").count() < BATCH

    with closing(worker.Worker(60)) as sender:
        assert sender.work(Taking(look_at_the_books)) == 3 * BATCH


@pytest.mark.django_db
def test_what_was_reserved_of_the_sites_rate_is_sent_though_the_time_is_over(
    smtp_server: MailServer, settings: Settings
) -> None:
    settings.DELIVERY_RATE = 0.5
    announce_to_many(2)
    assert drain.drain(seconds=1) == 2  # The second may go after two.


@pytest.mark.django_db
def test_a_relay_that_takes_longer_to_greet_than_a_worker_has_time_gets_its_mails_all_the_same(
    smtp_server: MailServer,
) -> None:
    smtp_server.seconds_to_greet = 1.2
    announce_to_many(5)
    assert drain.drain(seconds=1) == 5


@pytest.mark.usefixtures("small_batches")
@pytest.mark.django_db
def test_nobody_is_woken_while_the_relay_is_away(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    announce_to_many(BATCH)
    woken: list[bool] = []
    assert drain.drain(lambda: woken.append(True)) == 0
    assert not woken


@pytest.mark.django_db
def test_who_was_frozen_past_its_lease_does_not_take_its_own_lines_a_second_time() -> None:
    announce_to_many(3)
    (announcement,) = Announcement.objects.values_list("pk", flat=True)
    frozen = leases.Lease()
    assert len(frozen.claim(announcement, BATCH)) == 3
    Delivery.objects.update(due_at=Now())
    assert frozen.claim(announcement, BATCH) == []
    assert len(leases.Lease().claim(announcement, BATCH)) == 3
