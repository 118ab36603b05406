"""One mail a person and period, about what became public in it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from statements.models import Release
from subscriptions.delivery import digests, drain, ledger, worker
from subscriptions.delivery.digests import last_end, run_due
from subscriptions.models import Delivery, DigestRun, Frequency, Subscriber, Subscription
from subscriptions.suppressing import end_subscriptions
from tests.making import make_release, make_statement, make_subscriber, make_topic
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
    release = make_release(make_statement(*languages, slug=slug, **fields), *languages)  # type: ignore[arg-type]
    Release.objects.filter(pk=release.pk).update(publish_at=NOW - timedelta(hours=hours_ago))
    return release


def reader(email: str, *languages: str, frequency: str = Frequency.DAILY, days_ago: float = 30) -> Subscriber:
    subscriber = make_subscriber(email, *languages, frequency=frequency)
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
    assert DigestRun.objects.count() == 2


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


@pytest.mark.parametrize(
    ("frequency", "now", "end"),
    [
        (Frequency.DAILY, datetime(2026, 11, 23, 6, 59), datetime(2026, 11, 22, 7, 0)),
        (Frequency.DAILY, datetime(2026, 11, 23, 7, 0), datetime(2026, 11, 23, 7, 0)),
        (Frequency.WEEKLY, datetime(2026, 11, 23, 6, 59), datetime(2026, 11, 16, 7, 0)),
        (Frequency.WEEKLY, datetime(2026, 11, 23, 7, 1), datetime(2026, 11, 23, 7, 0)),
        (Frequency.WEEKLY, datetime(2026, 11, 29, 23, 0), datetime(2026, 11, 23, 7, 0)),
        # Central Europe turned its clocks back on 25 October 2026, and forward on 29 March.
        (Frequency.DAILY, datetime(2026, 10, 25, 7, 30), datetime(2026, 10, 25, 7, 0)),
        (Frequency.DAILY, datetime(2026, 3, 29, 6, 30), datetime(2026, 3, 28, 7, 0)),
    ],
)
def test_a_period_ends_at_the_hour_of_the_wall_clock(
    settings: Settings, frequency: str, now: datetime, end: datetime
) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    with timezone.override("Europe/Berlin"):
        assert last_end(frequency, timezone.make_aware(now)) == timezone.make_aware(end)
