"""The books of the ledger: owed = sent + failed + cancelled + expired + waiting, and how fast it goes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from django.db.models import Count, DurationField, F, Max, Min, Q
from django.db.models.functions import Now

from subscriptions.models import Announcement, Delivery, DigestRun

Header = Announcement | DigestRun
H = TypeVar("H", bound=Header)

# The rate is that of so many seconds.
LATELY = timedelta(seconds=10)
_WAITING, _SENT = (Q(status=status) for status in (Delivery.Status.WAITING, Delivery.Status.SENT))
# Measured by the database's clock, which wrote the moments.
_SUMS: dict[str, Any] = {
    "owed": Count("pk"),
    **{status: Count("pk", filter=Q(status=status)) for status in Delivery.Status.values},
    "in_hand": Count("pk", filter=_WAITING & Q(lease__isnull=False, due_at__gt=Now())),
    "sent_lately": Count("pk", filter=_SENT & Q(settled_at__gt=Now() - LATELY)),
    "sending_for": Max(Now() - F("settled_at"), filter=_SENT, output_field=DurationField()),
    "due_in": Min(F("due_at") - Now(), filter=_WAITING, output_field=DurationField()),
}


@dataclass(frozen=True)
class Books:
    """The sums over the lines of one announcement or digest run."""

    owed: int = 0
    sent: int = 0
    failed: int = 0
    cancelled: int = 0
    expired: int = 0
    waiting: int = 0
    # Of those that wait: how many a worker holds.
    in_hand: int = 0
    sent_lately: int = 0
    # Since the first was sent, and until the next one is due: less than nothing if it is late. None if there is none.
    sending_for: timedelta | None = None
    due_in: timedelta | None = None

    @property
    def settled(self) -> int:
        return self.owed - self.waiting

    @property
    def percent(self) -> int:
        """How much is settled. Not 100 before all is."""
        return 100 * self.settled // self.owed if self.owed else 0

    @property
    def rate(self) -> float:
        """How many mails a second were accepted lately."""
        span = max(min(self.sending_for or LATELY, LATELY), timedelta(seconds=1))
        return self.sent_lately / span.total_seconds()

    @property
    def time_left(self) -> timedelta | None:
        """How long it takes if it goes on like that. None if nothing was sent lately."""
        return timedelta(seconds=self.waiting / self.rate) if self.rate else None


def with_books(headers: Iterable[H]) -> list[H]:
    """Return these announcements, or these digest runs, each with its `books`: one query for all of them."""
    found: list[Any] = list(headers)
    books = _books(found)
    for header in found:
        header.books = books.get(header.pk, Books())
    return found


def _books(headers: list[Any]) -> dict[int, Books]:
    key = "announcement" if headers and isinstance(headers[0], Announcement) else "digest_run"
    rows = Delivery.objects.filter(**{f"{key}__in": headers}).order_by().values(key).annotate(**_SUMS)
    return {row.pop(key): Books(**row) for row in rows}
