"""Saying yes: a wish becomes a subscriber. And coming back: a sign-in link is used up."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from subscriptions.links import SignedWish, Wish
from subscriptions.models import Frequency, Subscriber, Subscription, Suppression

# Within so long a second press of the same button is the same press: the browser shows the answer to the last.
DOUBLE_CLICK = timedelta(seconds=10)


def confirm(signed: SignedWish) -> Subscriber | None:
    """Make the subscriber who said yes and return them, or None if this link has done its work before.

    A sign-up asks for all topics, at once, in the language of the page; the preferences refine it.
    """
    if Suppression.covers(signed.wish.email):
        return None
    known = Subscriber.objects.at(signed.wish.email)
    if known is None:
        try:
            return _new(signed.wish)
        except IntegrityError:  # Pressed twice, and the other press was first.
            return Subscriber.objects.at(signed.wish.email)
    if known.confirmed_at < signed.issued_at:
        # They became a subscriber while the link was on its way: take the yes, and change nothing else.
        Subscriber.objects.filter(pk=known.pk).update(confirmed_at=Now())
        return known
    return known if known.confirmed_at > timezone.now() - DOUBLE_CLICK else None


@transaction.atomic
def _new(wish: Wish) -> Subscriber:
    subscriber = Subscriber.objects.create(email=wish.email)
    subscriber.set_languages(list(wish.languages))
    Subscription.objects.create(subscriber=subscriber, topic=None, frequency=Frequency.IMMEDIATE)
    return subscriber


def sign_in(subscriber: Subscriber, sign_ins: int) -> bool:
    """Use up the sign-in link that was made after so many sign-ins, and tell whether this was its one time."""
    people = Subscriber.objects.filter(pk=subscriber.pk)
    unused = people.filter(sign_ins=sign_ins)
    pressed_twice = people.filter(sign_ins=sign_ins + 1, signed_in_at__gt=Now() - DOUBLE_CLICK)
    return bool(unused.update(sign_ins=F("sign_ins") + 1, signed_in_at=Now())) or pressed_twice.exists()


def sign_out_everywhere(subscriber: Subscriber) -> None:
    """Make all their sessions and pending links void."""
    Subscriber.objects.filter(pk=subscriber.pk).update(epoch=F("epoch") + 1)
