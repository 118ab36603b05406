"""Leaving by the link in a mail: everything, some topics, or only getting less; and taking that back for a day."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from statements.models import Release, Topic
from subscriptions import emails, links
from subscriptions.delivery.ledger import cancel_unwanted
from subscriptions.delivery.making_up import make_up
from subscriptions.models import Frequency, Subscriber, Subscription, SubscriptionQuerySet, Suppression
from subscriptions.pausing import pause
from subscriptions.signing_up import DOUBLE_CLICK

BREAK = timedelta(weeks=4)


class Act(StrEnum):
    """What somebody did who came to leave."""

    EVERYTHING = "everything"
    SOME = "some"
    LESS = "less"
    BREAK = "break"


@dataclass(frozen=True)
class Left:
    """What a subscriber did, and when. It travels in the link that takes it back, which nobody but they get.

    The moment names the subscriptions it ended, and those it began in their place: all bear it.
    """

    subscriber: int
    epoch: int
    act: str
    at: str

    def seal(self) -> str:
        return links.seal("left", asdict(self))

    @classmethod
    def open(cls, token: str) -> "Left":
        """Return what was sealed, however old. Raises LinkError."""
        data, _ = links.unseal("left", token)
        return cls(**data)

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)

    @property
    def until(self) -> datetime:
        """Until when it can be taken back."""
        return self.moment + settings.LEAVING_UNDO_LIFETIME

    def ended(self) -> SubscriptionQuerySet:
        """Return the subscriptions that it ended, as far as they have not been taken back."""
        return _with_topics(Subscription.objects.filter(subscriber=self.subscriber, ended_at=self.moment))

    def begun(self) -> SubscriptionQuerySet:
        """Return the subscriptions that it began, as far as they go on."""
        began = Subscription.objects.active().filter(subscriber=self.subscriber, started_at=self.moment)
        return _with_topics(began)

    def holder(self) -> Subscriber | None:
        """Return who left, while they may take it back: nobody whose address must not be mailed by now."""
        subscriber = Subscriber.objects.filter(pk=self.subscriber, epoch=self.epoch).first()
        if subscriber is None or timezone.now() > self.until or Suppression.covers(subscriber.email):
            return None
        return subscriber


def _with_topics(subscriptions: SubscriptionQuerySet) -> SubscriptionQuerySet:
    return subscriptions.select_related("topic").order_by("pk")


# Leaving --------------------------------------------------------------------------------------------------------------


def leave_everything(subscriber: Subscriber) -> Left | None:
    """End all subscriptions. None, here and below, if there was nothing to do, now or a moment ago."""
    return _switch(subscriber, Act.EVERYTHING, Subscription.Ended.UNSUBSCRIBED, Q())


def leave_one(subscriber: Subscriber, subscription: Subscription) -> Left | None:
    """End one subscription."""
    return _switch(subscriber, Act.SOME, Subscription.Ended.UNSUBSCRIBED, Q(pk=subscription.pk))


def leave_topics(subscriber: Subscriber, topics: Collection[Topic]) -> Left | None:
    """End what brings mails on these topics; who had all topics has all the others instead, each for itself."""
    active = list(subscriber.subscriptions.active())
    everything = next((one for one in active if one.topic_id is None), None)
    kept = [one.topic_id for one in active] + [topic.pk for topic in topics]
    others = Topic.objects.exclude(pk__in=filter(None, kept)) if everything else Topic.objects.none()
    begun = [Subscription(topic=topic, frequency=everything.frequency) for topic in others] if everything else []
    ended = Q(topic=None) | Q(topic__in=topics)
    return _switch(subscriber, Act.SOME, Subscription.Ended.UNSUBSCRIBED, ended, begun)


def take_less(subscriber: Subscriber, frequency: str) -> Left | None:
    """Have all that came more often come this often."""
    more = Frequency.values[: Frequency.values.index(frequency)]
    too_often = subscriber.subscriptions.active().filter(frequency__in=more)
    begun = [Subscription(topic_id=one.topic_id, frequency=frequency) for one in too_often]
    return _switch(subscriber, Act.LESS, Subscription.Ended.PREFERENCES, Q(frequency__in=more), begun)


@transaction.atomic
def _switch(
    subscriber: Subscriber, act: Act, because: str, ended: Q, begun: Iterable[Subscription] = ()
) -> Left | None:
    # One moment for all of it, by the database's clock.
    locked = Subscriber.objects.select_for_update().filter(pk=subscriber.pk)
    now = locked.annotate(now=Now()).values_list("now", flat=True).get()
    if not subscriber.subscriptions.active().filter(ended).update(ended_at=now, ended_because=because):
        return _pressed_twice(subscriber, act, because)
    for subscription in begun:
        subscription.subscriber, subscription.started_at = subscriber, now
    Subscription.objects.bulk_create(begun)
    cancel_unwanted(subscriber, str(Subscription.Ended(because).label))
    return _left(subscriber, act, now)


def _pressed_twice(subscriber: Subscriber, act: Act, because: str) -> Left | None:
    """Return what the same button did a moment ago: the browser shows the answer to the second press."""
    just_now = subscriber.subscriptions.filter(ended_because=because, ended_at__gt=Now() - DOUBLE_CLICK)
    last = just_now.order_by("ended_at").last()
    return _left(subscriber, act, last.ended_at) if last and last.ended_at else None


def may_take_a_break(subscriber: Subscriber) -> bool:
    """Tell whether they are not in a pause already; one that began a moment ago is the same button's."""
    just_now = timezone.now() - DOUBLE_CLICK
    return not subscriber.is_paused or (subscriber.paused_at is not None and subscriber.paused_at > just_now)


