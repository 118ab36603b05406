"""Layla leaves: by the link in a mail, or by one click in her mail program. And she takes it back."""

import re
import time
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from statements.models import Release, Topic
from subscriptions import leaving, links
from subscriptions.delivery import drain, ledger
from subscriptions.delivery.digests import run_due
from subscriptions.delivery.ledger import announce
from subscriptions.leaving import Left
from subscriptions.models import Announcement, Delivery, DigestRun, Frequency, Subscriber, Subscription
from subscriptions.suppressing import end_subscriptions, suppress_address
from tests.making import make_release, make_statement, make_subscriber, make_topic
from tests.smtp import MailServer
from tests.subscriptions.visits import link_in, open_preferences, wait_for_letters, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("workers_at_once")]

Status = Delivery.Status
NOTES = {"en": "The figures were wrong."}
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def layla() -> Subscriber:
    return make_subscriber("layla@example.org")


@pytest.fixture
def water() -> Topic:
    return make_topic("water")


@pytest.fixture
def fish() -> Topic:
    return make_topic("fish")


def unsubscribe_path(subscriber: Subscriber, release: Release | None = None) -> str:
    about = f"?statement={release.statement_id}" if release else ""
    return f"/en/u/{links.unsubscribe_token(subscriber.pk)}/{about}"


def leave(subscriber: Subscriber, choice: object, release: Release | None = None) -> str:
    """Choose one thing on the page and press its button; return where that leads."""
    answer = Client().post(unsubscribe_path(subscriber, release), {"choice": choice})
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def gets(subscriber: Subscriber) -> dict[str | None, str]:
    """What a subscriber gets, and how often; None is all topics."""
    return dict(subscriber.subscriptions.active().values_list("topic__slug", "frequency"))


def released(slug: str, *topics: Topic, **choices: object) -> Release:
    return make_release(make_statement(slug=slug, topics=topics), **choices)


# Leaving -------------------------------------------------------------------------------------------------------------


def test_a_visit_to_the_unsubscribe_link_ends_nothing(client: Client, layla: Subscriber) -> None:
    assert client.get(unsubscribe_path(layla)).status_code == 200
    assert client.head(unsubscribe_path(layla)).status_code == 200
    assert layla.subscriptions.active().exists()


def test_layla_leaves_everything_and_what_is_owed_is_cancelled(client: Client, layla: Subscriber) -> None:
    announce(released("on-rivers"))
    page = client.get(leave(layla, "everything"))
    assert page.status_code == 200
    assert "You are unsubscribed You will get no more updates from us. What has ended: All topics · At once" in words(
        page
    )
    assert gets(layla) == {}
    assert layla.subscriptions.get().ended_because == Subscription.Ended.UNSUBSCRIBED
    assert Delivery.objects.get().status == Status.CANCELLED


def test_layla_leaves_one_subscription_and_keeps_the_other(client: Client, water: Topic, fish: Topic) -> None:
    layla = make_subscriber("layla@example.org", topics=[water, fish])
    page = client.get(leave(layla, f"subscription-{layla.subscriptions.get(topic=fish).pk}"))
    assert "You no longer get: fish (en) · At once You still get: water (en) · At once" in words(page)
    assert gets(layla) == {"water": "immediate"}
    assert mail.outbox == []


def test_the_language_changes_half_way_and_nothing_is_ended_or_lost(client: Client, water: Topic, fish: Topic) -> None:
    layla = make_subscriber("layla@example.org", topics=[water, fish])
    page = client.get(unsubscribe_path(layla, released("on-fish", fish))).content.decode()
    ways = re.findall(r'<button class="quiet" form="form" formaction="([^"]+)" name="switch" value="en"', page)
    assert len(ways) == 8
    for way in ways:
        page = client.post(way, {"choice": "about", "switch": "en"}).content.decode()
        assert re.search(r'value="about"[^>]* checked', page)
    assert gets(layla) == {"water": "immediate", "fish": "immediate"}


def test_nobody_ends_another_persons_subscription(client: Client, layla: Subscriber) -> None:
    omar = make_subscriber("omar@example.org")
    answer = client.post(unsubscribe_path(layla), {"choice": f"subscription-{omar.subscriptions.get().pk}"})
    assert answer.status_code == 422
    assert gets(omar) == {None: "immediate"}


