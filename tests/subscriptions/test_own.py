"""What Layla may see of her own, and have erased."""

import io
import json
from datetime import datetime, time, timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from statements.languages import written_day
from statements.models import Release
from subscriptions import links, tasks
from subscriptions.delivery import drain, leases, ledger
from subscriptions.delivery.ledger import announce
from subscriptions.erasing import erase
from subscriptions.models import (
    Delivery,
    DigestItem,
    DigestRun,
    Frequency,
    LanguagePreference,
    Subscriber,
    Subscription,
    Suppression,
)
from subscriptions.suppressing import end_subscriptions, suppress_address
from tests.making import make_release, make_statement, make_subscriber, make_topic
from tests.smtp import MailServer
from tests.subscriptions.visits import open_preferences, opens_preferences, path, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("workers_at_once")]

Status = Delivery.Status
MAILS, DATA, FILE, ERASE = (f"/en/preferences/{page}" for page in ("mails/", "data/", "data.json", "erase/"))
ADDRESS = "layla@example.org"


@pytest.fixture
def layla() -> Subscriber:
    return make_subscriber(ADDRESS, "en", "ar", time_zone="Asia/Amman")


@pytest.fixture
def as_layla(client: Client, layla: Subscriber) -> Client:
    open_preferences(client, layla)
    return client


def told(slug: str, **choices: object) -> Delivery:
    """A line of Layla's about a statement of its own."""
    announce(make_release(make_statement(slug=slug), **choices))
    return Delivery.objects.get(edition__statement__slug=slug)


