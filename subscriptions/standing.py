"""How it stands with announcements and digest runs, in words."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils.formats import localize, number_format
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from statements.models import Edition
from subscriptions.books import Books, Header, with_books
from subscriptions.delivery.pace import is_quiet
from subscriptions.models import Announcement, Delivery, DigestRun

Status = Delivery.Status

# In the order in which the books are read: what is done, and what is left.
ENTRIES = [Status.SENT, Status.FAILED, Status.CANCELLED, Status.EXPIRED, Status.WAITING]


def titled(announcements: QuerySet[Announcement]) -> QuerySet[Announcement]:
    """Add the `title` of what is told, in the active language or else in the original, and the `language` it is in."""
    ours = Case(When(language=get_language() or "", then=Value(0)), default=Value(1))
    editions = Edition.objects.filter(release=OuterRef("release")).order_by(ours, "pk")
    return announcements.select_related("release").annotate(
        title=Subquery(editions.values("title")[:1]), language=Subquery(editions.values("language")[:1])
    )


def unfinished(before: Sequence[Header] = ()) -> list[Any]:
    """Return the announcements and digest runs that are not over, and those of `before`, each with its books."""
    told = [header.pk for header in before if isinstance(header, Announcement)]
    run = [header.pk for header in before if isinstance(header, DigestRun)]
    owed = Delivery.objects.waiting().filter(announcement=None).values("digest_run")
    announcements = Announcement.objects.filter(Q(completed_at=None) | Q(pk__in=told))
    runs = DigestRun.objects.filter(Q(pk__in=owed) | Q(pk__in=run))
    return [*with_books(titled(announcements).order_by("pk")), *with_books(runs.order_by("pk"))]


def is_over(header: Any) -> bool:
    """Tell whether nothing can come any more."""
    waiting: int = header.books.waiting
    return not waiting if isinstance(header, DigestRun) else header.completed_at is not None


def standing(header: Any) -> str:
    """Say how it stands with an announcement or digest run that has its books."""
    books: Books = header.books
    if isinstance(header, DigestRun):
        return _sending(books) if books.waiting else _("Completed")
    if header.cancelled_at:
        return _("Cancelled %(moment)s") % {"moment": _written(header.cancelled_at)}
    if header.completed_at:
        return _("Completed %(moment)s") % {"moment": _written(header.completed_at)}
    if header.paused_at:
        return _("Paused since %(moment)s") % {"moment": _written(header.paused_at)}
    if not books.waiting:
        return _("About to be completed") if header.filled_at else _("The ledger is being filled")
    return _sending(books)


def _sending(books: Books) -> str:
    if books.time_left is not None:
        rate = number_format(books.rate, decimal_pos=0 if books.rate >= 10 else 1)
        return _("Sending, %(rate)s a second; time left %(time)s") % {"rate": rate, "time": clock(books.time_left)}
    if books.in_hand or books.due_in is None:
        return _("In a worker’s hands")
    if settings.DELIVERY_QUIET_HOURS and is_quiet():
        return _("Quiet hours; goes on at %(time)s") % {"time": localize(settings.DELIVERY_QUIET_HOURS[1])}
    if books.due_in > timedelta():
        return _("Put off; next try in %(time)s") % {"time": clock(books.due_in)}
    return _("Due for %(time)s, waiting for a worker") % {"time": clock(-books.due_in)}


def sums(books: Books) -> list[tuple[str, str]]:
    """Return label and number of every sum, the first of which is that of the others."""
    labels = [(_("owed"), books.owed), *((status.label, getattr(books, status)) for status in ENTRIES)]
    return [(str(label), number_format(number, force_grouping=True)) for label, number in labels]


def clock(span: timedelta) -> str:
    """Return a span as a clock shows it, in hours, minutes and seconds: 0:03:12."""
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def _written(moment: Any) -> str:
    return str(localize(localtime(moment)))
