"""Mails for somebody who left and takes it back: what they would have got meanwhile."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from statements.models import Release
from subscriptions.delivery.ledger import by_language, fill, to_tell
from subscriptions.models import Announcement, Delivery, DeliveryQuerySet, Subscriber

# A line that was settled, as if it had just been written.
_ANEW: dict[str, Any] = {"settled_at": None, "reason": "", "lease": None, "attempts": 0, "drops": 0, "due_at": Now()}


@transaction.atomic
def make_up(subscriber: Subscriber, since: datetime) -> int:
    """Owe a subscriber whose subscriptions are theirs again what was cancelled or announced since; return how many.

    A digest that was begun meanwhile without them is not made up. Whether they do want a line, is asked when it is
    taken.
    """
    since -= timedelta(milliseconds=1)  # SQLite writes its own moments no finer.
    own = Delivery.objects.filter(subscriber=subscriber)
    cancelled = own.filter(status=Delivery.Status.CANCELLED, settled_at__gte=since)
    announced = Q(release__in=Release.objects.public().filter(publish_at__gte=since))
    concerned = Q(pk__in=cancelled.exclude(announcement=None).values("announcement")) | announced
    digests = cancelled.filter(announcement=None).update(status=Delivery.Status.WAITING, **_ANEW)
    announcements = Announcement.objects.filter(concerned).select_related("release__statement").order_by("release")
    return digests + sum(_make_up(announcement, subscriber, cancelled) for announcement in announcements)


def _make_up(announcement: Announcement, subscriber: Subscriber, cancelled: DeliveryQuerySet) -> int:
    """Owe them the mail of one announcement, which goes on for them if it was completed."""
    # Under the lock of those who write lines and close announcements.
    opened = Announcement.objects.filter(pk=announcement.pk, cancelled_at=None)
    if not opened.select_for_update():
        return 0
    owed = _owe_again(announcement.release, cancelled.filter(announcement=announcement), subscriber)
    owed += fill(announcement, announcement.release, Q(pk=subscriber.pk))
    if owed:
        opened.update(completed_at=None)
    return owed


def _owe_again(release: Release, cancelled: DeliveryQuerySet, subscriber: Subscriber) -> int:
    """Owe what was cancelled, with the text that stands now; but not where they are told of a later release anyway."""
    later = Delivery.objects.told().filter(subscriber=subscriber, announcement__release__statement=release.statement)
    editions = to_tell(release)
    if not editions or later.filter(announcement__release__gt=release.pk).exists():
        return 0
    lines = cancelled.filter(language__in=editions)
    return lines.update(status=Delivery.Status.WAITING, edition_id=by_language(editions), **_ANEW)
