"""A pause: until then a subscriber gets nothing new."""

from datetime import datetime

from django.db.models.functions import Now

from subscriptions.models import Subscriber


def pause(subscriber: Subscriber, until: datetime) -> None:
    """Send this subscriber nothing new until then."""
    Subscriber.objects.filter(pk=subscriber.pk).update(paused_at=Now(), paused_until=until)


def resume(subscriber: Subscriber) -> None:
    """End the pause now."""
    Subscriber.objects.filter(pk=subscriber.pk).update(paused_at=None, paused_until=None)
