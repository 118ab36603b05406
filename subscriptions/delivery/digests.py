"""Digests: one mail a person and period, about what became public in it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from statements.languages import enabled_languages
from statements.models import Edition, Release
from subscriptions.audience import CORRECTIONS, Readers, Tidings, audience, unpaused
from subscriptions.delivery.ledger import insert
from subscriptions.delivery.lines import Line
from subscriptions.delivery.periods import LOOK_BACK, MOVING, PERIODS, DigestTime, last_end
from subscriptions.models import (
    Delivery,
    DigestClock,
    DigestItem,
    DigestRun,
    EarlierPause,
    Frequency,
    LanguagePreference,
    Subscriber,
    Subscription,
)

# In any time zone an hour begins with a quarter of an hour of every other.
QUARTER = 15 * 60  # seconds
# For so many people at a time it is asked whom a release concerns. SQLite takes no more numbers in a query.
PART = 30_000


def run_due() -> int:
    """Begin the digest runs that became due since this was last done, and return how many mails they owe.

    Each is a transaction of its own: killed at any moment, and called again, it goes on with those that are missing.
    """
    now = timezone.now()
    clock, _ = DigestClock.objects.get_or_create(pk=1)
    # What it says of the future was a wrong clock's word.
    looked_at = clock.looked_at if clock.looked_at and clock.looked_at <= now else None
    if looked_at and looked_at.timestamp() // QUARTER == now.timestamp() // QUARTER:
        return 0
    owed = 0
    for frequency in PERIODS:
        for ends_at, times in sorted(_due(frequency, now, looked_at).items()):
            mails = _run(frequency, ends_at, times, looked_at)
            if mails is None:
                return owed
            owed += mails
    DigestClock.objects.filter(looked_at=clock.looked_at).update(looked_at=now)
    return owed


def _due(frequency: Frequency, now: datetime, looked_at: datetime | None) -> dict[datetime, list[DigestTime]]:
    """Return when periods ended since `looked_at`, each moment with the digest times for which it did.

    For a digest time of which several were missed it is the last: that digest makes up for all of them.
    """
    columns = ["time_zone", "digest_hour", *(["digest_weekday"] if frequency == Frequency.WEEKLY else [])]
    due = defaultdict(list)
    for row in _takers(frequency).values_list(*columns).distinct():
        time = DigestTime(*row)
        ends_at = last_end(frequency, now, time)
        if looked_at is None or ends_at > looked_at:
            due[ends_at].append(time)
    return due


def _takers(frequency: str) -> Readers:
    """Those who have subscribed to such a digest, even if they have not now: it owes them what became public then."""
    ever = Subscription.objects.filter(subscriber=OuterRef("pk"), frequency=frequency)
    return Subscriber.objects.filter(Exists(ever))


def _run(frequency: Frequency, ends_at: datetime, times: list[DigestTime], looked_at: datetime | None) -> int | None:
    """Fill one run and return how many mails it owes; None if somebody else is filling one."""
    starts_at = min(looked_at, ends_at) - LOOK_BACK[frequency] if looked_at else ends_at - PERIODS[frequency]
    with transaction.atomic():
        if not DigestClock.objects.select_for_update(skip_locked=True).filter(pk=1):
            return None
        run, created = DigestRun.objects.get_or_create(
            frequency=frequency, ends_at=ends_at, defaults={"starts_at": starts_at}
        )
        if not created:
            return 0
        mails = _fill(run, _whose(frequency, times))
        if not mails:
            run.delete()  # There may be dozens a day, and nobody has seen it.
        return mails


def _whose(frequency: Frequency, times: Iterable[DigestTime]) -> Q:
    """Return the condition that a subscriber's digests come at one of these times."""
    zones = defaultdict(list)
    for time in times:
        zones[time.hour, time.weekday].append(time.time_zone)
    condition = Q()
    for (hour, weekday), names in zones.items():
        day = Q(digest_weekday=weekday) if frequency == Frequency.WEEKLY else Q()
        condition |= Q(day, digest_hour=hour, time_zone__in=names)
    return condition


def _fill(run: DigestRun, whose: Q) -> int:
    people = _takers(run.frequency).filter(whose).filter(unpaused(Now()))
    public = Release.objects.public().filter(announce=True, publish_at__lte=run.ends_at).exclude(kind__in=CORRECTIONS)
    public = public.select_related("statement").order_by("publish_at", "pk")
    recent = list(public.filter(publish_at__gt=run.starts_at))
    for some in _parts(people) if recent else ():
        for release in recent:
            _tell(run, release, some)
    # What was still owed to somebody when they paused, it may be months ago, or who puts theirs off again and again.
    back = people.filter(Q(paused_until__gt=run.starts_at) | Q(digest_moved_at__gt=run.starts_at - MOVING))
    earlier = public.filter(publish_at__lte=run.starts_at)
    for release in earlier.filter(Exists(_owed_from_before(back, run, OuterRef("publish_at")))):
        for some in _parts(_owed_from_before(back, run, release.publish_at)):
            _tell(run, release, some)
    return run.deliveries.count()


def _parts(people: Readers) -> list[set[int]]:
    """Return their numbers, so many at a time. By a condition on their hour the database could not tell how few they
    are: it read the tables of all subscribers, for each release anew."""
    numbers = list(people.order_by("pk").values_list("pk", flat=True))
    return [set(numbers[start : start + PART]) for start in range(0, len(numbers), PART)]


