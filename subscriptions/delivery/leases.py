"""Taking lines of the ledger, holding them, giving them back. The row is the queue.

A worker holds lines by a lease: `due_at` set into the future, under a number of its own. First try, retry and recovery
after a crash are the same query: a lease that ran out is due again.
"""

import random
import uuid
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.db import transaction
from django.db.models import BooleanField, Case, ExpressionWrapper, F, Q, TextField, When
from django.db.models.functions import Cast, Greatest, Now

from subscriptions.delivery import ledger
from subscriptions.delivery.journal import noted_anywhere
from subscriptions.delivery.lines import Line
from subscriptions.models import Announcement, Delivery, DeliveryQuerySet, Subscriber

# A line may be what kills the workers that take it. Each time it is dropped it is taken together with a quarter as many
# others; and from so many times on others get their turn before it is taken again.
FEWER = 4
SUSPECT = 5

_COLUMNS = [name for name in Line._fields if name not in ("created_at", "address")]


def sources() -> list[int | None]:
    """Return what lines may be taken of: the announcements under way, and None, which is the digests."""
    return [*Announcement.objects.under_way().order_by("pk").values_list("pk", flat=True), None]


def claim(lease: uuid.UUID, source: int | None, number: int) -> list[Line]:
    """Take so many due lines of one source under a lease; nobody else takes them before it runs out.

    What was sent by a worker that could not say so is recorded, what was tried as often as it may be is given up, and
    what its reader no longer wants is cancelled; where that leaves none, the next are looked at.
    """
    while True:
        found, lines = _claim(lease, source, number)
        if lines or not found:
            return lines


def _claim(lease: uuid.UUID, source: int | None, number: int) -> tuple[bool, list[Line]]:
    """Do it once, and tell whether there were any."""
    with transaction.atomic():
        # On SQLite the row locks are no-ops, and the transaction, IMMEDIATE, is the lock.
        due = Delivery.objects.due().filter(announcement=source).order_by("pk").select_for_update(skip_locked=True)
        found = list(due.values_list("pk", "lease", "attempts", "drops")[:number])
        taken = _to_take(found, number)
        # Who puts a line off takes the lease from it: one that is due with its lease was dropped by a worker that died,
        # or was frozen.
        was_dropped = Case(When(lease=None, then=0), default=1)
        Delivery.objects.filter(pk__any=set(taken)).update(
            due_at=Now() + settings.DELIVERY_LEASE,
            lease=lease,
            attempts=F("attempts") + 1 - was_dropped,
            drops=F("drops") + was_dropped,
        )
        return bool(found), _wanted(lease, taken)


def _to_take(found: list[tuple[int, uuid.UUID | None, int, int]], number: int) -> list[int]:
    dropped = {pk: drops + 1 for pk, lease, _, drops in found if lease}
    sent = dropped.keys() & noted_anywhere() if dropped else set()
    ledger.record_sent(sent)
    most = settings.DELIVERY_ATTEMPTS
    spent = {pk for pk, lease, attempts, drops in found if drops >= most or (attempts >= most and not lease)} - sent
    if spent:
        Delivery.objects.filter(pk__any=spent).settle(Delivery.Status.EXPIRED)
    gone = sent | spent
    left = [pk for pk, *_ in found if pk not in gone]
    return _company(left, dropped, number) if dropped else left


def _company(pks: Sequence[int], dropped: dict[int, int], most: int) -> list[int]:
    """Return the first of these lines, as many as each of them may be taken with."""
    company: list[int] = []
    room = most
    for pk in pks:
        room = min(room, max(1, most // FEWER ** dropped.get(pk, 0)))
        if len(company) >= room:
            break
        company.append(pk)
    return company


def _wanted(lease: uuid.UUID, taken: Sequence[int]) -> list[Line]:
    """Read the lines that were taken. Asked once more, whether their readers want them: a line may have been written
    by a statement that did not see its reader leave yet."""
    wanted = ExpressionWrapper(ledger.still_wanted(), output_field=BooleanField())
    # As text: read one by one, the moments would take more time than all else of a line.
    moment = Cast("created_at", TextField())
    rows = ours(lease, taken).order_by("pk").values_list(*_COLUMNS, moment, "subscriber__email", wanted)
    if unwanted := {row[0] for row in rows if row[-2] is not None and not row[-1]}:
        Delivery.objects.filter(pk__any=unwanted).settle(Delivery.Status.CANCELLED, "No longer wanted.")
    return [Line._make((*row[:-3], _moment(row[-3]), row[-2])) for row in rows if row[-2] is None or row[-1]]


@lru_cache(maxsize=64)  # Lines are written by the thousand, in one moment.
def _moment(text: str) -> datetime:
    """Read a moment as either database writes it; SQLite's are UTC, and do not say so."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def inherit(lease: uuid.UUID) -> None:
    """Let others have at once what a dead worker held; what is dropped again and again only when its lease runs out."""
    Delivery.objects.waiting().filter(lease=lease, drops__lt=SUSPECT - 1).update(due_at=Now())


def lost(lease: uuid.UUID, pks: Collection[int]) -> set[int]:
    """Return those of these lines that are owed to nobody any more, or not under this lease, or are paused."""
    held = Q(status=Delivery.Status.WAITING, lease=lease, announcement__paused_at=None)
    held &= Q(subscriber__isnull=False)  # who is erased leaves a line that waits
    return set(Delivery.objects.filter(~held, pk__any=set(pks)).values_list("pk", flat=True))


def ours(lease: uuid.UUID, pks: Collection[int]) -> DeliveryQuerySet:
    """Return those of these lines that are still owed and still under this lease."""
    return Delivery.objects.waiting().filter(pk__any=set(pks), lease=lease)


def renew(lease: uuid.UUID, pks: Collection[int]) -> None:
    """Hold these lines for the length of a lease from now, those that are still ours."""
    ours(lease, pks).update(due_at=Now() + settings.DELIVERY_LEASE)


def put_off(lease: uuid.UUID, line: Line, reason: str) -> None:
    """Let a line be tried again later: after 15 seconds, then twice as long each time, an hour at most."""
    ours(lease, [line.pk]).update(due_at=Now() + _pause_after(line.attempts), lease=None, reason=reason[:500])


def put_back(lease: uuid.UUID, pks: Collection[int], reason: str) -> None:
    """Give lines back that were not tried: soon due again, and nobody's attempt is spent."""
    ours(lease, pks).update(
        due_at=Now() + _pause_after(1), lease=None, attempts=Greatest(F("attempts") - 1, 0), reason=reason[:500]
    )


def release(lease: uuid.UUID, pks: Collection[int]) -> None:
    """Give lines back that were not tried and could be: whoever asks next may have them at once."""
    ours(lease, pks).update(due_at=Now(), lease=None, attempts=Greatest(F("attempts") - 1, 0))


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
