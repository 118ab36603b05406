"""How many mails to expect, going by the last ninety days."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone, translation

from statements.models import Release, Topic
from subscriptions.forecast import WEEKS, forecast, in_words
from subscriptions.models import Frequency
from tests.making import make_release, make_statement, make_topic

pytestmark = pytest.mark.django_db

# A Monday at noon, far enough back for a whole week after it.
MONDAY = timezone.now().replace(hour=12) - timedelta(days=30 + timezone.now().weekday())


def tell(
    moment: datetime, topics: Iterable[Topic] = (), languages: Iterable[str] = ("en",), **fields: object
) -> Release:
    number = Release.objects.count()
    release = make_release(make_statement(*languages, slug=f"statement-{number}", topics=topics), *languages)
    Release.objects.filter(pk=release.pk).update(publish_at=moment, **fields)
    return release


def rates(*numbers: int) -> dict[str, float]:
    return {frequency: number / WEEKS for frequency, number in zip(Frequency.values, numbers, strict=True)}


def test_it_counts_releases_days_and_weeks_of_each_topic_and_of_all() -> None:
    water, fish = make_topic("water"), make_topic("fish")
    tell(MONDAY, [water, fish])  # one, whatever the number of its topics
    tell(MONDAY + timedelta(hours=1), [water])
    tell(MONDAY + timedelta(days=1), [water])
    tell(MONDAY + timedelta(days=7))  # on no topic: it goes to those who get all
    expected = forecast(["en"])
    assert expected[None] == {"immediate": 4 / WEEKS, "daily": 3 / WEEKS, "weekly": 2 / WEEKS}
    assert expected[water.pk] == {"immediate": 3 / WEEKS, "daily": 2 / WEEKS, "weekly": 1 / WEEKS}
    assert expected[fish.pk] == {"immediate": 1 / WEEKS, "daily": 1 / WEEKS, "weekly": 1 / WEEKS}


def test_it_counts_what_there_was_in_a_readers_languages() -> None:
    water, fish = make_topic("water"), make_topic("fish")
    tell(MONDAY, [water], ["en"])
    tell(MONDAY, [water], ["en", "ar"])  # one for a reader of both
    tell(MONDAY + timedelta(days=1), [fish], ["ar", "fr"])
    assert forecast(["en"]) == {subject: rates(2, 1, 1) for subject in (None, water.pk)}
    assert forecast(["ar"]) == {None: rates(2, 2, 1), water.pk: rates(1, 1, 1), fish.pk: rates(1, 1, 1)}
    assert forecast(["en", "ar"]) == {None: rates(3, 2, 1), water.pk: rates(2, 1, 1), fish.pk: rates(1, 1, 1)}
    assert forecast(["ru"]) == {}


def test_a_weekly_digest_comes_once_a_week_at_the_most() -> None:
    now = timezone.now()
    for days in range(90):
        tell(now - timedelta(days=days))
    assert forecast(["en"])[None]["weekly"] == 1
    assert forecast(["en"])[None]["daily"] == pytest.approx(7, abs=0.1)


def test_it_counts_what_was_told_to_all_and_nothing_else() -> None:
    tell(MONDAY, announce=False)
    tell(MONDAY, kind=Release.Kind.CORRECTED)
    tell(MONDAY, kind=Release.Kind.WITHDRAWN)
    tell(MONDAY, cancelled_at=MONDAY)
    tell(timezone.now() - timedelta(days=91))
    tell(timezone.now() + timedelta(days=1))
    assert forecast(["en"]) == {}
    cache.clear()
    tell(MONDAY, kind=Release.Kind.UPDATED)
    assert forecast(["en"])[None]["immediate"] == 1 / WEEKS


def test_days_are_those_of_the_sites_own_time_zone(settings) -> None:  # type: ignore[no-untyped-def]
    settings.TIME_ZONE = "Asia/Tokyo"
    evening = datetime(MONDAY.year, MONDAY.month, MONDAY.day, 14, 30, tzinfo=UTC)  # 23:30 in Tokyo
    tell(evening)
    tell(evening + timedelta(hours=1))
    assert forecast(["en"])[None]["daily"] == 2 / WEEKS


def test_it_is_one_question_and_asked_once(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    for number in range(3):
        tell(MONDAY, [make_topic(f"topic-{number}")])
    with django_assert_num_queries(1):
        forecast(["en"])
        forecast(["ar", "fr"])


def test_without_the_cache_it_is_counted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(cache, "get", refuse)
    monkeypatch.setattr(cache, "set", refuse)
    tell(MONDAY)
    assert forecast(["en"])[None]["immediate"] == 1 / WEEKS


@pytest.mark.parametrize(
    ("mails_a_week", "words"),
    [
        (0, "less than one a month"),
        (0.1, "less than one a month"),
        (1 / WEEKS * 3, "about 1 a month"),
        (0.5, "about 2 a month"),
        (0.79, "about 3 a month"),
        (0.8, "about 1 a week"),
        (1.4, "about 1 a week"),
        (2.6, "about 3 a week"),
        (140.2, "about 140 a week"),
    ],
)
def test_the_number_is_said_in_words_people_use(mails_a_week: float, words: str) -> None:
    with translation.override("en"):
        assert in_words(mails_a_week) == words
