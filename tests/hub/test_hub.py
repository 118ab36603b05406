"""The hub: who may listen, and what they hear (WebSub, W3C Recommendation of 23 January 2018)."""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import feedparser
import pytest
from celery.contrib.testing.worker import start_worker
from django.conf import settings as site
from django.db import connection
from django.db.models import F
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from config.celery import app
from hub import telling
from hub.models import Intent, Listener
from hub.telling import tell_due
from hub.verifying import verify_due
from statements.models import Statement
from tests.hub.conftest import Reader
from tests.making import make_release, make_statement, make_topic

pytestmark = pytest.mark.django_db

FEED = f"{site.SITE_URL}/en/feed.atom"


def ask(client: Client, callback: str, mode: str = "subscribe", topic: str = FEED, **more: Any) -> HttpResponse:
    values = {"mode": mode, "callback": callback, "topic": topic, **more}
    return client.post("/hub/", {f"hub.{name}": value for name, value in values.items()})  # type: ignore[return-value]


def listen(client: Client, reader: Reader, **more: Any) -> Listener:
    assert ask(client, reader.url, **more).status_code == 202
    verify_due()
    listener: Listener = Listener.objects.get(topic=more.get("topic", FEED))
    return listener


def make_due() -> None:
    Listener.objects.update(due_at=timezone.now() - timedelta(seconds=1))


@pytest.fixture
def statement() -> Statement:
    statement = make_statement("en", "ar", topics=[make_topic("floods")])
    make_release(statement, "en")
    return statement


# Asking ---------------------------------------------------------------------------------------------------------------


def test_a_callback_is_asked_before_it_listens(client: Client, reader: Reader) -> None:
    assert ask(client, reader.url, lease_seconds=7200).status_code == 202
    assert not Listener.objects.exists()
    verify_due()
    (question,) = reader.received
    assert question.method == "GET"
    assert (
        question.query.items()
        >= {
            "reader": "1",
            "hub.mode": "subscribe",
            "hub.topic": FEED,
            "hub.lease_seconds": "7200",
        }.items()
    )
    listener = Listener.objects.get()
    assert timedelta(minutes=119) < listener.until - timezone.now() <= timedelta(hours=2)
    assert not Intent.objects.exists()


@pytest.mark.parametrize(("asked", "granted"), [("", 864_000), ("1", 3600), ("99999999", 2_592_000)])
def test_the_hub_decides_for_how_long(client: Client, reader: Reader, asked: str, granted: int) -> None:
    ask(client, reader.url, lease_seconds=asked)
    assert Intent.objects.get().lease_seconds == granted


@pytest.mark.parametrize("answer", [(200, b"something else"), (404, b""), (302, b"")])
def test_a_callback_that_meant_nothing_of_the_kind_does_not_listen(
    client: Client, reader: Reader, answer: tuple[int, bytes]
) -> None:
    reader.answer = lambda _: answer
    ask(client, reader.url)
    verify_due()
    assert not Listener.objects.exists()
    assert not Intent.objects.exists()


def test_a_callback_that_is_away_is_asked_three_times(client: Client, reader: Reader) -> None:
    reader.answer = lambda _: (503, b"")
    ask(client, reader.url)
    for attempt in range(1, 6):
        verify_due()
        assert len(reader.received) == min(attempt, 3)
        Intent.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert not Intent.objects.exists()


def test_whoever_stops_listening_is_asked_too(client: Client, reader: Reader) -> None:
    listen(client, reader)
    reader.answer = lambda _: (404, b"")
    ask(client, reader.url, "unsubscribe")
    verify_due()
    assert Listener.objects.exists()
    reader.answer = lambda received: (200, received.query["hub.challenge"].encode())
    ask(client, reader.url, "unsubscribe")
    verify_due()
    assert reader.received[-1].query["hub.mode"] == "unsubscribe"
    assert not Listener.objects.exists()