@pytest.mark.parametrize("value", ["", "0", "subscription-0", "abc", "about", "9" * 5000, "\u0663"])
def test_a_choice_that_is_none_ends_nothing_and_is_explained(client: Client, layla: Subscriber, value: str) -> None:
    answer = client.post(unsubscribe_path(layla), {"choice": value})
    assert answer.status_code == 422
    assert '<a href="#id_choice_0">' in answer.content.decode()
    assert gets(layla) == {None: "immediate"}


def test_both_groups_of_the_question_point_to_the_one_error(client: Client, layla: Subscriber) -> None:
    page = client.post(unsubscribe_path(layla), {"choice": "gone"}).content.decode()
    groups = re.findall(r"<fieldset.*?</fieldset>", page, re.DOTALL)
    assert [re.findall("<legend>(.*?)</legend>", group)[0] for group in groups] == [
        "What would you like to stop getting?",
        "Or would you rather get less?",
    ]
    for group in groups:
        assert 'aria-invalid="true"' in group
        assert group.startswith('<fieldset class="invalid" aria-describedby="id_choice_error">')
    assert page.count('id="id_choice_error">You do not get this any more. Please choose again.</p>') == 1
    assert "id_choice_error" not in client.get(unsubscribe_path(layla)).content.decode()


@pytest.mark.parametrize("statement", ["", "x", "-1", "99999", "9" * 30, "\u0663", "1 OR 1=1"])
def test_a_link_that_names_no_statement_offers_all_the_rest(client: Client, layla: Subscriber, statement: str) -> None:
    answer = client.get(unsubscribe_path(layla), {"statement": statement})
    assert answer.status_code == 200
    assert "Everything" in words(answer)


def test_the_mail_says_in_its_link_what_it_is_about(layla: Subscriber, smtp_server: MailServer) -> None:
    release = released("on-rivers")
    announce(release)
    drain.drain()
    message = smtp_server.received[0].message
    assert message["List-Unsubscribe"] == f"<https://statements.example.org{unsubscribe_path(layla)}>"
    for part in message.iter_parts():
        assert unsubscribe_path(layla, release) in part.get_content().replace("&amp;", "&")


# What the mail was about ---------------------------------------------------------------------------------------------


def test_layla_leaves_the_topic_of_the_mail(client: Client, water: Topic, fish: Topic) -> None:
    layla = make_subscriber("layla@example.org", topics=[water, fish])
    release = released("on-water", water)
    assert "Statements on water (en)" in words(client.get(unsubscribe_path(layla, release)))
    leave(layla, "about", release)
    assert gets(layla) == {"fish": "immediate"}


def test_who_gets_all_topics_leaves_one_and_keeps_all_others(client: Client, water: Topic, fish: Topic) -> None:
    make_topic("floods")
    layla = make_subscriber("layla@example.org", frequency=Frequency.DAILY)
    Subscription.objects.create(subscriber=layla, topic=fish)
    page = client.get(leave(layla, "about", released("on-water", water)))
    assert gets(layla) == {"fish": "immediate", "floods": "daily"}
    assert "You no longer get: All topics · Once a day" in words(page)
    assert "You still get: fish (en) · At once floods (en) · Once a day" in words(page)


def test_who_leaves_one_of_all_topics_reads_that_no_new_one_comes(client: Client, water: Topic, fish: Topic) -> None:
    layla, omar = make_subscriber("layla@example.org"), make_subscriber("omar@example.org", topics=[water, fish])
    release = released("on-water", water)
    before = (
        "you then get the other topics there are today: none that is added later, and no statement without a topic."
    )
    afterwards = "You do not get topics that are added later, nor statements without a topic."
    page = client.get(unsubscribe_path(layla, release))
    assert before in words(page)
    assert '<fieldset aria-describedby="id_choice_helptext">' in page.content.decode()
    assert page.content.decode().count('id="id_choice_helptext"') == 1
    there = leave(layla, "about", release)
    assert f"fish (en) · At once {afterwards}" in words(client.get(there))
    assert afterwards not in words(client.post(there, follow=True))
    # Where nothing of the kind happens, nothing is said of it.
    for path in (unsubscribe_path(layla), unsubscribe_path(omar, release)):
        assert before not in words(client.get(path))
    for page in (leave(layla, "everything"), leave(omar, "about", release)):
        assert afterwards not in words(client.get(page))


