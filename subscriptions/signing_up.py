"""Saying yes: a wish becomes a subscriber. And coming back: a sign-in link is used up."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from statements.models import Topic
from subscriptions.links import SignedWish, SignIn, Wish
from subscriptions.models import Frequency, Subscriber, Subscription, Suppression

# Within so long a second press of the same button is the same press: the browser shows the answer to the last.
DOUBLE_CLICK = timedelta(seconds=10)


def wanted(wish: Wish) -> list[Subscription]:
    """Return the subscriptions, not made yet, that a wish asks for. Topics that are gone meanwhile are left out."""
    if not wish.topics:
        return [Subscription(topic=None, frequency=Frequency.IMMEDIATE)]
    chosen = dict(wish.topics)
    topics: list[Topic | None] = sorted(Topic.objects.filter(slug__in=chosen), key=str)
    if "" in chosen:
        topics.insert(0, None)
    return [Subscription(topic=topic, frequency=chosen[topic.slug if topic else ""]) for topic in topics]


def confirm(signed: SignedWish) -> Subscriber | None:
    """Make the subscriber who said yes, with what they wished for, and return them; None if the link is used up."""
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
    return None if _is_used(signed, known) else known


def is_used(signed: SignedWish) -> bool:
    """Tell whether a confirm link has done its work: who it is for became a subscriber after it was made."""
    known = Subscriber.objects.at(signed.wish.email)
    return known is not None and _is_used(signed, known)


def _is_used(signed: SignedWish, known: Subscriber) -> bool:
    return signed.issued_at <= known.confirmed_at <= timezone.now() - DOUBLE_CLICK


@transaction.atomic
def _new(wish: Wish) -> Subscriber:
    subscriber = Subscriber.objects.create(email=wish.email, while_missing=wish.while_missing)
    subscriber.set_languages(list(wish.languages))
    for subscription in wanted(wish):
        subscription.subscriber = subscriber
        subscription.save()
    return subscriber


def sign_in(link: SignIn) -> bool:
    """Use up a sign-in link, and tell whether this was its one time."""
    if link.subscriber is None or link.expired:
        return False
    people = Subscriber.objects.filter(pk=link.subscriber.pk)
    unused = people.filter(sign_ins=link.sign_ins)
    pressed_twice = people.filter(sign_ins=link.sign_ins + 1, signed_in_at__gt=Now() - DOUBLE_CLICK)
    return bool(unused.update(sign_ins=F("sign_ins") + 1, signed_in_at=Now())) or pressed_twice.exists()


def sign_out_everywhere(subscriber: Subscriber) -> None:
    """Make all their sessions and pending links void."""
    Subscriber.objects.filter(pk=subscriber.pk).update(epoch=F("epoch") + 1)
