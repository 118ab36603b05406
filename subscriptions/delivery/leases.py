"""Taking lines of the ledger, holding them, giving them back. The row is the queue.

A worker holds lines by a lease: `due_at` set into the future, under a number of its own. First try, retry and recovery
after a crash are the same query: a lease that ran out is due again.
"""

import random
import uuid
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Any, NamedTuple, Self

from django.conf import settings
from django.db import connection, transaction
from django.db.models import BooleanField, Case, ExpressionWrapper, F, Q, TextField, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Greatest, Now

from statements.models import Release
from subscriptions.delivery import ledger
from subscriptions.delivery.journal import noted_anywhere
from subscriptions.delivery.lines import Line
from subscriptions.models import Announcement, Delivery, DeliveryQuerySet, Subscriber

# A line may be what kills the workers that take it. Each time it is dropped it is taken together with a quarter as many
# others; and from so many times on others get their turn before it is taken again.
FEWER = 4
SUSPECT = 5

# Who puts a line off takes the lease from it: one that is due with its lease was dropped by a worker that died, or was
# frozen. That is no attempt.
_WAS_DROPPED = Case(When(lease=None, then=0), default=1)
_TRIES = F("attempts") + 1 - _WAS_DROPPED
# As text: read one by one, the moments would take more time than all else of a line.
_EXPRESSIONS: dict[str, str | Combinable] = {
    "attempts": _TRIES,
    "created_at": Cast("created_at", TextField()),
    "address": "subscriber__email",
}
_COLUMNS = [_EXPRESSIONS.get(name, name) for name in Line._fields]


def sources() -> list[int | None]:
    """Return what lines may be taken of: the announcements under way, and None, which is the digests, if one is due."""
    numbers: list[int | None] = list(Announcement.objects.under_way().order_by("pk").values_list("pk", flat=True))
    # They seldom are; and to claim nothing costs almost as much as to claim a line. In the order of their index: to
    # find any, PostgreSQL would rather read the whole ledger.
    digests = Delivery.objects.due().filter(announcement=None).order_by("announcement_id", "pk")
    return [*numbers, None] if digests.values_list("pk", flat=True).first() else numbers


class Lease:
    """One worker's hold on the lines that it took."""

    def __init__(self) -> None:
        self.number = uuid.uuid4()
        # Compiled once: that takes the ORM as long as PostgreSQL takes to answer.
        self._due = lru_cache(partial(_due, self.number))

    def claim(self, source: int | None, number: int) -> list[Line]:
        """Take so many due lines of one source; nobody else takes them before the lease runs out.

        What was sent by a worker that could not say so is recorded, what was tried as often as it may be is given up,
        and what its reader no longer wants is cancelled; where that leaves none, the next are looked at.
        """
        while True:
            found, lines = self._claim(source, number)
            if lines or not found:
                return lines

    def _claim(self, source: int | None, number: int) -> tuple[bool, list[Line]]:
        """Do it once, and tell whether there were any."""
        with transaction.atomic():
            found = self._locked(source, number)
            taken = [row.line for row in _still_wanted(_to_take(found, number))]
            Delivery.objects.filter(pk__any={line.pk for line in taken}).update(
                due_at=Now() + settings.DELIVERY_LEASE,
                lease=self.number,
                attempts=_TRIES,
                drops=F("drops") + _WAS_DROPPED,
            )
            return bool(found), taken

    def _locked(self, source: int | None, number: int) -> list["_Due"]:
        """Lock so many due lines that nobody else has locked."""
        with connection.cursor() as cursor:
            cursor.execute(*self._due(source, number))
            return [_Due.of(row) for row in cursor.fetchall()]

    def lost(self, pks: Collection[int]) -> set[int]:
        """Return those of these lines that are owed to nobody any more, or not under this lease, or are paused."""
        held = Q(status=Delivery.Status.WAITING, lease=self.number, announcement__paused_at=None)
        held &= Q(subscriber__isnull=False)  # who is erased leaves a line that waits
        return set(Delivery.objects.filter(~held, pk__any=set(pks)).values_list("pk", flat=True))

    def ours(self, pks: Collection[int]) -> DeliveryQuerySet:
        """Return those of these lines that are still owed and still under this lease."""
        return Delivery.objects.waiting().filter(pk__any=set(pks), lease=self.number)

    def renew(self, pks: Collection[int]) -> None:
        """Hold these lines for the length of a lease from now, those that are still ours."""
        self.ours(pks).update(due_at=Now() + settings.DELIVERY_LEASE)

    def put_off(self, line: Line, reason: str) -> None:
        """Let a line be tried again later: after 15 seconds, then twice as long each time, an hour at most."""
        self.ours([line.pk]).update(due_at=Now() + _pause_after(line.attempts), lease=None, reason=reason[:500])

    def put_back(self, pks: Collection[int], reason: str) -> None:
        """Give lines back that were not tried: soon due again, and nobody's attempt is spent."""
        self.ours(pks).update(
            due_at=Now() + _pause_after(1), lease=None, attempts=Greatest(F("attempts") - 1, 0), reason=reason[:500]
        )

    def release(self, pks: Collection[int]) -> None:
        """Give lines back that were not tried and could be: whoever asks next may have them at once."""
        self.ours(pks).update(due_at=Now(), lease=None, attempts=Greatest(F("attempts") - 1, 0))