def test_what_the_mail_was_about_is_not_offered_where_it_is_all_there_is(client: Client, water: Topic) -> None:
    layla = make_subscriber("layla@example.org", topics=[water])
    page = client.get(unsubscribe_path(layla, released("on-water", water)))
    assert "Statements on" not in words(page)


def test_what_is_waiting_on_the_topic_is_cancelled_and_the_rest_is_not(water: Topic, fish: Topic) -> None:
    layla = make_subscriber("layla@example.org", topics=[water, fish])
    on_water = released("on-water", water)
    announce(on_water)
    announce(released("on-fish", fish))
    leave(layla, "about", on_water)
    statuses = dict(Delivery.objects.values_list("edition__statement__slug", "status"))
    assert statuses == {"on-water": Status.CANCELLED, "on-fish": Status.WAITING}


# Less ----------------------------------------------------------------------------------------------------------------


def test_layla_takes_less_and_what_was_rarer_stays_so(client: Client, water: Topic, fish: Topic) -> None:
    layla = make_subscriber("layla@example.org", topics=[None, water])
    Subscription.objects.create(subscriber=layla, topic=fish, frequency=Frequency.WEEKLY)
    page = client.get(leave(layla, "daily"))
    assert gets(layla) == {None: "daily", "water": "daily", "fish": "weekly"}
    assert "You get fewer messages From now on you get: fish (en) · Once a week" in words(page)
    leave(layla, "weekly")
    assert gets(layla) == {None: "weekly", "water": "weekly", "fish": "weekly"}
    assert "in one message a" not in words(client.get(unsubscribe_path(layla)))
    assert mail.outbox == []


def test_layla_takes_a_break(client: Client, layla: Subscriber, settings: Settings) -> None:
    settings.TIME_ZONE = "Asia/Amman"
    page = client.get(leave(layla, "break"))
    layla.refresh_from_db()
    until = layla.paused_until.astimezone(layla.zone)
    assert (until.date() - timezone.localdate(timezone=layla.zone)).days == 28
    assert until.hour == 0
    assert "Your updates are paused They begin again on" in words(page)
    assert gets(layla) == {None: "immediate"}


def test_layla_takes_back_her_break_and_gets_what_was_published_meanwhile(client: Client, layla: Subscriber) -> None:
    there, again = leave(layla, "break"), leave(layla, "break")
    assert "Nothing for four weeks" in words(client.get(unsubscribe_path(layla)))  # pressed twice
    announce(released("on-rivers"))
    for path in (there, again):
        assert "Your updates go on" in words(client.post(path, follow=True))
    layla.refresh_from_db()
    assert not layla.is_paused
    assert [status for _slug, status in statuses()] == [Status.WAITING]


def test_a_pause_that_layla_chose_herself_is_neither_shortened_nor_ended(client: Client, layla: Subscriber) -> None:
    there = leave(layla, "break")
    now = timezone.now()
    Subscriber.objects.update(paused_at=now - timedelta(hours=1), paused_until=now + timedelta(days=90))
    assert "Nothing for four weeks" not in words(client.get(unsubscribe_path(layla)))
    assert client.post(unsubscribe_path(layla), {"choice": "break"}).status_code == 422
    client.post(there)
    layla.refresh_from_db()
    assert layla.is_paused


# One click -----------------------------------------------------------------------------------------------------------


def test_one_click_works_without_cookies_and_any_number_of_times(layla: Subscriber) -> None:
    for _ in range(3):
        answer = Client(enforce_csrf_checks=True).post(unsubscribe_path(layla), ONE_CLICK)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert not answer.cookies
    assert layla.subscriptions.get().ended_because == Subscription.Ended.ONE_CLICK
    assert mail.outbox == []  # the mail program has promised silence


def test_one_click_asks_little_of_the_database(layla: Subscriber) -> None:
    for number in range(30):
        make_subscriber(f"reader-{number}@example.org")
        Subscription.objects.create(subscriber=layla, topic=make_topic(f"topic-{number}"))
    assert one_click_asks(layla) == 3  # whom, what ends, what is owed
    Subscription.objects.update(ended_at=None)
    announce(released("on-rivers"))
    assert one_click_asks(layla) == 5  # what of it is not wanted, and that it is cancelled
    assert Delivery.objects.get(subscriber=layla).status == Status.CANCELLED
    assert gets(layla) == {}