def queries(client: Client, page: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(page)
        return len(captured)


@pytest.mark.parametrize("page", [MAILS, DATA, FILE, ERASE, "/en/preferences/pause/", "/en/preferences/digest-time/"])
def test_nobody_sees_it_who_has_not_opened_preferences(client: Client, layla: Subscriber, page: str) -> None:
    for answer in (client.get(page), client.post(page)):
        assert ADDRESS.encode() not in answer.content
    assert client.get(page)["Content-Type"].startswith("text/html")
    assert "we send you a link that opens your preferences" in words(client.get(page))
    assert Subscriber.objects.exists()


@pytest.mark.parametrize("page", [MAILS, DATA, FILE, ERASE])
def test_no_cache_keeps_it(as_layla: Client, page: str) -> None:
    assert "no-store" in as_layla.get(page)["Cache-Control"]


# The mails of the last days ------------------------------------------------------------------------------------------


def test_the_page_says_what_was_sent_and_what_became_of_it(as_layla: Client) -> None:
    told("on-its-way")
    Delivery.objects.filter(pk=told("sent").pk).update(status=Status.SENT, settled_at="2026-11-24T22:30Z")
    Delivery.objects.filter(pk=told("arrived").pk).update(status=Status.SENT, settled_at=Now(), delivered_at=Now())
    Delivery.objects.filter(pk=told("failed").pk).update(
        status=Status.FAILED, settled_at=Now(), reason="550 5.1.1 <layla@example.org> is unknown"
    )
    page = as_layla.get(MAILS)
    text = words(page)
    # Half past ten in the evening in Greenwich is the next day in Amman.
    assert "Wednesday, November 25, 2026, 1:30 AM · Statement River levels are falling Sent · English" in text
    for state in ("On its way · English", "Delivered · English", "Could not be delivered · English"):
        assert state in text
    assert "550" not in text  # in the words of a relay, not in ours
    assert 'href="/en/statements/' in page.content.decode()
    assert text.index("Could not be delivered") < text.index("On its way")  # the newest first


def test_each_kind_of_mail_has_a_name(as_layla: Client, layla: Subscriber) -> None:
    statement = make_statement("en", "ar")
    announce(make_release(statement, "ar"))
    Delivery.objects.update(status=Status.SENT, settled_at=Now())
    announce(make_release(statement, "ar", kind=Release.Kind.CORRECTED, notes={"ar": "تصحيح الأرقام."}))
    run = DigestRun.objects.create(frequency="weekly", starts_at=Now() - timedelta(days=7), ends_at=Now())
    digest = Delivery.objects.create(digest_run=run, subscriber=layla, language="en")
    for edition in make_release(make_statement(slug="other")).editions.all():
        DigestItem.objects.create(delivery=digest, edition=edition)
    page = as_layla.get(MAILS)
    text = words(page)
    assert "Weekly digest River levels are falling" in text
    assert "Correction انخفاض منسوب الأنهار" in text
    assert "Statement انخفاض منسوب الأنهار" in text
    assert 'lang="ar" hreflang="ar" dir="rtl">انخفاض منسوب الأنهار</a>' in page.content.decode()


def test_the_page_says_what_it_does_not_list(as_layla: Client) -> None:
    as_layla.post("/en/sign-up/", {"email": ADDRESS})
    assert len(mail.outbox) == 1  # the link to her preferences
    text = words(as_layla.get(MAILS))
    assert "Mails with statements are listed here. Links you asked for" in text
    assert "We have sent you no statements in this time." in text
    told("on-rivers")
    assert "of those mails we keep nothing. " in words(as_layla.get(MAILS))


def test_what_is_older_than_thirty_days_or_somebody_elses_is_not_there(as_layla: Client) -> None:
    assert "We have sent you no statements in this time." in words(as_layla.get(MAILS))
    told("old")
    Delivery.objects.update(created_at=Now() - timedelta(days=31))
    make_subscriber("omar@example.org", topics=[make_topic("fish")])
    Subscription.objects.filter(subscriber__email=ADDRESS).update(ended_at=Now())
    announce(make_release(make_statement(slug="on-fish", topics=[make_topic("eels")])))
    assert "We have sent you no statements in this time." in words(as_layla.get(MAILS))


def test_many_mails_are_paged_and_take_no_more_queries(as_layla: Client) -> None:
    told("first")
    few = queries(as_layla, MAILS)
    for number in range(30):
        told(f"more-{number}")
    assert queries(as_layla, MAILS) == few == 6
    assert "Page 1 of 2" in words(as_layla.get(MAILS))
    for page in ("2", "3", "x", "-1"):
        assert as_layla.get(MAILS, {"page": page}).status_code == 200


# What is held --------------------------------------------------------------------------------------------------------


def test_the_file_holds_every_column_that_is_theirs(as_layla: Client, layla: Subscriber) -> None:
    line = told("on-rivers")
    Delivery.objects.update(provider_id="pm-1", reason="450 busy")
    end_subscriptions(layla, Subscription.Ended.BY_STAFF)
    answer = as_layla.get(FILE)
    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"] == 'attachment; filename="preferences.json"'
    held = json.loads(answer.content)
    # Without keys that only tie rows together, each column stands there by its own name.
    facts = {key: held[key]["held"] for key in held if isinstance(held[key], dict)}
    named = {name for things in facts.values() for thing in things for name in thing}
    for model in (Subscriber, Subscription):
        columns = {field.name for field in model._meta.concrete_fields} - {"id", "subscriber"}
        assert columns <= named
    columns = {field.name for field in Delivery._meta.concrete_fields}
    elsewhere = {"id", "subscriber", "announcement", "digest_run", "edition", "lease"}
    assert columns - elsewhere <= named
    assert held["address"]["held"][0]["email"] == ADDRESS
    assert held["languages"]["held"] == [{"order": ["en", "ar"], "while_missing": "next"}]
    assert held["subscriptions"]["held"][0]["ended_because"] == "by-staff"
    (sent,) = held["mails"]["held"]
    assert (sent["number"], sent["provider_id"], sent["editions"][0]["title"]) == (
        line.pk,
        "pm-1",
        "River levels are falling",
    )
    for key in facts:
        assert held[key]["why"].endswith(".")
        assert held[key]["kept"].endswith(".")


def test_the_page_says_the_same_in_words(as_layla: Client, layla: Subscriber) -> None:
    told("on-rivers")
    text = words(as_layla.get(DATA))
    for sentence in (
        "Email address layla@example.org",
        "Languages, in your order English and العربيّة",
        "Topic All topics How often At once Since",
        "Your time zone Jordan (GMT+03:00)",
        "How many 1",
        "Kept: Until you erase it. Then they stay in our books as numbers",
    ):
        assert sentence in text
    # What there is not, is not listed.
    for name in ("Paused since", "Day of your weekly digest", "That we may not write to you"):
        assert name not in text


def test_the_hour_of_the_digests_and_the_day_of_a_pause_are_written_as_such(
    as_layla: Client, layla: Subscriber
) -> None:
    day = timezone.localdate() + timedelta(days=90)
    until = datetime.combine(day, time(), layla.zone)
    Subscriber.objects.update(digest_hour=19, paused_at=until - timedelta(days=1), paused_until=until)
    text = words(as_layla.get(DATA))
    assert "Time of your digests 7:00 PM" in text
    assert f"Paused until {written_day(day, 'en')} Changes of your address" in text  # not: 12:00 AM


def test_who_is_suppressed_reads_that_and_why(as_layla: Client, layla: Subscriber) -> None:
    suppress_address(ADDRESS, Subscription.Ended.COMPLAINED)
    text = words(as_layla.get(DATA))
    assert "That we may not write to you To write to this address no more." in text
    assert "Because complained of unwanted mail" in text


def test_a_long_history_takes_no_more_queries(as_layla: Client, layla: Subscriber) -> None:
    told("first")
    few = queries(as_layla, DATA), queries(as_layla, FILE)
    for number in range(5):
        told(f"more-{number}")
        Subscription.objects.create(subscriber=layla, topic=make_topic(f"topic-{number}"))
    assert (queries(as_layla, DATA), queries(as_layla, FILE)) == few == (8, 10)


@pytest.mark.parametrize("language", ["ar", "ur", "zh-hans", "fa"])
def test_it_can_be_read_in_any_language(as_layla: Client, language: str) -> None:
    told("on-rivers")
    for page in (MAILS, DATA, FILE):
        assert as_layla.get(page.replace("/en/", f"/{language}/")).status_code == 200


# Being erased --------------------------------------------------------------------------------------------------------


def everything_stored() -> str:
    """All tables, as text."""
    dump = io.StringIO()
    call_command("dumpdata", stdout=dump)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            dump.write(str(cursor.fetchall()))
    return dump.getvalue()


def test_layla_is_asked_and_erased_and_told(as_layla: Client, layla: Subscriber) -> None:
    assert ADDRESS in words(as_layla.get(ERASE))
    assert Subscriber.objects.exists()
    page = as_layla.post(ERASE, follow=True)
    assert "You are erased We hold nothing about you any more" in words(page)
    assert "One last message" in words(page)
    assert not Subscriber.objects.exists()
    (goodbye,) = mail.outbox
    assert goodbye.to == [ADDRESS]
    assert "/left/" not in str(goodbye.body)  # there is no way back
    assert not Suppression.objects.exists()
    assert not opens_preferences(as_layla)


def test_nothing_that_is_stored_names_her_afterwards(as_layla: Client, layla: Subscriber) -> None:
    line = told("on-rivers")
    Delivery.objects.update(
        status=Status.FAILED, settled_at=Now(), provider_id="pm-77777", reason=f"550 <{ADDRESS}> layla is unknown"
    )
    run = DigestRun.objects.create(frequency="daily", starts_at=Now() - timedelta(days=1), ends_at=Now())
    Delivery.objects.create(digest_run=run, subscriber=layla, language="en", reason="450 layla@example.org is busy")
    as_layla.post("/en/preferences/address/", {"email": "layla.next@example.org"})
    assert "layla" in everything_stored()

    as_layla.post(ERASE)
    stored = everything_stored()
    assert "layla" not in stored
    assert "pm-77777" not in stored
    line.refresh_from_db()
    assert (line.subscriber, line.status, line.reason) == (None, Status.FAILED, "")
    assert [Delivery.objects.count(), Subscription.objects.count(), LanguagePreference.objects.count()] == [2, 0, 0]


def test_who_wants_it_is_never_written_to_again(as_layla: Client, layla: Subscriber) -> None:
    page = as_layla.post(ERASE, {"never_again": "on"}, follow=True)
    assert "We write to your address no more." in words(page)
    assert mail.outbox == []
    assert Suppression.objects.get().reason == Suppression.Reason.REQUESTED
    assert "layla" not in everything_stored()
    as_layla.post("/en/sign-up/", {"email": ADDRESS})
    assert mail.outbox == []


def test_who_only_was_erased_can_sign_up_again(as_layla: Client) -> None:
    as_layla.post(ERASE)
    as_layla.post("/en/sign-up/", {"email": ADDRESS})
    assert [message.to for message in mail.outbox] == [[ADDRESS], [ADDRESS]]


def test_a_double_click_erases_once_and_says_so(as_layla: Client) -> None:
    answers = [as_layla.post(ERASE) for _ in range(2)]
    assert [answer.headers["Location"] for answer in answers] == ["/en/preferences/erased/"] * 2
    assert len(mail.outbox) == 1


def test_a_browser_that_was_open_elsewhere_is_told_too(as_layla: Client, layla: Subscriber) -> None:
    at_work = Client()
    open_preferences(at_work, layla)
    as_layla.post(ERASE)
    assert at_work.post(ERASE).headers["Location"] == "/en/preferences/erased/"
    assert "we send you a link" in words(at_work.get(ERASE))


@pytest.mark.usefixtures("no_broker")
def test_without_a_broker_and_a_mail_server_she_is_erased_all_the_same(as_layla: Client, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert as_layla.post(ERASE).status_code == 302
    assert not Subscriber.objects.exists()


def test_the_queue_holds_her_address_encrypted(as_layla: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[str] = []
    monkeypatch.setattr(tasks.send_erased, "delay", rung.append)
    as_layla.post(ERASE)
    assert "layla" not in rung[0]
    assert as_layla.post(f"/en/confirm/{rung[0]}/").status_code == 404


def test_a_mail_in_a_workers_hands_is_let_go_of(layla: Subscriber) -> None:
    line, holder = told("on-rivers"), leases.Lease()
    holder.claim(line.announcement_id, 10)
    assert holder.lost([line.pk]) == set()
    erase(layla)
    assert holder.lost([line.pk]) == {line.pk}  # what a worker asks twice a second
    line.refresh_from_db()
    assert (line.status, line.subscriber) == (Status.CANCELLED, None)


def test_what_a_worker_had_just_sent_is_recorded_as_a_number_alone(layla: Subscriber) -> None:
    line = told("on-rivers")
    leases.Lease().claim(line.announcement_id, 10)
    erase(layla)
    ledger.record_sent({line.pk})
    ledger.record_numbers({line.pk: "pm-77777"})
    line.refresh_from_db()
    assert (line.status, line.provider_id) == (Status.SENT, "")


def test_nothing_more_is_sent_and_the_books_close(layla: Subscriber, smtp_server: MailServer) -> None:
    told("on-rivers")
    told("on-floods")
    erase(layla)
    assert drain.drain() == 0
    assert smtp_server.received == []
    assert set(Delivery.objects.values_list("status", flat=True)) == {Status.CANCELLED}


def test_links_of_an_erased_person_lead_nowhere(client: Client, layla: Subscriber) -> None:
    sign_in, unsubscribe = path(links.sign_in_url(layla, "en")), f"/en/u/{links.unsubscribe_token(layla.pk)}/"
    erase(layla)
    assert client.post(sign_in).status_code == 410
    assert "You are unsubscribed" in words(client.get(unsubscribe))


def test_frequencies_of_somebody_else_are_left_alone(layla: Subscriber) -> None:
    omar = make_subscriber("omar@example.org", frequency=Frequency.DAILY)
    announce(make_release(make_statement(slug="on-rivers")))
    erase(layla)
    assert omar.subscriptions.active().get().frequency == Frequency.DAILY
    assert not Delivery.objects.waiting().exists()
