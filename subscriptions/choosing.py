"""What a subscriber asks for, and how often. It changes in one moment, for mails under way too."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Now

from statements.models import Topic
from subscriptions.delivery import leases
from subscriptions.delivery.ledger import cancel_unwanted, choose_editions_again
from subscriptions.delivery.periods import MOVING, DigestTime
from subscriptions.models import Subscriber, Subscription


def choose(subscriber: Subscriber, frequencies: Mapping[Topic | None, str]) -> None:
    """Subscribe them to these topics (None: to all), each this often, or to those with "" no more.

    Other subscriptions stay as they are. What is still owed for one that ends is cancelled.
    """
    with transaction.atomic():
        people = Subscriber.objects.filter(pk=subscriber.pk)
        people.select_for_update().get()
        # The same for all that ends and all that begins: nothing becomes public between the two.
        moment: datetime = people.values_list(Now(), flat=True).get()
        for topic, frequency in frequencies.items():
            subscriptions = Subscription.objects.filter(subscriber=subscriber, topic=topic)
            if not subscriptions.active().filter(frequency=frequency).exists():
                # Ended and begun anew, not changed: a digest asks what they had when a statement became public.
                subscriptions.end(Subscription.Ended.PREFERENCES, moment)
                if frequency:
                    subscriptions.create(subscriber=subscriber, topic=topic, frequency=frequency, started_at=moment)
        cancel_unwanted(subscriber, str(Subscription.Ended.PREFERENCES.label))


def choose_languages(subscriber: Subscriber, languages: list[str], while_missing: str) -> None:
    """Make these their languages, in this order, for mails under way too."""
    with transaction.atomic():
        # What they have is read under the lock: another device may just have changed it.
        locked = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
        if (languages, while_missing) == (locked.languages, locked.while_missing):
            return
        subscriber.while_missing = while_missing
        subscriber.save(update_fields=["while_missing"])
        subscriber.set_languages(languages)
        choose_editions_again(subscriber)
        leases.recall(subscriber)


def move_digests(subscriber: Subscriber, time: DigestTime) -> None:
    """Have their digests come at this time from the next one on. What is owed for a digest till then comes with it."""
    since = Case(When(digest_moved_at__gt=Now() - Value(MOVING), then=F("digest_moved_at")), default=Now())
    Subscriber.objects.filter(pk=subscriber.pk).update(
        time_zone=time.time_zone, digest_hour=time.hour, digest_weekday=time.weekday, digest_moved_at=since
    )
    subscriber.refresh_from_db()
