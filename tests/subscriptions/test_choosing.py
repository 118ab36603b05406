"""A choice is made in one moment."""

import pytest

from subscriptions.choosing import choose
from subscriptions.delivery import ledger
from subscriptions.models import Delivery, Frequency, Subscription
from tests.making import make_release, make_statement, make_subscriber, make_topic

pytestmark = pytest.mark.django_db


def test_nothing_can_become_public_between_what_ends_and_what_begins() -> None:
    water, fish = make_topic("water"), make_topic("fish")
    layla = make_subscriber("layla@example.org", topics=[None, water])
    choose(layla, {None: "", water: Frequency.DAILY, fish: Frequency.WEEKLY})
    ended = Subscription.objects.exclude(ended_at=None)
    begun = Subscription.objects.active()
    assert {subscription.ended_because for subscription in ended} == {Subscription.Ended.PREFERENCES}
    assert {(subscription.topic, subscription.frequency) for subscription in begun} == {
        (water, Frequency.DAILY),
        (fish, Frequency.WEEKLY),
    }
    moments = {subscription.ended_at for subscription in ended} | {subscription.started_at for subscription in begun}
    assert len(moments) == 1
    (moment,) = moments
    assert Subscription.objects.at(moment).count() == 2


def test_what_stays_as_it_is_does_not_begin_anew() -> None:
    layla = make_subscriber("layla@example.org", frequency=Frequency.DAILY)
    before = Subscription.objects.get()
    choose(layla, {None: Frequency.DAILY, make_topic("water"): ""})
    assert Subscription.objects.get() == before


def test_topics_that_are_not_named_stay() -> None:
    water, fish = make_topic("water"), make_topic("fish")
    layla = make_subscriber("layla@example.org", topics=[water, fish])
    choose(layla, {water: ""})
    assert Subscription.objects.active().get().topic == fish


def test_what_is_owed_for_a_topic_that_is_left_is_cancelled() -> None:
    layla = make_subscriber("layla@example.org")
    make_release(make_statement())
    ledger.announce_due()
    choose(layla, {None: ""})
    assert Delivery.objects.get().status == Delivery.Status.CANCELLED
