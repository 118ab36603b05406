"""One mail a person and period, about what became public in it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from statements.models import Release, Statement
from subscriptions.delivery import digests, drain, ledger, worker
from subscriptions.delivery.digests import run_due
from subscriptions.models import Delivery, DigestItem, DigestRun, Frequency, Subscriber, Subscription
from subscriptions.suppressing import end_subscriptions
from tests.making import make_release, make_statement, make_subscriber, make_topic, write
from tests.post import deliver
from tests.smtp import MailServer

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is noon, and everybody signed up a month ago, unless a test says otherwise."""
    monkeypatch.setattr(digests.timezone, "now", lambda: NOW)


def published(hours_ago: float, *languages: str, **fields: object) -> Release:
    slug = f"s{Release.objects.count()}"
    languages = languages or ("en",)
    return moved(make_release(make_statement(*languages, slug=slug, **fields), *languages), hours_ago)  # type: ignore[arg-type]


def moved(release: Release, hours_ago: float) -> Release:
    Release.objects.filter(pk=release.pk).update(publish_at=NOW - timedelta(hours=hours_ago))
    return release


def translate(statement: Statement, language: str, *, hours_ago: float) -> Release:
    write(statement, language)
    statement.save()
    return moved(make_release(statement, language), hours_ago)


def update(statement: Statement, *languages: str, hours_ago: float) -> Release:
    return moved(make_release(statement, *languages, kind=Release.Kind.UPDATED), hours_ago)


def correct(statement: Statement, *languages: str, hours_ago: float) -> Release:
    notes = dict.fromkeys(languages or ("en",), "The date was wrong.")
    return moved(make_release(statement, *languages, kind=Release.Kind.CORRECTED, notes=notes), hours_ago)


def digest_of(*, days_ago: float) -> dict[str, list[str]]:
    """Who got what in the digest of that day."""
    with pytest.MonkeyPatch.context() as then:
        then.setattr(digests.timezone, "now", lambda: NOW - timedelta(days=days_ago))
        run_due()
    return deliver()


def reader(
    email: str, *languages: str, frequency: str = Frequency.DAILY, days_ago: float = 30, **fields: str
) -> Subscriber:
    subscriber = make_subscriber(email, *languages, frequency=frequency, **fields)
    Subscription.objects.filter(subscriber=subscriber).update(started_at=NOW - timedelta(days=days_ago))
    return subscriber


def told() -> dict[str, list[str]]:
    lines = Delivery.objects.filter(digest_run__isnull=False).select_related("subscriber")
    return {
        str(line.subscriber): [f"{e.statement.slug} {e.language}" for e in digests.editions_of(line)] for line in lines
    }


def test_one_mail_a_person_each_statement_in_their_best_language(smtp_server: MailServer) -> None:
    reader("layla@example.org", "ar", "en")
    reader("weekly@example.org", frequency=Frequency.WEEKLY)
    published(20)
    published(10, "en", "ar")
    run_due()
    assert told()["layla@example.org"] == ["s1 ar", "s0 en"]
    drain.drain()
    (mail,) = [mail.message for mail in smtp_server.received if mail.recipients == ["layla@example.org"]]
    assert mail["Content-Language"] == "ar"
    body = mail.get_body(["html"])
    assert body
    assert 'lang="en" dir="ltr"' in body.get_content()
    assert 'lang="ar" dir="rtl"' in body.get_content()


def test_nothing_is_sent_if_there_is_nothing_to_tell() -> None:
    reader("layla@example.org")
    run_due()
    assert not Delivery.objects.exists()
    assert not DigestRun.objects.exists()


def test_a_run_happens_once_however_often_the_clock_rings() -> None:
    reader("layla@example.org")
    published(10)
    assert run_due() == 1
    assert run_due() == 0
    assert Delivery.objects.count() == 1


def test_nothing_from_before_they_signed_up() -> None:
    reader("new@example.org", days_ago=0.3)
    published(10)
    published(6)
    run_due()
    assert told() == {"new@example.org": ["s1 en"]}


def test_a_missed_run_is_made_up_without_a_gap_or_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    reader("layla@example.org")
    monkeypatch.setattr(digests.timezone, "now", lambda: NOW - timedelta(days=4))
    published(110)
    run_due()
    first = Delivery.objects.get(digest_run__frequency=Frequency.DAILY)
    # The clock stood still for four days.
    published(70)
    published(20)
    monkeypatch.setattr(digests.timezone, "now", lambda: NOW)
    run_due()
    second = Delivery.objects.filter(digest_run__frequency=Frequency.DAILY).latest("pk")
    assert [e.statement.slug for e in digests.editions_of(first)] == ["s0"]
    assert [e.statement.slug for e in digests.editions_of(second)] == ["s2", "s1"]


def test_who_got_it_at_once_before_changing_to_daily_is_not_told_again() -> None:
    layla = reader("layla@example.org", frequency=Frequency.IMMEDIATE)
    release = published(10)
    ledger.announce(Release.objects.get(pk=release.pk))
    Delivery.objects.settle(Delivery.Status.SENT)
    layla.subscriptions.update(frequency=Frequency.DAILY)
    run_due()
    assert told() == {}


