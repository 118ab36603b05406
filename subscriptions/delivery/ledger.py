"""The ledger: who is owed which mail. Every function here may run twice, or die half-way and run again."""

import logging
from collections.abc import Callable, Collection, Set
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Case, Exists, Max, Min, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from statements.models import Edition, Release
from subscriptions.addresses import without_addresses
from subscriptions.audience import CORRECTIONS, Tidings, audience, had_in, unpaused
from subscriptions.delivery.letters import statement_letter
from subscriptions.models import Announcement, Delivery, DeliveryQuerySet, Frequency, Subscriber, Subscription

logger = logging.getLogger(__name__)


# The lines of so many subscribers are written in the first transaction, and then of ever more: the first mail is out
# soon, and there are always lines to send while the next are being written.
FIRST_SLICE = 500
GROWTH = 8
# Up to so many, or a twentieth of all: each slice reads the tables of subscriptions and preferences once.
LONGEST_SLICE = 32_000
MOST_SLICES = 20


def announce_due(wake: Callable[[], None] = lambda: None) -> int:
    """Fill the ledger for every public release that is not yet told in full; return how many lines were added.

    `wake` is called whenever there are new lines to send.
    """
    untold = Release.objects.public().filter(announce=True, announcement__completed_at=None)
    untold = untold.exclude(announcement__paused_at__isnull=False)
    return sum(announce(release, wake) for release in untold.order_by("publish_at", "pk"))


def announce(release: Release, wake: Callable[[], None] = lambda: None) -> int:
    """Write the lines of one release and return how many are new.

    A letter that cannot be composed pauses this announcement before its first line is written, and no other.
    """
    announcement, _ = Announcement.objects.get_or_create(release=release)
    # Once for a new text. For a correction again and again until it is complete: a mail already in a worker's hands
    # when the correction came may still arrive, and its reader must hear of the correction too.
    looks = announcement.filled_at is None or release.kind in CORRECTIONS
    if announcement.filled_at is None and not _can_be_composed(announcement):
        return 0
    added = 0
    for readers in _slices() if looks else []:
        lines = _fill_slice(announcement, release, readers)
        if lines is None:
            return added
        if lines:
            added += lines
            wake()
    _complete(announcement, release)
    if added:
        logger.info("owed", extra={"announcement": announcement.pk, "lines": added})
    return added


