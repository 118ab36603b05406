"""Taking lines of the ledger, holding them, giving them back. The row is the queue.

A worker holds lines by a lease: `due_at` set into the future, under a number of its own. First try, retry and recovery
after a crash are the same query: a lease that ran out is due again.
"""

import random
import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest, Now

from subscriptions.delivery.ledger import unwanted
from subscriptions.models import Delivery, DeliveryQuerySet

# So many times a line may be dropped by a worker that died. From then on it is taken alone: should its own mail be
# what kills them, it no longer takes a batch down with it.
SUSPECT = 3


def claim(lease: uuid.UUID) -> list[Delivery]:
    """Take a batch of due lines under a lease; nobody else takes them before it runs out."""
    with transaction.atomic():
        # On SQLite the row locks are no-ops, and the transaction, IMMEDIATE, is the lock.
        due = Delivery.objects.due().order_by("due_at", "pk").select_for_update(skip_locked=True, of=("self",))
        found = list(due.values_list("pk", "lease", "attempts")[: settings.DELIVERY_BATCH])
        # Who puts a line off takes the lease from it: one that is due with its lease was dropped by a crash.
        dropped = [pk for pk, old, attempts in found if old and attempts >= SUSPECT]
        taken = dropped[:1] or [pk for pk, _, _ in found]
        Delivery.objects.filter(pk__in=taken).update(
            due_at=Now() + settings.DELIVERY_LEASE, lease=lease, attempts=F("attempts") + 1
        )
        # Asked once more: a line may have been written by a statement that did not see its reader leave yet.
        unwanted(ours(lease, taken).exclude(subscriber=None)).settle(Delivery.Status.CANCELLED, "No longer subscribed.")
    return held(lease, taken)


def held(lease: uuid.UUID, pks: Sequence[int]) -> list[Delivery]:
    """Return those of these lines that are still owed, still under this lease, and not paused."""
    return list(
        ours(lease, pks).exclude(announcement__paused_at__isnull=False).select_related("subscriber").order_by("pk")
    )


def ours(lease: uuid.UUID, pks: Sequence[int]) -> DeliveryQuerySet:
    """Return those of these lines that are still owed and still under this lease."""
    return Delivery.objects.waiting().filter(pk__in=pks, lease=lease)


def renew(lease: uuid.UUID, pks: Sequence[int]) -> None:
    """Hold these lines for the length of a lease from now, those that are still ours."""
    ours(lease, pks).update(due_at=Now() + settings.DELIVERY_LEASE)


def put_off(lease: uuid.UUID, line: Delivery, reason: str) -> None:
    """Let a line be tried again later: after 15 seconds, then twice as long each time, an hour at most."""
    ours(lease, [line.pk]).update(due_at=Now() + _pause_after(line.attempts), lease=None, reason=reason[:500])


def put_back(lease: uuid.UUID, pks: Sequence[int], reason: str) -> None:
    """Give lines back that were not tried: soon due again, and nobody's attempt is spent."""
    ours(lease, pks).update(
        due_at=Now() + _pause_after(1), lease=None, attempts=Greatest(F("attempts") - 1, 0), reason=reason[:500]
    )


def expire() -> int:
    """Give up the lines that were tried as often as they may be; return how many."""
    exhausted = Delivery.objects.due().filter(attempts__gte=settings.DELIVERY_ATTEMPTS).values("pk")
    return Delivery.objects.waiting().filter(pk__in=exhausted).settle(Delivery.Status.EXPIRED)


def _pause_after(attempts: int) -> timedelta:
    # Scattered by a quarter: what was put off together should not come back together.
    seconds = min(15 * 2 ** min(attempts - 1, 10), 3600)
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311