def one_click_asks(subscriber: Subscriber) -> int:
    """How many questions it takes."""
    with CaptureQueriesContext(connection) as captured:
        Client().post(unsubscribe_path(subscriber), ONE_CLICK)
    return len([query for query in captured.captured_queries if "SAVEPOINT" not in query["sql"]])


def test_one_click_needs_neither_broker_nor_cache(layla: Subscriber, settings: Settings) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:9/0"}
    }
    announce(released("on-rivers"))
    begun = time.monotonic()
    assert Client().post(unsubscribe_path(layla), ONE_CLICK).status_code == 200
    assert time.monotonic() - begun < 2
    assert Delivery.objects.get().status == Status.CANCELLED


@pytest.mark.usefixtures("no_broker")
@pytest.mark.django_db(transaction=True)
def test_leaving_by_the_page_needs_no_broker(client: Client, layla: Subscriber) -> None:
    there = leave(layla, "everything")
    wait_for_letters(1)
    assert "Your updates go on" in words(client.post(there, follow=True))


def test_one_click_works_years_later_with_another_key(layla: Subscriber, settings: Settings) -> None:
    path = unsubscribe_path(layla)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "this year's key", ["last year's key", settings.SECRET_KEY]
    assert Client().post(path, ONE_CLICK).status_code == 200
    assert gets(layla) == {}


def test_an_unsubscribe_link_outlives_the_subscriber(client: Client, layla: Subscriber) -> None:
    path = unsubscribe_path(layla)
    layla.delete()
    assert client.get(path).status_code == 200
    assert client.post(path, {"choice": "everything"}).status_code == 200
    assert client.post(path, ONE_CLICK).status_code == 200


def test_an_unsubscribe_link_outlives_the_language_of_its_mail(layla: Subscriber) -> None:
    """The site had German once."""
    path = unsubscribe_path(layla).replace("/en/", "/de/")
    assert Client().get(path).status_code == 200
    assert Client().post(path, ONE_CLICK).status_code == 200
    assert gets(layla) == {}


def test_neither_leaving_nor_taking_it_back_sets_a_cookie(client: Client, layla: Subscriber) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.get(unsubscribe_path(layla))
    there = strict.post(unsubscribe_path(layla), {"choice": "everything"}).headers["Location"]
    strict.get(there)
    strict.post(there)
    assert gets(layla) == {None: "immediate"}
    assert not strict.cookies


# Taking it back ------------------------------------------------------------------------------------------------------


def test_layla_takes_it_back_and_all_is_as_it_was(client: Client, water: Topic) -> None:
    layla = make_subscriber("layla@example.org", topics=[None, water], frequency=Frequency.DAILY)
    before = list(layla.subscriptions.order_by("pk").values())
    there = leave(layla, "everything")
    assert client.get(there).status_code == 200
    assert gets(layla) == {}  # a scanner's visit takes nothing back
    page = client.post(there, follow=True)
    assert "Your updates go on You get: All topics · Once a day water (en) · Once a day" in words(page)
    assert list(layla.subscriptions.order_by("pk").values()) == before


@pytest.mark.parametrize("choice", ["about", "daily", "weekly"])
def test_layla_takes_back_what_she_changed(client: Client, water: Topic, fish: Topic, choice: str) -> None:
    layla = make_subscriber("layla@example.org")
    there = leave(layla, choice, released("on-water", water))
    assert gets(layla) != {None: "immediate"}
    for _ in range(2):  # twice is as good as once
        assert "Your updates go on You get: All topics · At once" in words(client.post(there, follow=True))
    assert gets(layla) == {None: "immediate"}


def test_a_double_click_on_leaving_can_be_taken_back(client: Client, layla: Subscriber) -> None:
    first, second = leave(layla, "everything"), leave(layla, "everything")
    assert len(mail.outbox) == 1
    client.post(second)
    assert gets(layla) == {None: "immediate"}
    client.post(first)
    assert gets(layla) == {None: "immediate"}


def test_who_left_everything_gets_a_goodbye_with_the_way_back(client: Client, layla: Subscriber) -> None:
    leave(layla, "everything")
    (goodbye,) = mail.outbox
    assert goodbye.to == ["layla@example.org"]
    link = link_in(goodbye)
    assert "Undo" in words(client.get(link))
    client.post(link)
    assert gets(layla) == {None: "immediate"}