class _Due(NamedTuple):
    """A line that is due, and how it came to be."""

    line: Line  # its attempts with the one it is taken for
    lease: object
    drops: int
    is_wanted: bool

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> Self:
        *columns, moment, address, lease, drops, is_wanted = row
        return cls(Line._make((*columns, _moment(moment), address)), lease, drops, is_wanted)


def _due(lease: uuid.UUID, source: int | None, number: int) -> tuple[str, tuple[Any, ...]]:
    """Return the SQL of so many due lines of one source, locked. Those of this lease are not among them: whoever was
    frozen past it may be about to renew it.

    Whether their readers want them is asked once more: a line may have been written by a statement that did not see its
    reader leave yet.
    """
    # By release and not by line: asked of each line, it took as long as all else of a claim.
    release = None if source is None else Release.objects.filter(announcement=source).first()
    wanted = ExpressionWrapper(ledger.still_wanted(release), output_field=BooleanField())
    # On SQLite the row locks are no-ops, and the transaction, IMMEDIATE, is the lock.
    due = Delivery.objects.due().filter(Q(lease=None) | ~Q(lease=lease), announcement=source).order_by("pk")
    due = due.select_for_update(skip_locked=True, of=("self",))
    rows = due.values_list(*_COLUMNS, "lease", "drops", wanted)
    return rows[:number].query.sql_with_params()


def _to_take(found: list[_Due], number: int) -> list[_Due]:
    dropped = {row.line.pk: row.drops + 1 for row in found if row.lease}
    sent = dropped.keys() & noted_anywhere() if dropped else set()
    ledger.record_sent(sent)
    most = settings.DELIVERY_ATTEMPTS
    tried = {row.line.pk for row in found if row.drops >= most or (row.line.attempts > most and not row.lease)}
    spent = tried - sent
    if spent:
        Delivery.objects.filter(pk__any=spent).settle(Delivery.Status.EXPIRED)
    left = [row for row in found if row.line.pk not in sent and row.line.pk not in spent]
    return _company(left, dropped, number) if dropped else left


def _company(rows: Sequence[_Due], dropped: dict[int, int], most: int) -> list[_Due]:
    """Return the first of these lines, as many as each of them may be taken with."""
    company: list[_Due] = []
    room = most
    for row in rows:
        room = min(room, max(1, most // FEWER ** dropped.get(row.line.pk, 0)))
        if len(company) >= room:
            break
        company.append(row)
    return company


def _still_wanted(rows: list[_Due]) -> list[_Due]:
    """Return those whose readers want them, or were erased; close the others."""
    unwanted = {row.line.pk for row in rows if not row.is_wanted and row.line.address is not None}
    if unwanted:
        Delivery.objects.filter(pk__any=unwanted).settle(Delivery.Status.CANCELLED, "No longer wanted.")
    return [row for row in rows if row.line.pk not in unwanted]


@lru_cache(maxsize=64)  # Lines are written by the thousand, in one moment.
def _moment(text: str) -> datetime:
    """Read a moment as either database writes it; SQLite's are UTC, and do not say so."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def inherit(lease: uuid.UUID) -> None:
    """Let others have at once what a dead worker held; what is dropped again and again only when its lease runs out."""
    Delivery.objects.waiting().filter(lease=lease, drops__lt=SUSPECT - 1).update(due_at=Now())


def recall(subscriber: Subscriber) -> None:
    """Have workers let go of what they hold for a subscriber whose address or languages changed: they took the old ones
    with it.

    As if its holder had died. What was just sent is then found noted, or recorded, before the line is taken again.
    """
    held = Delivery.objects.waiting().filter(subscriber=subscriber).exclude(lease=None)
    held.update(lease=uuid.uuid4(), due_at=Now() + settings.DELIVERY_LEASE)


def _pause_after(attempts: int) -> timedelta:
    # Scattered by a quarter: what was put off together should not come back together.
    seconds = min(15 * 2 ** min(attempts - 1, 10), 3600)
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311
