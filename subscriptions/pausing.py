"""A pause: what becomes public until its end is not sent to a subscriber, neither at once nor in a digest.

What a digest owed them before comes with the first one after it. Corrections and withdrawals of what they were sent
come at once, in a pause too.
"""

from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now

from subscriptions.delivery.ledger import cancel_unwanted
from subscriptions.delivery.periods import LOOK_BACK
from subscriptions.models import EarlierPause, Frequency, Subscriber


def pause(subscriber: Subscriber, until: datetime) -> None:
    """Send this subscriber nothing new from now until then, a send under way included.

    A pause they are in becomes longer or shorter. Raises ValueError if `until` has passed.
    """
    with transaction.atomic():
        people = Subscriber.objects.filter(pk=subscriber.pk)
        # Pressed twice at once: the second waits here, and then finds the pause of the first.
        before = people.select_for_update().get()
        now: datetime = people.values_list(Now(), flat=True).get()
        if until <= now:
            raise ValueError("A pause ends in the future.")
        if before.paused_until is None or before.paused_until <= now:
            _remember(before, now)
            people.update(paused_at=now, paused_until=until)
        else:
            people.update(paused_until=until)
        cancel_unwanted(subscriber, "Paused by the reader.")
    subscriber.refresh_from_db(fields=["paused_at", "paused_until"])


def resume(subscriber: Subscriber) -> None:
    """End the pause now. What became public in it is not sent. Does nothing if there is none."""
    with transaction.atomic():
        paused = Subscriber.objects.filter(pk=subscriber.pk, paused_until__gt=Now())
        if not paused.filter(paused_at__lt=Now()).update(paused_until=Now()):
            paused.update(paused_at=None, paused_until=None)  # Begun in this moment: on SQLite it is a long one.
    subscriber.refresh_from_db(fields=["paused_at", "paused_until"])


def _remember(subscriber: Subscriber, now: datetime) -> None:
    """Keep the pause before, for digests that may look back to it; after a long time without one, keep none."""
    if subscriber.paused_at and subscriber.paused_until and subscriber.paused_until > now - LOOK_BACK[Frequency.WEEKLY]:
        EarlierPause.objects.create(
            subscriber=subscriber, paused_at=subscriber.paused_at, paused_until=subscriber.paused_until
        )
    else:
        subscriber.earlier_pauses.all().delete()
