"""The engine against a mail server, and against its own death."""

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import timedelta
from functools import partial

import pytest
from django.db.models.functions import Now
from django.utils import timezone
from pytest_django import Settings

from statements.models import Release, Statement
from subscriptions import tasks
from subscriptions.addresses import address_hash
from subscriptions.delivery import drain, journal, leases, ledger, worker
from subscriptions.delivery.letters import Letter
from subscriptions.delivery.lines import Line
from subscriptions.delivery.outcomes import Fate, Outcome
from subscriptions.delivery.transports.base import Envelope, Record
from subscriptions.delivery.transports.smtp import OPENED_AT_ONCE, SmtpTransport
from subscriptions.models import Announcement, Delivery, Subscriber, Subscription, Suppression
from subscriptions.suppressing import end_subscriptions
from tests.chaos.process import wait_until
from tests.making import make_release
from tests.smtp import MailServer, Misbehaviour
from tests.subscriptions.announcing import announce_to, announce_to_many

pytestmark = pytest.mark.django_db

Status = Delivery.Status


def make_due() -> None:
    """Let the time pass that a line was put off for."""
    Delivery.objects.waiting().update(due_at=Now() - timedelta(seconds=1))


def statuses() -> dict[str, str]:
    return dict(Delivery.objects.values_list("subscriber__email", "status"))


@pytest.mark.parametrize("pipelining", [True, False])
def test_it_sends_to_everyone_once(smtp_server: MailServer, pipelining: bool) -> None:
    smtp_server.pipelining = pipelining
    announce_to("layla", "omar")
    assert drain.drain() == 2
    assert drain.drain() == 0
    assert sorted(mail.recipients for mail in smtp_server.received) == [["layla@example.org"], ["omar@example.org"]]
    assert statuses() == {"layla@example.org": Status.SENT, "omar@example.org": Status.SENT}


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="Linux alone has it")
def test_a_worker_that_sends_interrupts_nobody() -> None:
    try:
        tasks.deliver()
        assert os.sched_getscheduler(0) == os.SCHED_BATCH
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def test_what_a_worker_loads_before_it_forks_is_never_looked_through_for_garbage() -> None:
    try:
        tasks.warm_up()
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()


def test_many_mails_go_over_several_sessions_and_one_mail_over_one(smtp_server: MailServer, settings: Settings) -> None:
    announce_to("layla")
    assert drain.drain() == 1
    assert smtp_server.sessions == 1
    announce_to_many(60)
    assert drain.drain() == 61
    assert 2 <= smtp_server.sessions - 1 <= settings.DELIVERY_CONNECTIONS
    assert len({tuple(mail.recipients) for mail in smtp_server.received}) == 61


def test_a_relay_that_lets_in_no_more_sessions_gets_all_mails_over_those_there_are(smtp_server: MailServer) -> None:
    smtp_server.lets_in = 2
    announce_to_many(60)
    assert drain.drain() == 60
    assert 2 < smtp_server.sessions <= 2 + OPENED_AT_ONCE  # not asked again and again
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}


def test_what_an_ended_session_had_announced_spends_no_attempt_where_no_other_can_be_opened(
    smtp_server: MailServer, settings: Settings
) -> None:
    settings.DELIVERY_CONNECTIONS = 1
    smtp_server.lets_in, smtp_server.answer = 1, Misbehaviour.DROP_AFTER_DOT
    announce_to_many(5)
    assert drain.drain() == 0
    assert sorted(Delivery.objects.filter(lease=None).values_list("attempts", flat=True)) == [0, 0, 0, 0, 1]


@pytest.mark.parametrize("more", ["", "\r\n250 2.0.0 Taken"])
def test_a_relay_that_said_goodbye_is_asked_and_believed_no_more(smtp_server: MailServer, more: str) -> None:
    smtp_server.answer = "421 4.3.2 Closing" + more  # and does not close
    announce_to("layla", "omar")
    assert drain.drain() == 0
    assert set(statuses().values()) == {Status.WAITING}
    assert smtp_server.sessions == 2


