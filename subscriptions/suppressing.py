"""Ending what a person asked for: subscriptions, and with them the mails still owed."""

from django.db import transaction

from subscriptions.addresses import address_hash
from subscriptions.delivery.ledger import cancel_unwanted
from subscriptions.models import Subscriber, Subscription, Suppression


def end_subscriptions(subscriber: Subscriber, because: str, *, only: Subscription | None = None) -> int:
    """End all of a subscriber's subscriptions, or only one, and cancel what is owed for them; return how many ended."""
    with transaction.atomic():
        subscriptions = subscriber.subscriptions.all()
        ended = (subscriptions.filter(pk=only.pk) if only else subscriptions).end(because)
        cancel_unwanted(subscriber, str(Subscription.Ended(because).label))
    return ended


def suppress_address(address: str, because: str) -> None:
    """Never mail this address again: note its hash, end its subscriptions. `because` is a Subscription.Ended."""
    with transaction.atomic():
        Suppression.objects.get_or_create(address_hash=address_hash(address), defaults={"reason": because})
        if subscriber := Subscriber.objects.at(address):
            end_subscriptions(subscriber, because)
