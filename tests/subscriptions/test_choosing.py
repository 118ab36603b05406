"""A choice is made in one moment."""

import pytest
from django.utils import timezone

from statements.models import Release, Statement
from subscriptions.choosing import choose, choose_languages
from subscriptions.delivery import leases, ledger
from subscriptions.models import Announcement, Delivery, DigestRun, Frequency, Subscriber, Subscription
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


def announce(*languages: str) -> None:
    make_release(make_statement(*languages), *languages)
    ledger.announce_due()


def line() -> tuple[str, str | None]:
    """The status of the only mail, and the language of its text."""
    delivery = Delivery.objects.get()
    assert delivery.edition is None or delivery.edition.language == delivery.language
    return delivery.status, delivery.language


def test_who_changes_their_languages_is_owed_the_text_in_the_best_of_them() -> None:
    layla = make_subscriber("layla@example.org", "en", "ar")
    announce("en", "ar")
    assert line() == (Delivery.Status.WAITING, "en")
    choose_languages(layla, ["ar"], layla.while_missing)
    assert line() == (Delivery.Status.WAITING, "ar")
    choose_languages(layla, ["fr"], layla.while_missing)
    assert line() == (Delivery.Status.CANCELLED, "ar")


def test_who_will_wait_for_their_first_language_is_not_sent_another() -> None:
    layla = make_subscriber("layla@example.org", "fr", "ar")
    announce("ar")
    choose_languages(layla, ["fr", "ar"], Subscriber.WhileMissing.WAIT)
    assert line() == (Delivery.Status.CANCELLED, "ar")


def test_a_translation_under_way_comes_to_who_gives_up_the_language_of_the_text() -> None:
    layla = make_subscriber("layla@example.org", "en", "ar")
    statement = make_statement("en", "ar")
    english = make_release(statement, "en")
    arabic = make_release(statement, "ar")
    ledger.announce_due()
    Announcement.objects.update(completed_at=None)
    choose_languages(layla, ["ar"], layla.while_missing)
    lines = Delivery.objects.values_list("announcement__release", "status", "language")
    assert set(lines) == {
        (english.pk, Delivery.Status.CANCELLED, "en"),
        (arabic.pk, Delivery.Status.WAITING, "ar"),
    }


def test_a_worker_lets_go_of_a_mail_in_a_language_that_was_given_up() -> None:
    layla = make_subscriber("layla@example.org", "en", "ar")
    announce("en", "ar")
    lease = leases.Lease()
    (taken,) = lease.claim(leases.sources()[0], 10)
    choose_languages(layla, ["ar"], layla.while_missing)
    assert lease.lost([taken.pk]) == {taken.pk}
    assert not leases.Lease().claim(leases.sources()[0], 10)  # It may be on its way: nobody else may send it yet.


def test_a_correction_comes_in_the_language_of_what_it_corrects() -> None:
    layla = make_subscriber("layla@example.org", "en", "ar")
    announce("en", "ar")
    Delivery.objects.settle(Delivery.Status.SENT)
    make_release(Statement.objects.get(), "en", "ar", kind=Release.Kind.CORRECTED, notes={"en": "Wrong.", "ar": "خطأ."})
    ledger.announce_due()
    choose_languages(layla, ["ar"], layla.while_missing)
    correction = Delivery.objects.get(announcement__release__kind=Release.Kind.CORRECTED)
    assert (correction.status, correction.language) == (Delivery.Status.WAITING, "en")


def test_a_digest_that_waits_speaks_the_new_first_language() -> None:
    layla = make_subscriber("layla@example.org", "en", "ar", frequency=Frequency.DAILY)
    run = DigestRun.objects.create(frequency=Frequency.DAILY, starts_at=timezone.now(), ends_at=timezone.now())
    Delivery.objects.create(digest_run=run, subscriber=layla, language="en")
    choose_languages(layla, ["ar", "en"], layla.while_missing)
    assert line() == (Delivery.Status.WAITING, "ar")


def test_the_choice_that_was_made_last_counts_on_whichever_device() -> None:
    layla = make_subscriber("layla@example.org", "en", "ar")
    elsewhere = Subscriber.objects.get()
    choose_languages(layla, ["en", "ar"], Subscriber.WhileMissing.WAIT)
    choose_languages(elsewhere, ["en", "ar"], Subscriber.WhileMissing.NEXT)
    assert Subscriber.objects.get().while_missing == Subscriber.WhileMissing.NEXT


def test_who_changes_no_language_has_nothing_called_back() -> None:
    layla = make_subscriber("layla@example.org", "en", "ar")
    announce("en", "ar")
    lease = leases.Lease()
    (taken,) = lease.claim(leases.sources()[0], 10)
    choose_languages(layla, ["en", "ar"], layla.while_missing)
    assert lease.lost([taken.pk]) == set()