def test_a_relay_that_refuses_everything_is_asked_over_one_session(smtp_server: MailServer) -> None:
    smtp_server.answer = "554 5.7.1 Looks like spam"
    announce_to_many(60)
    assert drain.drain() == 0
    assert smtp_server.sessions == 1


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_refused_recipient_is_tried_once_and_suppressed(smtp_server: MailServer, pipelining: bool) -> None:
    smtp_server.pipelining = pipelining
    smtp_server.refused = {"gone@example.org"}
    announce_to("anna", "gone", "layla")
    assert drain.drain() == 2
    line = Delivery.objects.get(subscriber__email="gone@example.org")
    assert (line.status, line.attempts) == (Status.FAILED, 1)
    assert "550" in line.reason
    assert Suppression.objects.get().address_hash == address_hash("gone@example.org")
    assert not Subscription.objects.active().filter(subscriber__email="gone@example.org").exists()
    make_due()
    assert drain.drain() == 0


def test_a_relay_that_says_later_is_asked_again_later(smtp_server: MailServer) -> None:
    smtp_server.answer = "451 4.3.0 Try again later"
    announce_to("layla")
    assert drain.drain() == 0
    line = Delivery.objects.get()
    assert line.status == Status.WAITING
    assert line.due_at > timezone.now() + timedelta(seconds=5)
    assert drain.drain() == 0
    smtp_server.answer = "250 OK"
    make_due()
    assert drain.drain() == 1


@pytest.mark.parametrize("misbehaviour", list(Misbehaviour))
def test_a_mail_without_an_answer_is_sent_again_with_the_same_message_id(
    smtp_server: MailServer, settings: Settings, misbehaviour: Misbehaviour
) -> None:
    settings.EMAIL_TIMEOUT = 1
    announce_to("layla")
    smtp_server.answer = misbehaviour
    assert drain.drain() == 0
    smtp_server.answer = "250 OK"
    make_due()
    assert drain.drain() == 1
    assert len({mail.message["Message-ID"] for mail in smtp_server.received}) == 1
    assert len({mail.content for mail in smtp_server.received}) == 1


@pytest.mark.parametrize("stage", ["recipient", "text"])
def test_a_relay_that_refuses_us_pauses_the_announcement_and_fails_nobody(smtp_server: MailServer, stage: str) -> None:
    names = [f"reader{number:02}" for number in range(30)]
    if stage == "recipient":
        smtp_server.refused = {f"{name}@example.org" for name in names}
        smtp_server.refusal = "554 5.7.1 Relay access denied"
    else:
        smtp_server.answer = "554 5.7.1 Looks like spam"
    announce_to(*names)
    assert drain.drain() == 0
    assert "5.7.1" in Announcement.objects.get().pause_reason
    assert set(statuses().values()) == {Status.WAITING}
    assert Delivery.objects.exclude(attempts=0).count() < 50
    smtp_server.refused, smtp_server.answer = set(), "250 OK"
    ledger.resume(Announcement.objects.get())
    assert drain.drain() == 30


def test_one_mail_that_a_filter_refuses_is_tried_three_times(smtp_server: MailServer) -> None:
    smtp_server.refused, smtp_server.refusal = {"gone@example.org"}, "554 5.7.1 Not from you"
    announce_to("gone", "layla")
    for _ in range(4):
        drain.drain()
        make_due()
    line = Delivery.objects.get(subscriber__email="gone@example.org")
    assert (line.status, line.attempts) == (Status.FAILED, 3)
    assert not Suppression.objects.exists()


def test_a_relay_that_takes_long_to_greet_gets_the_mail_all_the_same(
    smtp_server: MailServer, settings: Settings
) -> None:
    smtp_server.seconds_to_greet = 1.2
    settings.DELIVERY_LEASE, settings.EMAIL_TIMEOUT = timedelta(seconds=5), 2
    announce_to("layla", "omar")
    assert drain.drain() == 2