def _owed_from_before(back: Readers, run: DigestRun, moment: datetime | OuterRef) -> Readers:
    """Those of `back` to whom a digest might have told what became public at this moment, had they not paused, or put
    theirs off.

    Between two pauses they may have had no digest. So it is the first that counts.
    """
    earlier = EarlierPause.objects.filter(subscriber=OuterRef("pk")).order_by("paused_at")
    back = back.annotate(first_paused_at=Coalesce(Subquery(earlier.values("paused_at")[:1]), "paused_at"))
    reach = moment + LOOK_BACK[Frequency(run.frequency)]
    paused = Q(paused_until__gt=run.starts_at, paused_at__gte=moment, first_paused_at__lt=reach)
    moved = Q(digest_moved_at__gt=run.starts_at - MOVING, digest_moved_at__lt=reach)
    return back.filter(paused | moved)


def _tell(run: DigestRun, release: Release, people: set[int]) -> None:
    # The edition that stands now, not the release's own: what was corrected meanwhile is told as corrected.
    standing = Edition.objects.filter(statement=release.statement).current().standing().order_by()
    readers = audience(Tidings.of_release(release), run.frequency).filter(pk__any=people)
    # Found once, written in two places: to find them takes longer than to carry their numbers here and back.
    found = defaultdict(set)
    for number, language in readers.values_list("pk", "language"):
        found[language].add(number)
    # What was withdrawn and published again is the later release's to tell.
    standing = standing.exclude(language__in=release.editions.withdrawn().values("language"))
    for language, edition in standing.filter(language__in=found).values_list("language", "pk"):
        _owe_digest(run, found[language])
        _add_item(run, found[language], edition)


def _owe_digest(run: DigestRun, readers: set[int]) -> None:
    """Write one line a person, in the language to speak to them in, however many releases they are told of."""
    chosen = LanguagePreference.objects.filter(subscriber=OuterRef("pk"), language__in=enabled_languages())
    first = chosen.order_by("rank").values("language")[:1]
    owed = run.deliveries.filter(subscriber=OuterRef("pk"))
    insert(
        Delivery,
        Subscriber.objects.filter(~Exists(owed), pk__any=readers),
        digest_run_id=Value(run.pk, models.BigIntegerField()),
        subscriber_id=F("pk"),
        language=Subquery(first),
    )


def _add_item(run: DigestRun, readers: set[int], edition: int) -> None:
    told = DigestItem.objects.filter(delivery=OuterRef("pk"), edition=edition)
    insert(
        DigestItem,
        run.deliveries.filter(~Exists(told), subscriber__pk__any=readers),
        delivery_id=F("pk"),
        edition_id=Value(edition, models.BigIntegerField()),
    )


def editions_of(line: Line) -> list[Edition]:
    """Return what a digest tells of, newest first, and see to it that its items say the same.

    Each statement once, as it stands now, in the best of the reader's languages. Nothing that was withdrawn, that came
    to them by itself meanwhile, or that is on a topic or in a language they have left.
    """
    rows = list(_items(line).order_by("-rank").values_list("edition", "edition__statement", "stands", "wanted"))
    best = {statement: stands for _, statement, stands, wanted in rows if wanted and stands}
    if {edition for edition, *_ in rows} != set(best.values()):
        _keep(line, set(best.values()))
    chosen = Edition.objects.filter(pk__in=best.values()).for_reading()
    return list(chosen.order_by("-release__publish_at", "-pk"))


def _items(line: Line) -> QuerySet[Any]:
    """Return the items of a line, each with the reader's `rank` of its language, the edition that `stands` in its place
    now, and whether it is `wanted`."""
    preferences = LanguagePreference.objects.filter(subscriber=line.subscriber_id)
    same = Edition.objects.filter(statement=OuterRef("edition__statement"), language=OuterRef("edition__language"))
    topics = Release.topics.through.objects.filter(release__statement=OuterRef(OuterRef("edition__statement")))
    subscribed = Subscription.objects.active().filter(subscriber=line.subscriber_id)
    told = Delivery.objects.told().filter(
        subscriber=line.subscriber_id,
        announcement__release__statement=OuterRef("edition__statement"),
        edition__release__gte=OuterRef("edition__release"),
        subscriber__preferences__language=F("language"),
        subscriber__preferences__rank__lte=OuterRef("rank"),
    )
    items: QuerySet[Any] = DigestItem.objects.filter(delivery=line.pk).annotate(
        rank=Subquery(preferences.filter(language=OuterRef("edition__language")).values("rank")[:1]),
        stands=Subquery(same.current().standing().values("pk")[:1]),
    )
    wanted = Q(Exists(subscribed.filter(Q(topic=None) | Q(topic__in=topics.values("topic")))), rank__isnull=False)
    judged: QuerySet[Any] = items.annotate(wanted=wanted & ~Q(Exists(told)))
    return judged


def _keep(line: Line, editions: set[int]) -> None:
    items = DigestItem.objects.filter(delivery=line.pk)
    with transaction.atomic():
        items.exclude(edition__in=editions).delete()
        DigestItem.objects.bulk_create(
            [DigestItem(delivery_id=line.pk, edition_id=edition) for edition in editions], ignore_conflicts=True
        )