def test_who_changes_from_weekly_to_at_once_still_gets_what_the_week_held() -> None:
    layla = reader("layla@example.org", frequency=Frequency.WEEKLY)
    published(10)
    layla.subscriptions.update(ended_at=NOW - timedelta(hours=8))
    Subscription.objects.create(subscriber=layla, frequency=Frequency.IMMEDIATE, started_at=NOW - timedelta(hours=8))
    ledger.announce_due()
    run_due()
    assert told() == {"layla@example.org": ["s0 en"]}


def test_a_topic_left_before_the_digest_is_sent_is_not_in_it(smtp_server: MailServer) -> None:
    water, fish = make_topic("water"), make_topic("fish")
    layla = make_subscriber("layla@example.org", topics=[water, fish], frequency=Frequency.DAILY)
    Subscription.objects.update(started_at=NOW - timedelta(days=9))
    published(10, topics=[water])
    published(9, topics=[fish])
    run_due()
    end_subscriptions(layla, Subscription.Ended.UNSUBSCRIBED, only=layla.subscriptions.get(topic=fish))
    assert told() == {"layla@example.org": ["s0 en"]}


def test_a_topic_at_once_and_the_rest_daily_gives_each_statement_once() -> None:
    water = make_topic("water")
    layla = reader("layla@example.org")
    Subscription.objects.create(subscriber=layla, topic=water, frequency=Frequency.IMMEDIATE)
    Subscription.objects.update(started_at=NOW - timedelta(days=9))
    for release in (published(10, topics=[water]), published(9)):
        ledger.announce(Release.objects.get(pk=release.pk))
    run_due()
    at_once = Delivery.objects.filter(announcement__isnull=False).values_list("edition__statement__slug", flat=True)
    assert list(at_once) == ["s0"]
    assert told() == {"layla@example.org": ["s1 en"]}


def test_what_was_withdrawn_meanwhile_is_not_told(smtp_server: MailServer) -> None:
    reader("layla@example.org")
    release = published(10)
    run_due()
    make_release(release.statement, kind=Release.Kind.WITHDRAWN, notes={"en": "By mistake."})
    assert drain.drain() == 0
    line = Delivery.objects.get()
    assert (line.status, line.reason) == (Delivery.Status.CANCELLED, "Nothing is left to tell.")