def test_a_line_filled_while_its_reader_left_is_not_sent(smtp_server: MailServer) -> None:
    announce_to("layla")
    Subscription.objects.all().end(Subscription.Ended.UNSUBSCRIBED)  # by a transaction that could not see the line yet
    assert drain.drain() == 0
    assert statuses() == {"layla@example.org": Status.CANCELLED}


@pytest.mark.parametrize("content", [b"\0\0\0\0", b"12 ", b"garbage\n", b"1 17\n"])
def test_a_torn_or_foreign_journal_stops_nothing_and_marks_nothing(
    smtp_server: MailServer, settings: Settings, content: bytes
) -> None:
    announce_to("layla")
    settings.DELIVERY_JOURNAL.mkdir(parents=True, exist_ok=True)
    (settings.DELIVERY_JOURNAL / "torn.journal").write_bytes(content)
    assert drain.recover() == 0
    assert drain.drain() == 1


def test_an_unreachable_relay_spends_nobodys_attempts(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    announce_to("layla", "omar")
    assert drain.drain() == 0
    assert set(Delivery.objects.values_list("status", "attempts")) == {(Status.WAITING, 0)}
    assert drain.drain() == 0


def test_a_fault_of_ours_pauses_the_announcement_and_staff_resume_it(
    smtp_server: MailServer, settings: Settings
) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "communique", "wrong"  # the server offers no AUTH
    announce_to("layla", "omar")
    assert drain.drain() == 0
    announcement = Announcement.objects.get()
    assert announcement.paused_at is not None
    assert "AUTH" in announcement.pause_reason
    make_due()
    assert drain.drain() == 0
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    ledger.resume(announcement)
    assert drain.drain() == 2


def test_what_was_tried_as_often_as_it_may_be_is_given_up(smtp_server: MailServer, settings: Settings) -> None:
    announce_to("layla")
    Delivery.objects.update(attempts=settings.DELIVERY_ATTEMPTS)
    assert drain.drain() == 0
    assert statuses() == {"layla@example.org": Status.EXPIRED}


def test_a_long_pause_costs_nobody_their_mail(smtp_server: MailServer, settings: Settings) -> None:
    announce_to("layla")
    Delivery.objects.update(attempts=settings.DELIVERY_ATTEMPTS - 1, created_at=Now() - timedelta(days=9))
    ledger.pause(Announcement.objects.get(), "The relay moves house.")
    assert drain.drain() == 0
    ledger.resume(Announcement.objects.get())
    smtp_server.answer = "451 4.3.0 Try again later"
    drain.drain()
    assert statuses() == {"layla@example.org": Status.WAITING}


def take_a_batch() -> worker.Worker:
    """A worker that holds what is due."""
    taker = worker.Worker(seconds=float("inf"))
    taker.claim()
    return taker


def claim() -> list[Line]:
    return leases.Lease().claim(Announcement.objects.get().pk, 64)


def test_a_bounce_that_was_reported_early_stays_a_bounce(smtp_server: MailServer) -> None:
    announce_to("layla")
    with closing(take_a_batch()) as sender:
        assert sender.work(SmtpTransport()) == 1
        Delivery.objects.update(status=Status.FAILED, reason="bounced")
    assert statuses() == {"layla@example.org": Status.FAILED}


def test_what_a_dead_worker_sent_is_recorded_and_not_sent_again(smtp_server: MailServer) -> None:
    announce_to("layla", "omar")
    dead = take_a_batch()
    dead.work(SmtpTransport())
    dead.journal.leave()  # as the kernel does when it dies: the lock is gone, the file stays
    make_due()
    assert drain.drain() == 0
    assert len(smtp_server.received) == 2
    assert set(statuses().values()) == {Status.SENT}


@pytest.mark.parametrize("sessions", [1, 4])
@pytest.mark.parametrize("pipelining", [True, False])
def test_no_text_goes_out_before_what_its_session_had_accepted_is_noted(
    smtp_server: MailServer, settings: Settings, monkeypatch: pytest.MonkeyPatch, pipelining: bool, sessions: int
) -> None:
    smtp_server.pipelining, settings.DELIVERY_CONNECTIONS = pipelining, sessions
    announce_to_many(60)
    begun = []
    pieces = Letter.pieces

    def look_at_the_books(letter: Letter, line: Line, address: str) -> list[bytes]:
        noted = len(journal.noted_anywhere()) + Delivery.objects.filter(status=Status.SENT).count()
        assert noted > len(begun) - sessions
        begun.append(line.pk)
        return pieces(letter, line, address)

    monkeypatch.setattr(Letter, "pieces", look_at_the_books)
    assert drain.drain() == len(begun) == 60


@pytest.mark.parametrize("pipelining", [True, False])
def test_nothing_is_asked_of_a_worker_before_it_has_heard_of_all_that_became_of_mails(
    smtp_server: MailServer, monkeypatch: pytest.MonkeyPatch, pipelining: bool
) -> None:
    smtp_server.pipelining = pipelining
    announce_to_many(60)
    smtp_server.refused = {f"reader{number:03}@example.org" for number in range(10, 60, 10)}
    transport = SmtpTransport()
    asked = []

    def after_all_was_heard(ask: Callable[..., bool]) -> Callable[..., bool]:
        def wrapped(sender: worker.Worker, *arguments: Line) -> bool:
            assert not transport._outcomes
            asked.append(ask)
            return ask(sender, *arguments)

        return wrapped

    for name in ("_may_go", "_has_lines"):
        monkeypatch.setattr(worker.Worker, name, after_all_was_heard(getattr(worker.Worker, name)))
    with closing(transport), closing(take_a_batch()) as sender:
        assert sender.work(transport) == 55
    assert len(asked) > 110
    assert Delivery.objects.filter(status=Status.FAILED).count() == 5


def test_what_a_full_disk_takes_of_a_journal_in_pieces_is_all_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    announce_to_many(3)
    writing = os.write
    with closing(take_a_batch()) as sender:
        monkeypatch.setattr(os, "write", lambda file, data: writing(file, data[:7]))
        sender.journal.add(sender._lines)
        assert len(journal.noted_anywhere()) == 3


def test_the_journal_of_a_living_worker_is_left_to_it(smtp_server: MailServer) -> None:
    announce_to("layla")
    with closing(take_a_batch()) as living:
        living.work(SmtpTransport())
        assert drain.recover() == 0
        assert statuses() == {"layla@example.org": Status.WAITING}
    assert statuses() == {"layla@example.org": Status.SENT}
    assert drain.recover() == 0


def test_a_line_that_workers_die_of_is_taken_in_ever_smaller_company_and_at_last_alone() -> None:
    announce_to_many(100)
    together = []
    for _ in range(5):
        together.append(len(claim()))
        make_due()  # the worker died, and its lease ran out
    assert together == [64, 16, 4, 1, 1]


def test_a_line_whose_worker_died_is_put_off_no_longer_for_that() -> None:
    announce_to("layla")
    for _ in range(4):
        claim()
        make_due()  # the worker died, and its lease ran out
    (line,) = claim()
    assert (line.attempts, Delivery.objects.get().drops) == (1, 4)


def test_lines_that_need_no_sending_do_not_hold_up_those_behind_them(
    smtp_server: MailServer, settings: Settings
) -> None:
    settings.DELIVERY_BATCH = 30
    announce_to_many(50)
    first = Delivery.objects.order_by("pk")[:30].values("pk")
    Subscription.objects.filter(subscriber__deliveries__in=first).update(ended_at=Now())
    assert drain.drain() == 20


def test_what_a_dead_worker_held_is_taken_by_others_at_once() -> None:
    announce_to("anna", "layla")
    take_a_batch().journal.leave()
    assert drain.recover() == 0
    assert len(claim()) == 2


def test_a_line_that_workers_die_of_again_and_again_waits_for_its_turn() -> None:
    announce_to("anna", "layla")
    Delivery.objects.filter(subscriber__email="anna@example.org").update(drops=leases.SUSPECT - 1)
    take_a_batch().journal.leave()
    drain.recover()
    assert [line.address for line in claim()] == ["layla@example.org"]


def test_a_line_under_lease_is_taken_by_nobody_else_until_the_lease_runs_out() -> None:
    announce_to("layla")
    assert len(claim()) == 1
    assert claim() == []
    make_due()
    assert len(claim()) == 1


def test_a_worker_that_was_frozen_past_its_lease_lets_go(
    smtp_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce_to("layla", "omar")
    frozen = take_a_batch()
    make_due()
    assert len(claim()) == 2
    monkeypatch.setattr(worker, "LOOK_EVERY", -1.0)
    assert frozen.work(SmtpTransport()) == 0
    assert smtp_server.received == []


class OneByOne:
    """Takes one mail after the other; after the first something happens."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        self.meanwhile = meanwhile

    def deliver(self, envelopes: Iterable[Envelope | None], record: Record) -> None:
        for number, envelope in enumerate(filter(None, envelopes)):
            record([(envelope.line, Outcome(Fate.SENT if envelope.may_go() else Fate.LOST))])
            if number == 0:
                self.meanwhile()

    def close(self) -> None: ...


class SlowToGoOn:
    """A relay to which all mails are announced, on a session each, before it lets one text come; then time passes."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        self.meanwhile = meanwhile

    def deliver(self, envelopes: Iterable[Envelope | None], record: Record) -> None:
        announced = [envelope for envelope in envelopes if envelope]
        self.meanwhile()
        for envelope in announced:
            record([(envelope.line, Outcome(Fate.SENT if envelope.may_go() else Fate.LOST))])

    def close(self) -> None: ...


def test_a_worker_that_was_frozen_past_its_lease_sends_nothing_of_what_it_had_announced(settings: Settings) -> None:
    settings.DELIVERY_LEASE = timedelta(seconds=2 * settings.EMAIL_TIMEOUT + 0.1)
    announce_to("anna", "layla", "omar")

    def others_take_it() -> None:
        time.sleep(0.2)
        make_due()
        assert len(claim()) == 3

    with closing(take_a_batch()) as frozen:
        assert frozen.work(SlowToGoOn(others_take_it)) == 0


def test_what_was_announced_and_is_paused_before_its_text_goes_at_once_when_it_is_resumed(settings: Settings) -> None:
    settings.DELIVERY_LEASE = timedelta(seconds=2 * settings.EMAIL_TIMEOUT + 0.1)
    announce_to("anna", "layla", "omar")

    def staff_pause_it() -> None:
        time.sleep(0.2)
        ledger.pause(Announcement.objects.get(), "Paused by staff.")

    with closing(take_a_batch()) as sender:
        assert sender.work(SlowToGoOn(staff_pause_it)) == 0
    ledger.resume(Announcement.objects.get())
    assert set(Delivery.objects.values_list("lease", "attempts")) == {(None, 0)}
    assert len(claim()) == 3


def test_what_was_paused_in_a_workers_hands_goes_at_once_when_it_is_resumed(
    smtp_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce_to("layla", "omar")
    with closing(take_a_batch()) as sender, monkeypatch.context() as patch:
        patch.setattr(worker, "LOOK_EVERY", -1.0)
        ledger.pause(Announcement.objects.get(), "Paused by staff.")
        assert sender.work(SmtpTransport()) == 0
    ledger.resume(Announcement.objects.get())
    assert set(Delivery.objects.values_list("lease", "attempts")) == {(None, 0)}
    assert drain.drain() == 2


def test_what_a_worker_did_not_begin_it_gives_back_at_once(smtp_server: MailServer) -> None:
    announce_to("layla", "omar")
    take_a_batch().close()
    assert set(Delivery.objects.values_list("lease", "attempts")) == {(None, 0)}
    assert drain.drain() == 2


def test_who_unsubscribes_during_the_send_gets_nothing_more(
    smtp_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LOOK_EVERY", -1.0)
    announce_to("layla", "omar")
    with closing(take_a_batch()) as sender:
        end_subscriptions(Subscriber.objects.get(email="omar@example.org"), Subscription.Ended.UNSUBSCRIBED)
        assert sender.work(SmtpTransport()) == 1
    assert [mail.recipients for mail in smtp_server.received] == [["layla@example.org"]]
    assert statuses()["omar@example.org"] == Status.CANCELLED


def test_who_is_erased_during_the_send_gets_nothing_more(
    smtp_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LOOK_EVERY", -1.0)
    announce_to("layla", "omar")
    with closing(take_a_batch()) as sender:
        Subscriber.objects.get(email="omar@example.org").delete()
        assert sender.work(SmtpTransport()) == 1
    assert drain.drain() == 0
    assert [mail.recipients for mail in smtp_server.received] == [["layla@example.org"]]
    assert statuses() == {"layla@example.org": Status.SENT, None: Status.CANCELLED}


def withdraw() -> None:
    make_release(Statement.objects.get(), kind=Release.Kind.WITHDRAWN, notes={"en": "Published by mistake."})


def test_a_text_that_was_withdrawn_goes_to_nobody_though_the_ledger_does_not_say_so_yet(
    smtp_server: MailServer,
) -> None:
    announce_to("layla", "omar")
    withdraw()
    assert drain.drain() == 0
    assert statuses() == {"layla@example.org": Status.CANCELLED, "omar@example.org": Status.CANCELLED}


def test_a_text_that_is_withdrawn_during_the_send_goes_to_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "LOOK_EVERY", -1.0)
    announce_to("anna", "layla", "omar")
    with closing(take_a_batch()) as sender:
        assert sender.work(OneByOne(withdraw)) == 1
    assert sorted(statuses().values()) == [Status.CANCELLED, Status.CANCELLED, Status.SENT]


def test_a_line_written_while_its_reader_was_erased_names_nobody(smtp_server: MailServer) -> None:
    announce_to("layla")
    Delivery.objects.update(subscriber_id=10**9)  # nobody's number any more
    assert drain.drain() == 0
    assert set(Delivery.objects.values_list("status", "subscriber_id")) == {(Status.CANCELLED, None)}


def test_an_erased_subscriber_gets_nothing_and_the_line_says_why(smtp_server: MailServer) -> None:
    announce_to("layla")
    Subscriber.objects.all().delete()
    assert drain.drain() == 0
    line = Delivery.objects.get()
    assert (line.status, line.reason) == (Status.CANCELLED, "The subscriber was erased.")


SEND = "import django; django.setup(); from subscriptions.delivery.drain import drain; drain()"


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_mid_send_loses_nobody(worker_environment: dict[str, str]) -> None:
    """SIGKILL, three times, at moments of no choice; then one worker is left alone to finish."""
    names = [f"reader{number:03}" for number in range(150)]
    announce_to(*names)
    with MailServer() as server:
        environment = {**worker_environment, "EMAIL_URL": server.url}
        for kill in range(1, 4):
            worker = subprocess.Popen([sys.executable, "-c", SEND], env=environment)
            wait_until(partial(server.has_received, kill * 20), 30, "mails arrive")
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
        stop_at = time.monotonic() + 60
        while Delivery.objects.waiting().exists() and time.monotonic() < stop_at:
            subprocess.run([sys.executable, "-c", SEND], env=environment, check=True)
            time.sleep(0.5)
        copies = [(mail.recipients[0], mail.message["Message-ID"]) for mail in server.received]
    assert {address for address, _ in copies} == {f"{name}@example.org" for name in names}
    assert len(set(copies)) == len(names)  # every copy of a delivery bears its one Message-ID
    assert len(copies) - len(names) <= 3 * 4  # at most the mail in hand on each connection at each kill
    assert set(statuses().values()) == {Status.SENT}
