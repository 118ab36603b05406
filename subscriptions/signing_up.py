"""Saying yes: a wish becomes a subscriber."""

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from subscriptions.links import SignedWish, Wish
from subscriptions.models import Frequency, Subscriber, Subscription, Suppression


def confirm(signed: SignedWish) -> Subscriber | None:
    """Make the subscriber who said yes and return them, or None if this link has done its work before.

    A sign-up asks for all topics, at once, in the language of the page; the preferences refine it.
    """
    with transaction.atomic():
        if Suppression.covers(signed.wish.email):
            return None
        known = Subscriber.objects.at(signed.wish.email)
        if known and known.confirmed_at >= signed.issued_at:
            return None
        return _renewed(known) if known else _new(signed.wish)


def _new(wish: Wish) -> Subscriber:
    subscriber = Subscriber.objects.create(email=wish.email)
    subscriber.set_languages(list(wish.languages))
    Subscription.objects.create(subscriber=subscriber, topic=None, frequency=Frequency.IMMEDIATE)
    return subscriber


def _renewed(subscriber: Subscriber) -> Subscriber:
    """Take another yes from somebody who became a subscriber while the link was on its way: change nothing else."""
    Subscriber.objects.filter(pk=subscriber.pk).update(confirmed_at=Now())
    return subscriber


def sign_in(subscriber: Subscriber) -> bool:
    """Use up a sign-in link, and tell whether this was its one time."""
    unused = Subscriber.objects.filter(pk=subscriber.pk, sign_ins=subscriber.sign_ins)
    return bool(unused.update(sign_ins=F("sign_ins") + 1))