def test_a_digest_that_cannot_be_composed_holds_up_no_other_mail(
    smtp_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader("daily@example.org")
    reader("at-once@example.org", frequency=Frequency.IMMEDIATE)
    published(10)
    run_due()
    ledger.announce_due()

    def fail(*arguments: object) -> None:
        raise ValueError("an unexpected text")

    monkeypatch.setattr(worker, "digest_letter", fail)
    assert drain.drain() == 1
    line = Delivery.objects.get(digest_run__isnull=False)
    assert (line.status, "an unexpected text" in line.reason) == (Delivery.Status.WAITING, True)


def test_a_release_that_came_to_light_late_is_told_by_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    reader("layla@example.org")
    monkeypatch.setattr(digests.timezone, "now", lambda: NOW - timedelta(days=1))
    published(40)
    run_due()
    published(30)  # by its moment it belongs to that run; its transaction was not committed yet
    monkeypatch.setattr(digests.timezone, "now", lambda: NOW)
    run_due()
    daily = Delivery.objects.filter(digest_run__frequency=Frequency.DAILY).order_by("pk")
    assert [[e.statement.slug for e in digests.editions_of(line)] for line in daily] == [["s0"], ["s1"]]


def test_who_unsubscribes_before_the_digest_is_sent_gets_none(smtp_server: MailServer) -> None:
    layla = reader("layla@example.org")
    published(10)
    run_due()
    end_subscriptions(layla, Subscription.Ended.UNSUBSCRIBED)
    assert drain.drain() == 0


def test_published_and_then_updated_it_is_told_once_as_it_stands() -> None:
    reader("layla@example.org")
    statement = published(10).statement
    update(statement, hours_ago=8)
    correct(statement, hours_ago=6)
    run_due()
    assert told() == {"layla@example.org": ["s0 en"]}
    assert DigestItem.objects.get().edition.number == 3


def test_in_the_best_of_their_languages_if_a_translation_came_later() -> None:
    reader("layla@example.org", "ar", "en")
    reader("omar@example.org", "en", "ar")
    statement = published(10, "en").statement
    translate(statement, "ar", hours_ago=8)
    run_due()
    assert told() == {"layla@example.org": ["s0 ar"], "omar@example.org": ["s0 en"]}


def test_an_update_in_a_lesser_language_does_not_displace_the_text_in_the_best_and_comes_with_the_next() -> None:
    reader("layla@example.org", "ar", "en")
    statement = published(40, "en", "ar").statement
    update(statement, "en", hours_ago=35)
    assert digest_of(days_ago=1) == {"layla@example.org": ["daily: s0 ar"]}
    assert digest_of(days_ago=0) == {"layla@example.org": ["daily: s0 en 2"]}


def test_who_got_the_next_best_in_one_digest_gets_the_better_one_in_a_later_digest() -> None:
    reader("layla@example.org", "ar", "en")
    statement = published(40, "en").statement
    assert digest_of(days_ago=1) == {"layla@example.org": ["daily: s0 en"]}
    translate(statement, "ar", hours_ago=20)
    translate(statement, "fr", hours_ago=19)
    assert digest_of(days_ago=0) == {"layla@example.org": ["daily: s0 ar"]}


def test_who_waits_for_their_first_language_gets_it_once() -> None:
    reader("layla@example.org", "ar", "en", while_missing=Subscriber.WhileMissing.WAIT)
    statement = published(40, "en").statement
    assert digest_of(days_ago=1) == {}
    translate(statement, "ar", hours_ago=20)
    update(statement, "en", hours_ago=19)
    assert digest_of(days_ago=0) == {"layla@example.org": ["daily: s0 ar"]}


def test_who_got_an_update_at_once_does_not_get_it_in_a_digest() -> None:
    layla = reader("layla@example.org", frequency=Frequency.IMMEDIATE)
    statement = published(10).statement
    ledger.announce_due()
    update(statement, hours_ago=8)
    ledger.announce_due()
    deliver()
    layla.subscriptions.update(frequency=Frequency.DAILY)
    run_due()
    assert told() == {}


def test_an_update_goes_to_all_digest_readers_once() -> None:
    reader("layla@example.org")
    statement = published(40).statement
    assert digest_of(days_ago=1) == {"layla@example.org": ["daily: s0 en"]}
    update(statement, hours_ago=20)
    assert digest_of(days_ago=0) == {"layla@example.org": ["daily: s0 en 2"]}
    assert digest_of(days_ago=-1) == {}


def test_a_correction_goes_at_once_to_those_who_had_the_text_in_a_digest() -> None:
    reader("layla@example.org", "en")
    reader("arabic@example.org", "ar")
    reader("weekly@example.org", frequency=Frequency.WEEKLY)
    statement = published(40, "en", "ar").statement
    digest_of(days_ago=1)
    correct(statement, hours_ago=2)
    ledger.announce_due()
    assert deliver() == {"layla@example.org": ["s0 en 2"]}


def test_a_correction_comes_in_the_language_they_got_last_be_it_by_a_digest() -> None:
    layla = reader("layla@example.org", "ar", "en", frequency=Frequency.IMMEDIATE)
    statement = published(40, "en").statement
    ledger.announce_due()
    assert deliver() == {"layla@example.org": ["s0 en"]}
    layla.subscriptions.update(frequency=Frequency.DAILY)
    translate(statement, "ar", hours_ago=20)
    assert digest_of(days_ago=0) == {"layla@example.org": ["daily: s0 ar"]}
    correct(statement, "en", "ar", hours_ago=1)
    ledger.announce_due()
    assert deliver() == {"layla@example.org": ["s0 ar 2"]}


def test_a_digest_that_waits_tells_what_was_corrected_meanwhile_as_corrected_and_nothing_else_comes() -> None:
    reader("layla@example.org")
    statement = published(10).statement
    run_due()
    correct(statement, hours_ago=0.1)
    ledger.announce_due()
    assert deliver() == {"layla@example.org": ["daily: s0 en 2"]}
    ledger.announce_due()
    assert deliver() == {}
    make_release(statement, kind=Release.Kind.WITHDRAWN, notes={"en": "By mistake."})
    ledger.announce_due()
    assert deliver() == {"layla@example.org": ["s0 en 3"]}


def test_who_was_spared_a_withdrawn_text_is_not_told_of_its_withdrawal() -> None:
    reader("layla@example.org")
    statement = published(10).statement
    published(9)
    run_due()
    make_release(statement, kind=Release.Kind.WITHDRAWN, notes={"en": "By mistake."})
    assert deliver() == {"layla@example.org": ["daily: s1 en"]}
    ledger.announce_due()
    assert deliver() == {}


def test_what_came_by_itself_while_the_digest_waited_is_not_in_it() -> None:
    layla = reader("layla@example.org")
    statement = published(10).statement
    published(9)
    run_due()
    layla.subscriptions.update(ended_at=NOW - timedelta(hours=1))
    Subscription.objects.create(subscriber=layla, frequency=Frequency.IMMEDIATE, started_at=NOW - timedelta(hours=1))
    update(statement, hours_ago=0.5)
    ledger.announce_due()
    assert deliver() == {"layla@example.org": ["s0 en 2", "daily: s1 en"]}


@pytest.mark.parametrize("readers", [3, 30])
def test_a_run_takes_the_same_few_queries_however_many_the_readers(readers: int) -> None:
    for number in range(readers):
        reader(f"reader{number}@example.org", "ar", "en")
    published(10, "en", "ar")
    with CaptureQueriesContext(connection) as queries:
        assert run_due() == readers
    assert len(queries) <= 26