def test_no_goodbye_comes_after_layla_took_it_back(client: Client, layla: Subscriber) -> None:
    left = leaving.leave_everything(layla)
    assert left
    leaving.undo(left)
    assert leaving.goodbye(left.seal(), "en") is None


def test_goodbyes_are_counted(layla: Subscriber, settings: Settings) -> None:
    settings.LETTERS_PER_ADDRESS_AND_HOUR = 2
    for _ in range(4):
        Client().post(leave(layla, "everything"))
    assert len(mail.outbox) == 2


def test_it_can_be_taken_back_for_a_day(client: Client, layla: Subscriber) -> None:
    there = leave(layla, "everything")
    layla.subscriptions.update(ended_at=Now() - timedelta(hours=25))
    ended_at = layla.subscriptions.get().ended_at
    assert ended_at
    old = Left(layla.pk, layla.epoch, "everything", ended_at.isoformat())
    for path in (there, f"/en/left/{old.seal()}/"):
        client.post(path)
        assert gets(layla) == {}
    page = client.get(f"/en/left/{old.seal()}/")
    assert "It is too late to undo it." in words(page)
    assert "<form" not in page.content.decode().partition("<main")[2]
    assert client.post(f"/en/left/{old.seal()}/").status_code == 410


def test_what_bounced_or_was_complained_of_meanwhile_stays_ended(client: Client, layla: Subscriber) -> None:
    there = leave(layla, "everything")
    suppress_address(layla.email, Subscription.Ended.COMPLAINED)
    assert client.post(there).status_code == 410
    assert gets(layla) == {}


def test_what_staff_had_ended_before_stays_ended(client: Client, water: Topic, fish: Topic) -> None:
    layla = make_subscriber("layla@example.org", topics=[water, fish])
    end_subscriptions(layla, Subscription.Ended.BY_STAFF, only=layla.subscriptions.get(topic=fish))
    client.post(leave(layla, "everything"))
    assert gets(layla) == {"water": "immediate"}


def test_who_was_erased_does_not_come_back(client: Client, layla: Subscriber) -> None:
    there = leave(layla, "everything")
    layla.delete()
    assert client.post(there).status_code == 200
    assert not Subscriber.objects.exists()


def test_who_chose_anew_meanwhile_keeps_that(client: Client, water: Topic) -> None:
    layla = make_subscriber("layla@example.org", topics=[None, water])
    there = leave(layla, "everything")
    Subscription.objects.create(subscriber=layla, topic=water, frequency=Frequency.WEEKLY)
    client.post(there)
    assert gets(layla) == {None: "immediate", "water": "weekly"}
    assert "Your updates go on" in words(client.get(there))


def test_the_way_back_from_an_earlier_leaving_does_not_undo_a_later_one(
    client: Client, water: Topic, fish: Topic
) -> None:
    layla = make_subscriber("layla@example.org", topics=[water, fish])
    first = leave(layla, f"subscription-{layla.subscriptions.get(topic=fish).pk}")
    leave(layla, "everything")
    client.post(first)
    assert gets(layla) == {"fish": "immediate"}


def test_a_link_to_take_back_serves_nothing_else(client: Client, layla: Subscriber) -> None:
    token = leave(layla, "everything").split("/")[3]
    for place in ("u", "confirm", "sign-in", "address", "address/back"):
        assert client.post(f"/en/{place}/{token}/").status_code == 404
    for other in (links.unsubscribe_token(layla.pk), links.seal_wish(links.Wish("a@example.org", ("en",))), "x"):
        assert client.post(f"/en/left/{other}/").status_code == 404


# What was published meanwhile ----------------------------------------------------------------------------------------


def statuses() -> list[tuple[str, str]]:
    return list(Delivery.objects.order_by("pk").values_list("edition__statement__slug", "status"))


def test_what_was_waiting_when_layla_left_waits_again(client: Client, layla: Subscriber) -> None:
    announce(released("on-rivers"))
    there = leave(layla, "everything")
    assert statuses() == [("on-rivers", Status.CANCELLED)]
    client.post(there)
    assert statuses() == [("on-rivers", Status.WAITING)]