def test_asking_again_renews_and_changes_nothing_before_it_is_confirmed(client: Client, reader: Reader) -> None:
    before = listen(client, reader, secret="first", lease_seconds=3600)
    ask(client, reader.url, secret="second", lease_seconds=7200)
    assert Listener.objects.get().secret == "first"
    verify_due()
    after = Listener.objects.get()
    assert (after.pk, after.secret) == (before.pk, "second")
    assert after.until > before.until


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mode", "publish"),
        ("mode", ""),
        ("callback", ""),
        ("callback", "ftp://reader.example/"),
        ("callback", "javascript:alert(1)"),
        ("callback", "https://user:password@reader.example/"),
        ("callback", "https://reader.example/#fragment"),
        ("callback", "https://reader.example:25/"),
        ("callback", "https://reader.example:99999/"),
        ("callback", "https://reader.example/a b"),
        ("callback", "https://reader.example/\r\nHost: other"),
        ("callback", "https://leser.example/ä"),
        ("callback", "https:///nowhere"),
        ("callback", "https://reader.example/" + "x" * 1000),
        ("topic", "https://elsewhere.example/en/feed.atom"),
        ("topic", f"{site.SITE_URL}/en/"),
        ("topic", f"{site.SITE_URL}/en/topics/nothing/feed.atom"),
        ("topic", f"{site.SITE_URL}/en/feed.atom?archive=1"),
        ("topic", f"{site.SITE_URL}/en/feed.atom\0"),
        ("secret", "ä" * 100),
        ("lease_seconds", "soon"),
        ("lease_seconds", "-1"),
    ],
)
def test_a_wrong_request_is_refused_with_the_reason(client: Client, name: str, value: str) -> None:
    answer = ask(client, **{"callback": "https://reader.example/", name: value})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert name in answer.content.decode()
    assert not Intent.objects.exists()


