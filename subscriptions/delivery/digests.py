"""Digests: one mail a person and period, about what became public in it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.utils import timezone

from statements.languages import enabled_languages
from statements.models import Edition, Release
from subscriptions.audience import CORRECTIONS, Readers, Tidings, audience
from subscriptions.delivery.ledger import by_language, insert
from subscriptions.delivery.lines import Line
from subscriptions.models import Delivery, DigestItem, DigestRun, Frequency, LanguagePreference, Subscription

# How long after its moment a release may still come to light.
LATE = timedelta(days=1)
_PERIODS = {Frequency.DAILY: timedelta(days=1), Frequency.WEEKLY: timedelta(days=7)}


def run_due() -> int:
    """Begin each digest run whose hour has come, and return how many mails it owes.

    A run reaches back to where the one before it ended, so that a missed hour or day is made up, once.
    """
    return sum(_run(frequency) for frequency in _PERIODS)


def last_end(frequency: str, now: datetime) -> datetime:
    """Return the latest moment at or before `now` at which a period of this frequency ends, in the site's time."""
    local = timezone.localtime(now)
    # From wall-clock parts each time: a day added to a moment would shift the hour when the clocks change.
    days_back = (local.isoweekday() - settings.DIGEST_WEEKDAY) % 7 if frequency == Frequency.WEEKLY else 0
    end = _at_digest_hour(local, days_back)
    if end > now:
        end = _at_digest_hour(local, days_back + _PERIODS[Frequency(frequency)].days)
    return end


def _at_digest_hour(local: datetime, days_back: int) -> datetime:
    day = local.date() - timedelta(days=days_back)
    return timezone.make_aware(datetime(day.year, day.month, day.day, settings.DIGEST_HOUR))


def _run(frequency: Frequency) -> int:
    ends_at = last_end(frequency, timezone.now())
    if DigestRun.objects.filter(frequency=frequency, ends_at__gte=ends_at).exists():
        return 0
    with transaction.atomic():
        previous = DigestRun.objects.filter(frequency=frequency).order_by("-ends_at").first()
        starts_at = previous.ends_at if previous else ends_at - _PERIODS[frequency]
        run, created = DigestRun.objects.get_or_create(
            frequency=frequency, ends_at=ends_at, defaults={"starts_at": starts_at}
        )
        return _fill(run) if created else 0


def _fill(run: DigestRun) -> int:
    releases = list(_untold(run))
    run.releases.set(releases)
    for release in releases:
        # The edition that stands now, not the release's own: what was corrected meanwhile is told as corrected.
        standing = Edition.objects.filter(statement=release.statement).current().standing()
        editions = dict(standing.order_by().values_list("language", "pk"))
        readers = audience(Tidings.of_release(release), run.frequency).filter(language__in=editions)
        _owe_digest(run, readers)
        _add_items(run, readers, editions)
    return run.deliveries.count()


def _untold(run: DigestRun) -> QuerySet[Release]:
    """Return what became public in the run's period, and what an earlier run should have told and could not see.

    A release whose transaction took long may be committed after the run to whose period its moment belongs.
    """
    public = Release.objects.public().filter(announce=True, publish_at__lte=run.ends_at)
    recent = public.filter(publish_at__gt=run.starts_at - LATE).exclude(kind__in=CORRECTIONS)
    told = DigestRun.objects.filter(frequency=run.frequency, releases=OuterRef("pk"))
    before = Q(publish_at__lte=run.starts_at) & ~Exists(told) & Q(Exists(_earlier(run)))
    return recent.filter(Q(publish_at__gt=run.starts_at) | before).order_by("publish_at", "pk")


def _earlier(run: DigestRun) -> QuerySet[DigestRun]:
    return DigestRun.objects.filter(frequency=run.frequency, ends_at__lt=run.ends_at)


def _owe_digest(run: DigestRun, readers: Readers) -> None:
    """Write one line a person, in the language to speak to them in, however many releases they are told of."""
    chosen = LanguagePreference.objects.filter(subscriber=OuterRef("pk"), language__in=enabled_languages())
    first = chosen.order_by("rank").values("language")[:1]
    insert(
        Delivery,
        readers,
        digest_run_id=Value(run.pk, models.BigIntegerField()),
        subscriber_id=F("pk"),
        language=Subquery(first),
    )


def _add_items(run: DigestRun, readers: Readers, editions: dict[str, int]) -> None:
    delivery = Delivery.objects.filter(digest_run=run, subscriber=OuterRef("pk"))
    insert(
        DigestItem,
        readers,
        delivery_id=Subquery(delivery.values("pk")[:1]),
        edition_id=by_language(editions),
    )


def editions_of(line: Line) -> list[Edition]:
    """Return what a digest tells of: each statement once, newest first.

    Nothing that was withdrawn meanwhile, and nothing on a topic its reader has left meanwhile.
    """
    active = Subscription.objects.active().filter(subscriber=line.subscriber_id)
    wanted = active.matching(OuterRef("release__topics"))
    items = Edition.objects.filter(digestitem__delivery=line.pk).for_reading()
    items = items.filter(pk__in=items.filter(Exists(wanted)).values("pk"))
    newest = {edition.statement_id: edition for edition in items.order_by("release__publish_at", "pk")}
    standing = set(
        Edition.objects.filter(statement__in=newest).current().standing().values_list("statement_id", flat=True)
    )
    return [edition for edition in reversed(newest.values()) if edition.statement_id in standing]