def test_what_was_announced_meanwhile_reaches_layla(client: Client, layla: Subscriber, smtp_server: MailServer) -> None:
    make_subscriber("omar@example.org")
    there = leave(layla, "everything")
    announce(released("on-rivers"))
    drain.drain()
    announce(Release.objects.get())
    assert Announcement.objects.get().completed_at  # nothing seems to be left to do
    client.post(there)
    drain.drain()
    told = [mail.message["To"] for mail in smtp_server.received if mail.message["List-Id"]]
    assert told == ["omar@example.org", "layla@example.org"]
    ledger.announce_due()
    assert Announcement.objects.get().completed_at
    client.post(there)
    assert drain.drain() == 0


def test_what_staff_cancelled_meanwhile_stays_cancelled(client: Client, layla: Subscriber) -> None:
    release = released("on-rivers")
    announce(release)
    there = leave(layla, "everything")
    Announcement.objects.update(completed_at=None)
    ledger.cancel(Announcement.objects.get(), "Wrong figures.")
    client.post(there)
    assert statuses() == [("on-rivers", Status.CANCELLED)]


def test_what_was_corrected_meanwhile_comes_once_and_corrected(client: Client, layla: Subscriber) -> None:
    statement = make_statement()
    announce(make_release(statement))
    there = leave(layla, "everything")
    correction = make_release(statement, kind=Release.Kind.CORRECTED, notes=NOTES)
    announce(correction)
    client.post(there)
    (line,) = Delivery.objects.waiting()
    assert line.edition.release == correction


def test_what_was_withdrawn_meanwhile_does_not_come(client: Client, layla: Subscriber) -> None:
    statement = make_statement()
    announce(make_release(statement))
    there = leave(layla, "everything")
    announce(make_release(statement, kind=Release.Kind.WITHDRAWN, notes=NOTES))
    client.post(there)
    assert not Delivery.objects.waiting().exists()


def test_nothing_comes_twice_to_who_left_and_came_back(
    client: Client, layla: Subscriber, smtp_server: MailServer
) -> None:
    announce(released("on-rivers"))
    drain.drain()
    client.post(leave(layla, "everything"))
    ledger.announce_due()
    assert drain.drain() == 0


def test_a_digest_that_was_waiting_waits_again(client: Client) -> None:
    layla = make_subscriber("layla@example.org", frequency=Frequency.DAILY)
    run = DigestRun.objects.create(frequency="daily", starts_at=Now() - timedelta(days=1), ends_at=Now())
    Delivery.objects.create(digest_run=run, subscriber=layla, language="en")
    client.post(leave(layla, "everything"))
    assert Delivery.objects.get().status == Status.WAITING


def test_the_next_digest_tells_of_what_was_published_meanwhile(client: Client) -> None:
    layla = make_subscriber("layla@example.org", frequency=Frequency.DAILY)
    there = leave(layla, "everything")
    released("on-rivers")
    client.post(there)
    # The night passes.
    Subscription.objects.update(started_at=Now() - timedelta(days=3))
    Release.objects.update(publish_at=Now() - timedelta(days=1))
    two_days_ago = timezone.now() - timedelta(days=2)
    DigestRun.objects.create(frequency="daily", starts_at=two_days_ago - timedelta(days=1), ends_at=two_days_ago)
    assert run_due() == 1


# Queries -------------------------------------------------------------------------------------------------------------


def test_more_subscriptions_take_no_more_queries(client: Client, layla: Subscriber, water: Topic) -> None:
    release = released("on-water", water)

    def queries() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as captured:
            client.get(unsubscribe_path(layla, release))
            asking = len(captured)
        there = leave(layla, "daily", release)
        with CaptureQueriesContext(connection) as captured:
            client.get(there)
            left = len(captured)
        client.post(there)
        return asking, left

    few = queries()
    assert few == (4, 5)
    for number in range(5):
        Subscription.objects.create(subscriber=layla, topic=make_topic(f"topic-{number}"))
    assert queries() == few


def test_open_preferences_are_not_needed_and_not_opened(client: Client, layla: Subscriber) -> None:
    leave(layla, "everything")
    assert "layla@example.org" not in client.get("/en/preferences/").content.decode()
    open_preferences(client, layla)
    assert "You get nothing at present." in words(client.get("/en/preferences/"))