def _slices() -> list[Q]:
    """Cut the subscribers into ranges of numbers."""
    numbers = Subscriber.objects.aggregate(first=Min("pk"), last=Max("pk"))
    end, last = (numbers["first"] or 1) - 1, numbers["last"] or 0
    longest = max(LONGEST_SLICE, (last - end) // MOST_SLICES + 1)
    size, bounds = FIRST_SLICE, [end]
    while end < last:
        end = min(end + size, last)
        bounds.append(end)
        size = min(size * GROWTH, longest)
    return [Q(pk__gt=start, pk__lte=end) for start, end in pairwise(bounds)]


def _fill_slice(announcement: Announcement, release: Release, readers: Q) -> int | None:
    """Write the lines of these readers and return how many are new; None if it was paused or cancelled meanwhile."""
    with transaction.atomic():
        # Two that announce at once: the second waits here, and then finds nothing left to add.
        locked = Announcement.objects.under_way().select_for_update().filter(pk=announcement.pk)
        return fill(announcement, release, readers) if locked else None


def _can_be_composed(announcement: Announcement) -> bool:
    try:
        for edition in announcement.release.editions.for_reading().prefetch_related("release__topics"):
            statement_letter(edition)
    except Exception as error:  # Whatever a template or a library raises, it is this publication's fault alone.
        logger.exception("letter cannot be composed", extra={"announcement": announcement.pk})
        pause(announcement, f"The letter cannot be composed: {error}")
        return False
    return True


def fill(announcement: Announcement, release: Release, within: Q) -> int:
    """Write the lines of those of these readers who have none yet, and return how many."""
    editions = to_tell(release)
    if not editions:
        return 0
    tidings = Tidings.of_release(release)
    readers = audience(tidings, Frequency.IMMEDIATE).filter(within, language__in=editions)
    owed = Delivery.objects.filter(announcement=announcement, subscriber=OuterRef("pk"))
    added = insert(
        Delivery,
        readers.filter(~Exists(owed)),
        announcement_id=Value(announcement.pk, models.BigIntegerField()),
        subscriber_id=models.F("pk"),
        edition_id=by_language(editions),
        language=models.F("language"),
        had_in=had_in(tidings),
    )
    if release.kind in CORRECTIONS:
        _replace(announcement, release, editions, within)
    return added


def _replace(announcement: Announcement, release: Release, editions: Collection[str], within: Q) -> None:
    """Cancel what this release makes needless to say: the texts that it corrects; and to those who are told of it, that
    an earlier one was withdrawn. Who is not told of it may still have that one."""
    same = Delivery.objects.filter(announcement__release__statement=release.statement, language__in=editions)
    # Not by their announcement: that of the text may be filled after its correction, and then owes the correction.
    older = same.filter(edition__release__lt=release.pk, subscriber__in=Subscriber.objects.filter(within))
    notice = Q(edition__release__kind=Release.Kind.WITHDRAWN)
    told = Q(Exists(Delivery.objects.filter(announcement=announcement, subscriber=OuterRef("subscriber"))))
    older.filter(~notice | told).settle(Delivery.Status.CANCELLED, f"Release {release.pk} replaced it.")


def to_tell(release: Release) -> dict[str, int]:
    """Return the release's editions by language; for one that was corrected meanwhile its correction, for one that was
    withdrawn none, though the text may have been published again: that is the later release's to tell."""
    withdrawn = release.editions.withdrawn().values("pk")
    own = dict(release.editions.exclude(pk__in=withdrawn).values_list("language", "pk"))
    current = Edition.objects.filter(statement=release.statement, language__in=own).current()
    for edition in current.exclude(release=release).filter(release__kind=Release.Kind.CORRECTED):
        own[edition.language] = edition.pk
    return own


def by_language(editions: dict[str, int]) -> Case:
    """Return the SQL that picks each reader's edition by the `language` the audience chose for them."""
    picks = [When(language=language, then=Value(pk)) for language, pk in editions.items()]
    return Case(*picks, output_field=models.BigIntegerField())


def insert(model: type[models.Model], rows: QuerySet[Any], **columns: Combinable) -> int:
    """Write a line of `model` for each of `rows`, by one INSERT … SELECT; return how many.

    The ORM knows no such statement. Read into Python and written back, the same lines take three times as long. The
    rows are those that have none yet, and nobody else writes lines for them: to leave it to PostgreSQL to find that out
    line by line, ON CONFLICT DO NOTHING, takes half as long again.
    """
    values = rows.order_by().annotate(**{f"new_{name}": value for name, value in columns.items()})
    query = values.values_list(*[f"new_{name}" for name in columns]).query
    sql, params = query.get_compiler(connection=connection).as_sql()
    quoted = ", ".join(connection.ops.quote_name(name) for name in columns)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({quoted}) {sql}", params)
        return int(cursor.rowcount)


def _complete(announcement: Announcement, release: Release) -> None:
    """Close the announcement when nothing can come any more: no line waits, no mail is in a worker's hands."""
    with transaction.atomic():
        # Under the lock of those who write lines: what they have written is seen here.
        opened = Announcement.objects.under_way().filter(pk=announcement.pk)
        if not opened.select_for_update():
            return
        opened.filter(filled_at=None).update(filled_at=Now())
        if release.kind in CORRECTIONS:
            opened = opened.filter(filled_at__lte=Now() - settings.DELIVERY_LEASE)
        waiting = Delivery.objects.waiting().filter(announcement=OuterRef("pk"))
        if opened.filter(~Exists(waiting)).update(completed_at=Now()):
            logger.info("completed", extra={"announcement": announcement.pk})


def pause(announcement: Announcement, reason: str) -> None:
    """Stop an announcement until staff resume it: its lines stay owed."""
    running = Announcement.objects.under_way().filter(pk=announcement.pk)
    if running.update(paused_at=Now(), pause_reason=without_addresses(reason)[:500]):
        logger.warning("paused", extra={"announcement": announcement.pk})


def resume(announcement: Announcement) -> None:
    """Let a paused announcement go on where it stopped, with all tries before it. Does nothing to one that runs."""
    with transaction.atomic():
        paused = Announcement.objects.filter(pk=announcement.pk, paused_at__isnull=False)
        if paused.update(paused_at=None, pause_reason=""):
            lines = Delivery.objects.waiting().filter(announcement=announcement)
            # What a worker still holds stays its own.
            lines.filter(Q(lease=None) | Q(due_at__lte=Now())).update(due_at=Now(), attempts=0, drops=0, lease=None)
            logger.info("resumed", extra={"announcement": announcement.pk})


def cancel(announcement: Announcement, reason: str) -> int:
    """Tell nobody else: close the announcement with all lines that still wait; return how many those were.

    Mails already in a worker's hands may still arrive, for a second or so. Does nothing to one that is completed.
    """
    with transaction.atomic():
        # Under the same lock as filling: no line is added to an announcement that was cancelled.
        Announcement.objects.select_for_update().get(pk=announcement.pk)
        opened = Announcement.objects.filter(pk=announcement.pk, completed_at=None)
        if not opened.update(cancelled_at=Now(), completed_at=Now(), paused_at=None, pause_reason=""):
            return 0
        waiting = Delivery.objects.filter(announcement=announcement)
        lines = waiting.settle(Delivery.Status.CANCELLED, reason)
    logger.info("cancelled", extra={"announcement": announcement.pk, "lines": lines})
    return lines


def still_wanted(release: Release | None) -> Q:
    """Return the condition that the reader of a line of this release, or of a digest (None), still wants it.

    A correction or a digest is wanted for as long as there is any subscription: what a digest says is decided when it
    is composed. A pause ends the telling of what became public before it began, save of corrections.
    """
    active = Subscription.objects.active().filter(subscriber=OuterRef("subscriber"))
    if release is None:
        return Q(Exists(active)) & unpaused(Now(), "subscriber__")
    if release.kind in CORRECTIONS:
        return Q(Exists(active))
    return Q(Exists(active.matching(release.topics.all()))) & unpaused(release.publish_at, "subscriber__")


def choose_editions_again(subscriber: Subscriber) -> None:
    """Owe a subscriber whose languages changed each text under way in the best of them, and none that has none of them.

    Corrections stay as they are: they go to whoever has the text, in its language. To be called in a transaction.
    """
    opened = Announcement.objects.filter(completed_at=None).exclude(release__kind__in=CORRECTIONS)
    # All before the first line: whoever fills or cancels one locks it first, and then its lines.
    locked = list(opened.select_related("release__statement").order_by("pk").select_for_update(of=("self",)))
    owed = Delivery.objects.waiting().filter(subscriber=subscriber)
    owed.filter(announcement=None).update(language=subscriber.language)
    for announcement in locked:
        _choose_edition_again(announcement.release, owed.filter(announcement=announcement))
        if announcement.filled_at:
            _fill_slice(announcement, announcement.release, Q(pk=subscriber.pk))


def _choose_edition_again(release: Release, lines: DeliveryQuerySet) -> None:
    """The same for the line of one announcement, if it waits."""
    tidings, editions = Tidings.of_release(release), to_tell(release)
    readers = audience(tidings, Frequency.IMMEDIATE).filter(language__in=editions, pk__in=lines.values("subscriber"))
    chosen = readers.annotate(had_in=had_in(tidings)).values_list("language", "had_in").first()
    if chosen is None:
        lines.settle(Delivery.Status.CANCELLED, "In none of the reader's languages.")
    else:
        lines.update(edition_id=editions[chosen[0]], language=chosen[0], had_in=chosen[1])


def cancel_unwanted(subscriber: Subscriber, reason: str) -> int:
    """Cancel what the subscriber is owed and no longer wants; return how many lines that were.

    Called in the transaction that ends a subscription or begins a pause, so that nothing leaves after the page said so.
    """
    owed = Delivery.objects.waiting().filter(subscriber=subscriber)
    lines = owed.select_related("announcement__release")
    releases = {line.announcement: line.announcement.release if line.announcement else None for line in lines}
    unwanted = [Q(announcement=announcement) & ~still_wanted(release) for announcement, release in releases.items()]
    return owed.filter(reduce(or_, unwanted)).settle(Delivery.Status.CANCELLED, reason) if unwanted else 0


def record_sent(pks: Set[int]) -> int:
    """Record that these mails were accepted, and return for how many lines that was news.

    Whatever happened to a line meanwhile, its mail is out, and saying so is the truth; save that the provider may have
    reported already that it came back.
    """
    if not pks:
        return 0
    known = [Delivery.Status.SENT, Delivery.Status.FAILED]
    lines = Delivery.objects.filter(pk__any=pks).exclude(status__in=known)
    return lines.update(status=Delivery.Status.SENT, settled_at=Now(), reason="")


def record_numbers(numbers: dict[int, str]) -> None:
    """Record the provider's numbers of mails, by which it may report later what became of them."""
    if numbers:
        # The ORM's bulk_update is one CASE, which compares each line with each number.
        with connection.cursor() as cursor:
            rows = [(number[:255], pk) for pk, number in numbers.items()]
            # Not of those who were erased while their mail was on its way: it would lead to them.
            cursor.executemany(
                "UPDATE subscriptions_delivery SET provider_id = %s WHERE id = %s AND subscriber_id IS NOT NULL", rows
            )
