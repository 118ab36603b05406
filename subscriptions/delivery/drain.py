"""The engine: takes the deliveries that are due, hands them over, and records what became of each.

The row is the queue. A worker holds lines by a lease: `due_at` set into the future under a number of its own. First
try, retry and recovery after a crash are the same query, and a lease that ran out is due again.
"""

import logging
import random
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from subscriptions.delivery import ledger
from subscriptions.delivery.digests import editions_of
from subscriptions.delivery.journal import Journal, left_behind
from subscriptions.delivery.letters import Letter, digest_letter, statement_letter
from subscriptions.delivery.outcomes import Fate, Outcome
from subscriptions.delivery.transports import opened
from subscriptions.delivery.transports.base import Envelope, Transport
from subscriptions.models import Delivery, DeliveryQuerySet, Subscription
from subscriptions.suppressing import suppress_address

logger = logging.getLogger(__name__)

# How long a worker sends without asking which of its lines are still owed, and still its own, in seconds.
LOOK_EVERY = 1.0
# A line whose mail kills the process that builds it must not do so for ever.
MOST_ATTEMPTS = 40


def drain(seconds: float = 300.0) -> int:
    """Send what is due until nothing is, or the time is over; return how many mails were accepted."""
    recover()
    expire()
    sent = 0
    stop_at = time.monotonic() + seconds
    with opened() as transport:
        while time.monotonic() < stop_at and (lines := claim(lease := uuid.uuid4())):
            with closing(Worker(lease, lines)) as worker:
                sent += worker.work(transport)
    return sent


def recover() -> int:
    """Record what workers sent that died before they could say so; return how many mails that were."""
    recorded = 0
    for pks, path in left_behind():
        recorded += _record_sent(pks)
        path.unlink(missing_ok=True)
    return recorded


def _record_sent(pks: Sequence[int]) -> int:
    # Whatever happened to the lines meanwhile, these mails are out, and saying so is the truth.
    lines = Delivery.objects.filter(pk__in=pks).exclude(status=Delivery.Status.SENT)
    return lines.update(status=Delivery.Status.SENT, settled_at=Now(), reason="")


def claim(lease: uuid.UUID) -> list[Delivery]:
    """Take a batch of due lines under a lease; nobody else takes them before it runs out."""
    with transaction.atomic():
        # On SQLite the row locks are no-ops, and the transaction, IMMEDIATE, is the lock.
        due = Delivery.objects.due().order_by("due_at", "pk").select_for_update(skip_locked=True, of=("self",))
        taken = list(due.values_list("pk", flat=True)[: settings.DELIVERY_BATCH])
        Delivery.objects.filter(pk__in=taken).update(
            due_at=Now() + settings.DELIVERY_LEASE, lease=lease, attempts=F("attempts") + 1
        )
    return _held(lease, taken)


def expire() -> int:
    """Give up the lines that were tried for too long; return how many."""
    owed = Delivery.objects.due()
    overdue = Q(created_at__lt=Now() - settings.DELIVERY_RETRY_BUDGET, attempts__gt=0)
    hopeless = owed.filter(overdue | Q(attempts__gte=MOST_ATTEMPTS)).values("pk")
    return Delivery.objects.filter(pk__in=hopeless).update(status=Delivery.Status.EXPIRED, settled_at=Now())


def _held(lease: uuid.UUID, pks: Sequence[int]) -> list[Delivery]:
    """Return those of these lines that are still owed and still under this lease."""
    lines = Delivery.objects.waiting().filter(pk__in=pks, lease=lease).exclude(announcement__paused_at__isnull=False)
    return list(
        lines.select_related("subscriber", "edition__release", "edition__statement", "digest_run").order_by("pk")
    )


