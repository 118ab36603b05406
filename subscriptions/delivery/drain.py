"""The engine: takes the deliveries that are due, hands them over, records each answer as it comes.

The row is the queue. A worker holds lines by a lease: `due_at` set into the future under a number of its own. First
try, retry and recovery after a crash are the same query, and a lease that ran out is due again.
"""

import logging
import random
import time
import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from subscriptions.delivery import ledger
from subscriptions.delivery.digests import editions_of
from subscriptions.delivery.letters import Letter, digest_letter, statement_letter
from subscriptions.delivery.outcomes import Fate, Outcome
from subscriptions.delivery.transport import Transport, opened
from subscriptions.models import Delivery, DeliveryQuerySet, Subscription
from subscriptions.suppressing import suppress_address

logger = logging.getLogger(__name__)

# How long a worker sends without asking which of its lines are still owed, and still its own, in seconds.
LOOK_EVERY = 1.0
# A line whose mail kills the process that builds it must not do so for ever.
MOST_ATTEMPTS = 40


def drain(seconds: float = 300.0) -> int:
    """Send what is due until nothing is, or the time is over; return how many mails were accepted."""
    expire()
    sent = 0
    stop_at = time.monotonic() + seconds
    with opened() as transport:
        while time.monotonic() < stop_at and (lines := claim(lease := uuid.uuid4())):
            sent += Worker(lease, lines, transport).work()
    return sent


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
    """One batch under one lease, on one connection."""

    def __init__(self, lease: uuid.UUID, lines: list[Delivery], transport: Transport) -> None:
        self.lease = lease
        self.lines = lines
        self.transport = transport
        self.letters: dict[int, Letter] = {}
        self.looked_at = time.monotonic()

    def work(self) -> int:
        """Send the batch and return how many were accepted."""
        sent = 0
        while line := self._next():
            if outcome := self._send(line):
                sent += outcome.fate is Fate.SENT
                self._record(line, outcome)
        return sent

    def _next(self) -> Delivery | None:
        """Take the next line in hand, if one is left that is still owed and ours."""
        if time.monotonic() - self.looked_at > LOOK_EVERY:
            self._look_again()
        return self.lines.pop(0) if self.lines else None

    def _look_again(self) -> None:
        """Renew the lease of what is left, and let go of what was cancelled, or lost while we were frozen."""
        self._ours(self.lines).update(due_at=Now() + settings.DELIVERY_LEASE)
        self.lines = _held(self.lease, [line.pk for line in self.lines])
        self.looked_at = time.monotonic()

    def _send(self, line: Delivery) -> Outcome | None:
        if line.subscriber is None:
            Delivery.objects.filter(pk=line.pk).settle(Delivery.Status.CANCELLED, "The subscriber was erased.")
            return None
        try:
            letter = self._letter(line)
        except Exception as error:
            logger.exception("delivery %s: its letter cannot be composed", line.pk)
            return Outcome(Fate.BLOCKED, f"The letter cannot be composed: {error}")
        if letter is None:
            Delivery.objects.filter(pk=line.pk).settle(Delivery.Status.CANCELLED, "Nothing is left to tell.")
            return None
        return self.transport.send(letter.addressed(line, line.subscriber.email))

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
        logger.info("delivery %s of announcement %s: %s", line.pk, line.announcement_id, outcome.fate.name.lower())
        match outcome.fate:
            case Fate.SENT:
                # Whatever happened to the line meanwhile, the mail is out, and saying so is the truth.
                Delivery.objects.filter(pk=line.pk).update(
                    status=Delivery.Status.SENT, settled_at=Now(), provider_id=outcome.provider_id[:255], reason=""
                )
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
