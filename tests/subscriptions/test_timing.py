"""When Layla's digests come, and how long she is left alone, in her own time zone."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from statements.languages import written_day, written_moment
from subscriptions import local_time
from subscriptions.models import Frequency, Subscriber
from tests.making import make_subscriber
from tests.subscriptions.visits import open_preferences, words

pytestmark = pytest.mark.django_db

PAUSE, DIGEST_TIME = "/en/preferences/pause/", "/en/preferences/digest-time/"


@pytest.fixture
def layla() -> Subscriber:
    return make_subscriber("layla@example.org", time_zone="Asia/Amman")


@pytest.fixture
def as_layla(client: Client, layla: Subscriber) -> Client:
    open_preferences(client, layla)
    return client


def at(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """It is that time."""
    monkeypatch.setattr(timezone, "now", lambda: datetime.fromisoformat(moment))


# A pause -------------------------------------------------------------------------------------------------------------


def in_days(days: int, zone: str = "Asia/Amman") -> str:
    return (timezone.localdate(timezone=ZoneInfo(zone)) + timedelta(days=days)).isoformat()


@pytest.mark.parametrize("days", [1, 28, 365])
def test_layla_pauses_until_a_day_begins_where_she_lives(as_layla: Client, layla: Subscriber, days: int) -> None:
    assert as_layla.post(PAUSE, {"until": in_days(days)}).headers["Location"] == "/en/preferences/"
    layla.refresh_from_db()
    assert layla.paused_until
    until = layla.paused_until.astimezone(ZoneInfo("Asia/Amman"))
    assert (until.date().isoformat(), until.hour, until.minute) == (in_days(days), 0, 0)
    assert layla.is_paused


@pytest.mark.parametrize("wrong", ["", "0", "-1", "366", "soon", "2026-02-30", "31/12/2026"])
def test_a_day_that_will_not_do_is_explained_next_to_the_field(as_layla: Client, layla: Subscriber, wrong: str) -> None:
    until = in_days(int(wrong)) if wrong.lstrip("-").isdecimal() else wrong
    answer = as_layla.post(PAUSE, {"until": until})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert 'href="#id_until"' in answer.content.decode()
    layla.refresh_from_db()
    assert layla.paused_until is None


def test_tomorrow_is_tomorrow_where_she_lives(
    client: Client, layla: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    Subscriber.objects.update(time_zone="Pacific/Auckland")
    today = timezone.now().date()  # no day that will be over: the database goes by its own clock
    at(monkeypatch, f"{today}T12:00+00:00")  # the next day in Auckland
    open_preferences(client, layla)
    following, one_more = (today + timedelta(days=days) for days in (1, 2))
    assert client.post(PAUSE, {"until": following}).status_code == 422
    assert f'min="{one_more}"' in client.get(PAUSE).content.decode()
    assert client.post(PAUSE, {"until": one_more}).status_code == 302


def test_a_day_that_begins_while_the_form_is_looked_at_is_explained_too(
    as_layla: Client, layla: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, (timezone.now() - timedelta(days=1)).isoformat())  # the database is a day further
    answer = as_layla.post(PAUSE, {"until": in_days(1)})
    assert answer.status_code == 422
    assert "Choose a day from tomorrow to a year from now." in answer.content.decode()
    layla.refresh_from_db()
    assert layla.paused_until is None


def test_the_preferences_show_a_pause_and_end_it(as_layla: Client, layla: Subscriber) -> None:
    as_layla.post(PAUSE, {"until": in_days(28)})
    page = words(as_layla.get("/en/preferences/"))
    assert "Paused. Your updates begin again on" in page
    day = written_day(date.fromisoformat(in_days(28)), "en")
    assert f"Your updates are paused until {day}." in page  # not: until 12:00 AM
    assert as_layla.get("/en/preferences/pause/end/").status_code == 405
    answer = as_layla.post("/en/preferences/pause/end/", follow=True)
    assert "The pause has ended. You get your updates again." in words(answer)
    assert "End the pause now" not in words(answer)
    layla.refresh_from_db()
    assert not layla.is_paused


def test_a_pause_that_is_over_is_not_shown(as_layla: Client, layla: Subscriber) -> None:
    now = timezone.now()
    Subscriber.objects.update(paused_at=now - timedelta(days=9), paused_until=now - timedelta(days=2))
    assert "End the pause now" not in words(as_layla.get("/en/preferences/"))


# The time of digests -------------------------------------------------------------------------------------------------


def choose(client: Client, **choices: object):  # type: ignore[no-untyped-def]
    usual = {"time_zone": "Asia/Amman", "digest_hour": "7", "digest_weekday": "1"}
    return client.post(DIGEST_TIME, {**usual, **choices})


def test_layla_chooses_and_reads_when_the_next_ones_come(
    as_layla: Client, layla: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    layla.subscriptions.update(frequency=Frequency.DAILY)
    at(monkeypatch, "2026-11-25T12:00+00:00")
    choose(as_layla, time_zone="Asia/Tokyo", digest_hour="19", digest_weekday="4")
    layla.refresh_from_db()
    assert (layla.time_zone, layla.digest_hour, layla.digest_weekday) == ("Asia/Tokyo", 19, 4)
    page = words(as_layla.get("/en/preferences/"))
    assert "Your next daily digest comes on Thursday, November 26, 2026, 7:00" in page
    assert "weekly digest comes" not in page


def test_who_gets_no_digest_is_told_how_to_get_one(as_layla: Client) -> None:
    choose(as_layla)
    assert "You get no digest at present." in words(as_layla.get("/en/preferences/"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Mars/Olympus"},
        {"time_zone": ""},
        {"time_zone": "../../etc/passwd"},
        {"digest_hour": "24"},
        {"digest_hour": ""},
        {"digest_weekday": "0"},
        {"digest_weekday": "Monday"},
    ],
)
def test_a_time_that_is_none_changes_nothing(as_layla: Client, layla: Subscriber, wrong: dict[str, str]) -> None:
    answer = choose(as_layla, **wrong)
    assert answer.status_code == 422
    assert 'class="errors"' in answer.content.decode()
    layla.refresh_from_db()
    assert (layla.time_zone, layla.digest_hour) == ("Asia/Amman", None)


def test_the_form_shows_what_is_usual_on_the_site_to_who_never_chose(
    as_layla: Client, layla: Subscriber, settings: Settings
) -> None:
    settings.TIME_ZONE, settings.DIGEST_HOUR, settings.DIGEST_WEEKDAY = "Europe/Kiev", 6, 5
    Subscriber.objects.update(time_zone="")
    page = as_layla.get(DIGEST_TIME).content.decode()
    for chosen in ('value="Europe/Kyiv" selected', 'value="6" selected', 'value="5" selected'):
        assert chosen in page


def test_a_site_that_lives_by_no_countrys_time_offers_that_too(as_layla: Client, settings: Settings) -> None:
    settings.TIME_ZONE = "UTC"
    Subscriber.objects.update(time_zone="")
    assert '<option value="Etc/UTC" selected>UTC (' in as_layla.get(DIGEST_TIME).content.decode()
    assert choose(as_layla, time_zone="Etc/UTC").status_code == 302


@pytest.mark.parametrize("page", [PAUSE, DIGEST_TIME])
def test_queries_of_the_page(as_layla: Client, page: str, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(2):  # the session and the subscriber
        as_layla.get(page)


@pytest.mark.parametrize(
    ("now", "frequency", "expected"),
    [
        ("2026-11-25T06:59", Frequency.DAILY, "2026-11-25T07:00"),
        ("2026-11-25T07:00", Frequency.DAILY, "2026-11-26T07:00"),
        ("2026-11-25T07:00", Frequency.WEEKLY, "2026-11-30T07:00"),  # a Wednesday; digests come on Mondays
        ("2026-11-30T06:00", Frequency.WEEKLY, "2026-11-30T07:00"),
        ("2026-11-30T08:00", Frequency.WEEKLY, "2026-12-07T07:00"),
        ("2026-10-24T12:00", Frequency.DAILY, "2026-10-25T07:00"),  # summer time ends that night
        ("2026-03-28T12:00", Frequency.DAILY, "2026-03-29T07:00"),  # and begins that night
    ],
)
def test_the_next_digest_comes_by_the_clock_on_her_wall(
    monkeypatch: pytest.MonkeyPatch, now: str, frequency: str, expected: str
) -> None:
    layla = Subscriber(time_zone="Europe/Paris", digest_hour=7, digest_weekday=1)
    at(monkeypatch, datetime.fromisoformat(now).replace(tzinfo=ZoneInfo("Europe/Paris")).isoformat())
    assert f"{local_time.next_digest(layla, frequency):%Y-%m-%dT%H:%M}" == expected


# Names ---------------------------------------------------------------------------------------------------------------


def names(language: str) -> dict[str, str]:
    return dict(zone for _region, zones in local_time.zone_choices(language) for zone in zones)


def test_a_zone_is_named_by_its_country_and_by_its_city_where_there_are_several() -> None:
    english, arabic, chinese = names("en"), names("ar"), names("zh-hans")
    assert english["Asia/Amman"] == "Jordan (GMT+03:00)"
    assert english["Asia/Kolkata"] == "India (GMT+05:30)"
    assert english["America/Argentina/Buenos_Aires"].startswith("Argentina · Buenos Aires (")
    assert arabic["Asia/Amman"].startswith("الأردن (")
    assert chinese["America/New_York"].startswith("美国 · 纽约 (")
    assert names("fa")["Asia/Amman"].startswith("اردن (+۰۳:۰۰")


def test_zones_stand_in_their_part_of_the_world_by_their_letters() -> None:
    regions = dict(local_time.zone_choices("fr"))
    assert {"Afrique", "Asie", "Europe", "Océanie"} <= set(regions)
    places = [name for _zone, name in regions["Europe"]]
    assert places[0].startswith("Albanie")
    assert len(names("fr")) > 400


def test_the_week_begins_where_the_readers_of_the_language_begin_it() -> None:
    first = {language: local_time.weekday_choices(language)[0] for language in ("fr", "en", "ar", "fa", "zh-hans")}
    assert first == {
        "fr": ("1", "lundi"),
        "en": ("7", "Sunday"),
        "ar": ("6", "السبت"),
        "fa": ("6", "شنبه"),
        "zh-hans": ("1", "星期一"),
    }


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "Sunday, November 1, 2026, 7:00\u202fPM"),
        ("fr", "dimanche 1er novembre 2026, 19:00"),
        ("ar", "الأحد، 1 تشرين الثاني/نوفمبر، 2026، 7:00 م"),
        ("zh-hans", "2026年11月1日星期日 19:00"),
        ("fa", "یکشنبه ۱ نوامبر ۲۰۲۶، ساعت ۱۹:۰۰"),
        ("ur", "اتوار، 1 نومبر، 2026، \u20667:00 PM\u2069"),
        ("ru", "воскресенье, 1 ноября 2026\u202fг., 19:00"),
    ],
)
def test_a_moment_is_written_as_the_language_writes_it(language: str, written: str) -> None:
    assert written_moment(datetime(2026, 11, 1, 19), language) == written