class Worker:
    """One batch under one lease."""

    def __init__(self, lease: uuid.UUID, lines: list[Delivery]) -> None:
        self.lease = lease
        self.lines = lines
        self.letters: dict[int, Letter] = {}
        self.sent: list[int] = []
        self.journal = Journal(str(lease))
        self.looked_at = time.monotonic()

    def work(self, transport: Transport) -> int:
        """Send the batch and return how many mails were accepted."""
        sent = 0
        for envelope, outcome in transport.deliver(self._envelopes()):
            sent += outcome.fate is Fate.SENT
            self._record(envelope.line, outcome)
        return sent

    def close(self) -> None:
        """Tell the database all that is in the journal."""
        self._flush()
        self.journal.close()

    def _envelopes(self) -> Iterator[Envelope]:
        """Yield, one at a time, what is still owed and still ours."""
        while True:
            if time.monotonic() - self.looked_at > LOOK_EVERY:
                self._look_again()
            if not self.lines:
                return
            if envelope := self._envelope(self.lines.pop(0)):
                yield envelope

    def _look_again(self) -> None:
        """Renew the lease of what is left, and let go of what was cancelled, or lost while we were frozen."""
        self._flush()
        self._ours(self.lines).update(due_at=Now() + settings.DELIVERY_LEASE)
        self.lines = _held(self.lease, [line.pk for line in self.lines])
        self.looked_at = time.monotonic()

    def _flush(self) -> None:
        if self.sent:
            _record_sent(self.sent)
            self.sent.clear()
            self.journal.forget()

    def _envelope(self, line: Delivery) -> Envelope | None:
        if line.subscriber is None:
            self._ours([line]).settle(Delivery.Status.CANCELLED, "The subscriber was erased.")
            return None
        try:
            letter = self._letter(line)
        except Exception as error:
            logger.exception("delivery %s: its letter cannot be composed", line.pk)
            self._record(line, Outcome(Fate.BLOCKED, f"The letter cannot be composed: {error}"))
            return None
        if letter is None:
            self._ours([line]).settle(Delivery.Status.CANCELLED, "Nothing is left to tell.")
            return None
        good_until = self.looked_at + settings.DELIVERY_LEASE.total_seconds()
        return Envelope(line, letter, line.subscriber.email, good_until)

    def _letter(self, line: Delivery) -> Letter | None:
        """Return the line's letter: composed once for all readers of an edition, once for each digest."""
        if line.edition is None:
            editions = editions_of(line)
            return digest_letter(line.digest_run, line.language, editions) if editions and line.digest_run else None
        if line.edition.pk not in self.letters:
            self.letters[line.edition.pk] = statement_letter(line.edition)
        return self.letters[line.edition.pk]

    def _record(self, line: Delivery, outcome: Outcome) -> None:
        # The relay's words stay out of the log: they often repeat the address.
        level = logging.DEBUG if outcome.fate is Fate.SENT else logging.INFO
        logger.log(
            level, "delivery %s of announcement %s: %s", line.pk, line.announcement_id, outcome.fate.name.lower()
        )
        match outcome.fate:
            case Fate.SENT:
                self._record_accepted(line, outcome)
            case Fate.REFUSED:
                self._ours([line]).settle(Delivery.Status.FAILED, outcome.reason)
                if outcome.no_such_address and line.subscriber:
                    suppress_address(line.subscriber.email, Subscription.Ended.BOUNCED)
            case Fate.DEFERRED:
                self._ours([line]).update(due_at=Now() + _pause_after(line.attempts), reason=outcome.reason[:500])
            case Fate.UNREACHABLE:
                self._put_back(line, outcome)
            case Fate.BLOCKED:
                self._put_back(line, outcome)
                if line.announcement:
                    ledger.pause(line.announcement, outcome.reason)

    def _record_accepted(self, line: Delivery, outcome: Outcome) -> None:
        """Note it where it outlives this process; the database is told with the next look, all at once."""
        self.journal.add(line.pk)
        self.sent.append(line.pk)
        if outcome.provider_id:
            Delivery.objects.filter(pk=line.pk).update(provider_id=outcome.provider_id[:255])

    def _ours(self, lines: Sequence[Delivery]) -> DeliveryQuerySet:
        return Delivery.objects.waiting().filter(pk__in=[line.pk for line in lines], lease=self.lease)

    def _put_back(self, line: Delivery, outcome: Outcome) -> None:
        """Give up the whole batch for a while; nobody's attempt is spent."""
        self._ours([line, *self.lines]).update(
            due_at=Now() + _pause_after(1), attempts=F("attempts") - 1, reason=outcome.reason[:500]
        )
        self.lines = []


def _pause_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: doubling from 15 s to an hour, scattered by a quarter."""
    seconds = min(15 * 2 ** min(attempts - 1, 10), 3600)
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311