def take_a_break(subscriber: Subscriber) -> Left:
    """Pause for four weeks, to the beginning of a day where they live."""
    day = timezone.localdate(timezone=subscriber.zone) + BREAK
    pause(subscriber, datetime.combine(day, time(), subscriber.zone))
    subscriber.refresh_from_db()
    return _left(subscriber, Act.BREAK, subscriber.paused_at or timezone.now())


def _left(subscriber: Subscriber, act: Act, at: datetime) -> Left:
    return Left(subscriber.pk, subscriber.epoch, act, at.isoformat())


def topics_of(statement: int) -> list[Topic]:
    """Return the topics of a statement as the public has it."""
    release = Release.objects.public().filter(statement=statement).order_by("publish_at", "pk").last()
    return list(release.topics.all()) if release else []


# Taking it back ------------------------------------------------------------------------------------------------------


@transaction.atomic
def undo(left: Left) -> bool:
    """Make it all as it was, with what was published meanwhile; False if that is not possible any more.

    What somebody else ended, because the address does not exist, or of a complaint, stays ended; and so does what the
    subscriber ended later. Twice is as good as once.
    """
    Subscriber.objects.select_for_update().filter(pk=left.subscriber).first()
    subscriber = left.holder()
    if subscriber is None:
        return False
    if left.act == Act.BREAK:
        if subscriber.paused_at == left.moment:
            # Not resumed, which would leave out what was published meanwhile: it has never been.
            Subscriber.objects.filter(pk=subscriber.pk).update(paused_at=None, paused_until=None)
            make_up(subscriber, left.moment)
        return True
    left.begun().end(Subscription.Ended.PREFERENCES)
    begun_again = set(subscriber.subscriptions.active().values_list("topic", flat=True))
    ended = [one.pk for one in left.ended() if one.topic_id not in begun_again]
    if Subscription.objects.filter(pk__in=ended).update(ended_at=None, ended_because=""):
        make_up(subscriber, left.moment)
    return True


def is_undone(left: Left, subscriber: Subscriber) -> bool:
    """Tell whether nothing is left to take back: it was, or the subscriber has chosen anew since."""
    if left.act == Act.BREAK:
        return subscriber.paused_at != left.moment or not subscriber.is_paused
    if left.act == Act.LESS:
        return not left.begun().exists()
    active = set(subscriber.subscriptions.active().values_list("topic", flat=True))
    return all(one.topic_id in active for one in left.ended())


def goodbye(token: str, language: str) -> emails.Mail | None:
    """Return the letter that says goodbye to who left everything, with the way back; None if they took it already."""
    left = Left.open(token)
    subscriber = left.holder()
    if subscriber is None or is_undone(left, subscriber):
        return None
    hours = int(settings.LEAVING_UNDO_LIFETIME.total_seconds() // 3600)
    return emails.goodbye(subscriber.email, language, links.absolute("left", token, language), hours)