def test_the_hub_needs_no_token_and_answers_nobody_who_only_looks(client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert ask(strict, "https://reader.example/").status_code == 202
    assert client.get("/hub/").status_code == 405


def test_one_host_has_so_many_callbacks_and_no_more(client: Client, settings: Settings) -> None:
    settings.HUB_CALLBACKS_PER_HOST = 2
    for number in (1, 2, 1):
        assert ask(client, f"https://reader.example/{number}").status_code == 202
    assert ask(client, "https://reader.example/3").status_code == 400
    assert ask(client, "https://other.example/3").status_code == 202
    assert Intent.objects.count() == 3


# Telling --------------------------------------------------------------------------------------------------------------


def test_a_listener_is_told_what_is_new(client: Client, reader: Reader, statement: Statement) -> None:
    listen(client, reader, secret="a secret")
    assert tell_due() == 0
    make_release(make_statement(slug="news"))
    assert tell_due() == 1
    (told,) = reader.told
    assert told.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert f'<{FEED}>; rel="self"' in told.headers["Link"]
    assert f'<{site.HUB_URL}>; rel="hub"' in told.headers["Link"]
    expected = hmac.new(b"a secret", told.body, hashlib.sha256).hexdigest()
    assert told.headers["X-Hub-Signature"] == f"sha256={expected}"
    assert told.body == client.get("/en/feed.atom").content
    assert len(feedparser.parse(told.body).entries) == 2
    assert tell_due() == 0


def test_without_a_secret_nothing_is_signed(client: Client, reader: Reader, statement: Statement) -> None:
    listen(client, reader)
    make_release(make_statement(slug="news"))
    tell_due()
    assert "X-Hub-Signature" not in reader.told[0].headers


def test_only_those_hear_of_a_release_whose_feed_it_is_in(client: Client, reader: Reader, statement: Statement) -> None:
    listen(client, reader, topic=f"{site.SITE_URL}/en/topics/floods/feed.rss")
    listen(client, reader, topic=f"{site.SITE_URL}/ar/feed.json")
    make_release(make_statement(slug="elsewhere"))
    tell_due()
    assert not reader.told
    make_release(make_statement("ar", slug="arabic"))
    tell_due()
    assert [told.headers["Content-Type"] for told in reader.told] == ["application/feed+json"]


def test_what_becomes_public_by_time_passing_is_told_by_the_clock(
    client: Client, reader: Reader, statement: Statement
) -> None:
    listen(client, reader)
    soon = make_release(make_statement(slug="soon"), publish_at=timezone.now() + timedelta(hours=1))
    assert tell_due() == 0
    type(soon).objects.filter(pk=soon.pk).update(publish_at=timezone.now() - timedelta(seconds=1))
    assert tell_due() == 1
    assert len(reader.told) == 1


def test_a_listener_that_is_away_hears_later_and_once(client: Client, reader: Reader, statement: Statement) -> None:
    listen(client, reader)
    reader.answer = lambda _: (500, b"")
    make_release(make_statement(slug="news"))
    tell_due()
    assert len(reader.told) == 1
    assert tell_due() == 0, "it is put off"
    make_release(make_statement(slug="more-news"))
    reader.answer = lambda _: (200, b"")
    make_due()
    tell_due()
    make_due()
    tell_due()
    assert len(reader.told) == 2
    assert len(feedparser.parse(reader.told[-1].body).entries) == 3
    assert Listener.objects.get().attempts == 0


def test_a_listener_is_asked_less_and_less_often_and_then_given_up(
    client: Client, reader: Reader, statement: Statement, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "ATTEMPTS", 4)
    listen(client, reader)
    reader.answer = lambda _: (500, b"")
    make_release(make_statement(slug="news"))
    pauses = []
    for _ in range(3):
        tell_due()
        pauses.append((Listener.objects.get().due_at - timezone.now()).total_seconds())
        make_due()
    assert pauses[0] < pauses[2]
    tell_due()
    assert not Listener.objects.exists()


def test_a_listener_that_is_gone_is_told_nothing_more(client: Client, reader: Reader, statement: Statement) -> None:
    listen(client, reader)
    reader.answer = lambda _: (410, b"")
    make_release(make_statement(slug="news"))
    tell_due()
    assert not Listener.objects.exists()


def test_a_listener_whose_feed_is_gone_is_ended(client: Client, reader: Reader, statement: Statement) -> None:
    listen(client, reader)
    Listener.objects.update(topic=f"{site.SITE_URL}/en/topics/former/feed.atom")
    make_release(make_statement(slug="news"))
    tell_due()
    assert not reader.told
    assert not Listener.objects.exists()


def test_a_lease_that_ran_out_ends_it(client: Client, reader: Reader, statement: Statement) -> None:
    listen(client, reader)
    Listener.objects.update(until=timezone.now() - timedelta(seconds=1))
    make_release(make_statement(slug="news"))
    tell_due()
    assert not reader.told
    assert not Listener.objects.exists()


def test_a_worker_that_died_holds_a_listener_for_its_lease_alone(
    client: Client, reader: Reader, statement: Statement
) -> None:
    listen(client, reader)
    make_release(make_statement(slug="news"))
    (dead,) = Listener.objects.behind(-1).claim()
    assert tell_due() == 0
    Listener.objects.update(due_at=F("due_at") - timedelta(minutes=3))
    assert tell_due() == 1
    dead.put_off()  # Should it wake after all: the listener is not its own any more.
    assert Listener.objects.get().due_at <= timezone.now()


def test_a_feed_is_written_once_however_many_listen(
    client: Client, settings: Settings, statement: Statement, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    settings.HUB_PRIVATE_CALLBACKS = True
    with Reader() as reader:
        for number in range(10):
            ask(client, f"{reader.url}&number={number}")
        verify_due()
        make_release(make_statement(slug="news"))
        # Five for the look, two for each listener that is done, and the savepoints of this test's transaction.
        with django_assert_max_num_queries(26):
            assert tell_due() == 10
        assert len(reader.told) == 10


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    with start_worker(app, pool="threads", concurrency=1, queues=["hub"], perform_ping_check=False, loglevel="ERROR"):
        yield


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("worker")
def test_readers_learn_within_seconds(client: Client, reader: Reader) -> None:
    asked = ask(client, reader.url)
    assert asked.status_code == 202
    deadline = timezone.now() + timedelta(seconds=10)
    while not Listener.objects.exists():
        assert timezone.now() < deadline
    make_release(make_statement())
    assert reader.news.wait(5)
    assert feedparser.parse(reader.told[0].body).entries[0].title == "River levels are falling"
    connection.close()
