"""The ledger as staff see and steer it: Leila publishes, Omar only looks."""

import re
from datetime import time, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.db.models.functions import Now
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from subscriptions.delivery import ledger
from subscriptions.models import Announcement, Delivery, DigestRun, Frequency
from tests.making import make_release, make_statement, make_subscriber

pytestmark = pytest.mark.django_db

Status = Delivery.Status
LIST = "/admin/subscriptions/announcement/"


@pytest.fixture
def leila() -> User:
    """May publish, and so steer what is sent."""
    return User.objects.create_superuser("leila", password="made-up by the test")


@pytest.fixture
def omar() -> User:
    """May look at announcements."""
    omar = User.objects.create_user("omar", password="made-up by the test", is_staff=True)
    omar.user_permissions.set(Permission.objects.filter(codename="view_announcement"))
    return omar


@pytest.fixture
def as_leila(client: Client, leila: User) -> Client:
    client.force_login(leila)
    return client


def announce(*readers: str, slug: str = "river-levels", languages: tuple[str, ...] = ("en",)) -> Announcement:
    """An announcement that owes each of these a mail."""
    for reader in readers:
        make_subscriber(f"{reader}@example.org", *languages)
    release = make_release(make_statement(*languages, slug=slug))
    ledger.announce(release)
    return Announcement.objects.get(release=release)


def page_of(announcement: Announcement) -> str:
    return reverse("admin:subscriptions_announcement_change", args=[announcement.pk])


def press(client: Client, act: str, announcement: Announcement) -> HttpResponse:
    return client.post(reverse(f"admin:subscriptions_announcement_{act}", args=[announcement.pk]), follow=True)


def choose(client: Client, act: str, *announcements: Announcement) -> HttpResponse:
    """Tick announcements in the list and take an action."""
    numbers = [announcement.pk for announcement in announcements]
    return client.post(LIST, {"action": act, "_selected_action": numbers}, follow=True)


def text(response: HttpResponse) -> str:
    """The page's words, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def said(response: HttpResponse) -> list[str]:
    return [str(message) for message in response.context["messages"]]


# The books -----------------------------------------------------------------------------------------------------------


def settle(announcement: Announcement, *statuses: str) -> None:
    for line, status in zip(announcement.deliveries.order_by("pk"), statuses, strict=False):
        Delivery.objects.filter(pk=line.pk).update(status=status, settled_at=Now())


def test_the_page_shows_books_that_add_up(as_leila: Client) -> None:
    announcement = announce("anna", "boris", "carla", "dana", "emil", "fatma", "gul")
    settle(announcement, Status.SENT, Status.SENT, Status.FAILED, Status.CANCELLED, Status.EXPIRED)
    page = as_leila.get(page_of(announcement))
    found = re.search(r'<dl class="books">.*?</dl>', page.content.decode(), re.DOTALL)
    assert found
    sums = {label: int(number) for label, number in re.findall(r"<dt>(\w+)</dt><dd>(\d+)</dd>", found[0])}
    assert sums == {"owed": 7, "sent": 2, "failed": 1, "cancelled": 1, "expired": 1, "waiting": 2}
    assert sums.pop("owed") == sum(sums.values())
    assert '<progress max="7" value="5"' in page.content.decode()
    assert "71%" in text(page)


def test_the_list_shows_the_books_of_each(as_leila: Client) -> None:
    announce("anna", "boris")
    other = announce("carla", slug="floods")
    settle(other, Status.SENT, Status.SENT, Status.FAILED)
    rows = re.findall(r"<tr>.*?</tr>", as_leila.get(LIST).content.decode(), re.DOTALL)
    books = [[int(number) for number in re.findall(r'<td class="field-[a-z]+">(\d+)</td>', row)] for row in rows]
    assert list(filter(None, books)) == [[3, 2, 1, 0, 0, 0], [2, 0, 0, 0, 0, 2]]


def test_an_announcement_to_nobody_has_no_bar(as_leila: Client) -> None:
    page = as_leila.get(page_of(announce()))
    assert "<progress" not in page.content.decode()


def test_a_digest_run_has_books_too(as_leila: Client) -> None:
    run = DigestRun.objects.create(frequency=Frequency.DAILY, starts_at=Now() - timedelta(days=1), ends_at=Now())
    Delivery.objects.create(digest_run=run, subscriber=make_subscriber("anna@example.org"), language="en")
    page = as_leila.get(reverse("admin:subscriptions_digestrun_change", args=[run.pk]))
    assert "owed 1 sent 0 failed 0 cancelled 0 expired 0 waiting 1" in text(page)
    assert "1 0 0 0 0 1" in text(as_leila.get("/admin/subscriptions/digestrun/"))


@pytest.mark.parametrize("address", [LIST, "/admin/"])
def test_more_announcements_take_no_more_queries(as_leila: Client, address: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            as_leila.get(address)
        return len(captured)

    ledger.pause(announce("anna"), "Wrong figures.")
    few = queries()
    for number in range(5):
        ledger.pause(announce(f"reader-{number}", slug=f"more-{number}"), "Wrong figures.")
    assert queries() == few


def test_the_title_is_in_the_language_of_whoever_looks_or_of_the_original(as_leila: Client) -> None:
    announce("anna", languages=("ar", "fr"))
    title = '<bdi lang="ar" dir="rtl">انخفاض منسوب الأنهار</bdi>'
    assert title in as_leila.get(LIST).content.decode()
    with translation.override("fr"):
        assert title in as_leila.get(LIST, headers={"accept-language": "fr"}).content.decode()


# How it stands -------------------------------------------------------------------------------------------------------


def stands(client: Client, announcement: Announcement) -> str:
    found = re.search(r'field-standing">(.*?)<', client.get(LIST).content.decode())
    assert found
    return found[1]


def test_it_says_how_fast_it_goes_and_how_long_it_takes(as_leila: Client) -> None:
    announcement = announce(*(f"reader-{number}" for number in range(40)))
    settle(announcement, *[Status.SENT] * 20)
    announcement.deliveries.filter(status=Status.SENT).update(settled_at=Now() - timedelta(seconds=4))
    assert re.match(r"Sending, [45]\.\d a second; time left 0:00:0[45]", stands(as_leila, announcement))


def test_it_says_when_it_is_tried_again(as_leila: Client) -> None:
    announcement = announce("anna")
    announcement.deliveries.update(due_at=Now() + timedelta(minutes=3, seconds=30))
    assert re.match(r"Put off; next try in 0:03:2\d", stands(as_leila, announcement))


def test_it_says_for_how_long_it_waits_for_a_worker(as_leila: Client) -> None:
    announcement = announce("anna")
    announcement.deliveries.update(due_at=Now() - timedelta(minutes=2))
    assert re.match(r"Due for 0:02:0\d, waiting for a worker", stands(as_leila, announcement))


def test_it_says_when_quiet_hours_are_over(as_leila: Client, settings: Settings) -> None:
    settings.DELIVERY_QUIET_HOURS = (time.min, time.max)
    assert stands(as_leila, announce("anna")) == "Quiet hours; goes on at 11:59 p.m."


def test_it_says_why_it_is_paused(as_leila: Client) -> None:
    announcement = announce("anna")
    ledger.pause(announcement, "535 <Authentication> failed")
    page = as_leila.get(page_of(announcement))
    assert "Paused since" in text(page)
    assert "535 &lt;Authentication&gt; failed" in page.content.decode()


# While something is sent the page renews itself -----------------------------------------------------------------------


def test_the_page_renews_itself_while_something_is_sent(as_leila: Client) -> None:
    announcement = announce("anna")
    assert as_leila.get(page_of(announcement))["Refresh"] == "5"
    assert "Refresh" not in as_leila.get(page_of(announcement) + "?still")
    ledger.pause(announcement, "Wrong figures.")
    assert "Refresh" not in as_leila.get(page_of(announcement))
    ledger.cancel(announcement, "Wrong figures.")
    assert "Refresh" not in as_leila.get(page_of(announcement))


def test_neither_the_list_nor_the_page_that_asks_renews_itself(as_leila: Client) -> None:
    announcement = announce("anna")
    assert "Refresh" not in as_leila.get(LIST)
    assert "Refresh" not in as_leila.get(cancel_page(announcement))


# Pausing and resuming ------------------------------------------------------------------------------------------------


def test_leila_pauses_and_resumes_by_a_press_of_a_button(as_leila: Client) -> None:
    announcement = announce("anna")
    assert said(press(as_leila, "pause", announcement)) == ["Paused. What is not sent yet waits."]
    announcement.refresh_from_db()
    assert announcement.pause_reason == "Paused by leila."
    assert said(press(as_leila, "resume", announcement)) == ["Resumed. Sending goes on within seconds."]
    announcement.refresh_from_db()
    assert announcement.paused_at is None
    assert list(LogEntry.objects.order_by("pk").values_list("change_message", flat=True)) == ["Paused", "Resumed"]


def test_a_double_click_does_nothing_twice(as_leila: Client) -> None:
    announcement = announce("anna")
    press(as_leila, "pause", announcement)
    assert said(press(as_leila, "pause", announcement)) == [f"Announcement {announcement.pk} is paused already."]
    press(as_leila, "resume", announcement)
    assert said(press(as_leila, "resume", announcement)) == [f"Announcement {announcement.pk} is not paused."]
    assert LogEntry.objects.count() == 2


def test_several_are_paused_from_the_list_and_what_cannot_be_is_named(as_leila: Client) -> None:
    first, second, done = announce("anna"), announce("boris", slug="floods"), announce(slug="dams")
    ledger.cancel(done, "Wrong figures.")
    messages = said(choose(as_leila, "pause", first, second, done))
    assert sorted(messages) == [
        f"Announcement {done.pk} is cancelled already.",
        "Paused. What is not sent yet waits.",
    ]
    assert Announcement.objects.filter(paused_at__isnull=False).count() == 2
    choose(as_leila, "resume", first, second)
    assert not Announcement.objects.filter(paused_at__isnull=False).exists()


def test_buttons_are_those_that_do_something(as_leila: Client) -> None:
    announcement = announce("anna")

    def buttons() -> list[str]:
        return re.findall(
            r'formaction="[^"]*" value="(\w+)"|(Cancel…)', as_leila.get(page_of(announcement)).content.decode()
        )

    assert buttons() == [("Pause", ""), ("", "Cancel…")]
    ledger.pause(announcement, "Wrong figures.")
    assert buttons() == [("Resume", ""), ("", "Cancel…")]
    ledger.cancel(announcement, "Wrong figures.")
    assert buttons() == []


# Cancelling ----------------------------------------------------------------------------------------------------------


def cancel_page(*announcements: Announcement) -> str:
    numbers = "&".join(f"number={announcement.pk}" for announcement in announcements)
    return f"{reverse('admin:subscriptions_announcement_cancel')}?{numbers}"


def test_leila_is_asked_before_she_cancels(as_leila: Client) -> None:
    announcement = announce("anna", "boris")
    settle(announcement, Status.SENT)
    page = as_leila.get(cancel_page(announcement))
    assert "1 mail waits" in text(page)
    assert "cannot be undone" in text(page)
    assert announcement.deliveries.waiting().count() == 1

    assert said(as_leila.post(cancel_page(announcement), follow=True)) == ["Cancelled. 1 mail will not be sent."]
    assert set(announcement.deliveries.values_list("status", "reason")) == {
        (Status.SENT, ""),
        (Status.CANCELLED, "Cancelled by leila."),
    }
    again = as_leila.post(cancel_page(announcement), follow=True)
    assert said(again) == [f"Announcement {announcement.pk} is cancelled already."]


def test_several_are_cancelled_from_the_list(as_leila: Client) -> None:
    first, second = announce("anna"), announce("boris", slug="floods")
    page = choose(as_leila, "cancel", first, second)
    assert "1 mail waits" in text(page)
    assert "2 mails wait" in text(page)
    assert said(as_leila.post(cancel_page(first, second), follow=True)) == ["Cancelled. 3 mails will not be sent."]
    assert "There is nothing to cancel" in said(choose(as_leila, "cancel", first, second))[0]


@pytest.mark.parametrize("query", ["", "?number=", "?number=x", "?number=99999", f"?number={'9' * 30}"])
def test_with_nothing_to_cancel_the_page_leads_back(as_leila: Client, query: str) -> None:
    address = reverse("admin:subscriptions_announcement_cancel") + query
    assert as_leila.get(address)["Location"] == LIST
    assert as_leila.post(address)["Location"] == LIST


# Who may, and who is told --------------------------------------------------------------------------------------------


def test_omar_looks_and_does_nothing(client: Client, omar: User) -> None:
    announcement = announce("anna")
    client.force_login(omar)
    page = client.get(page_of(announcement))
    assert page.status_code == 200
    assert "formaction" not in page.content.decode()
    assert "Pause the chosen" not in text(client.get(LIST))
    assert press(client, "pause", announcement).status_code == 403
    assert press(client, "resume", announcement).status_code == 403
    assert client.get(cancel_page(announcement)).status_code == 403
    assert client.post(cancel_page(announcement)).status_code == 403
    announcement.refresh_from_db()
    assert (announcement.paused_at, announcement.cancelled_at) == (None, None)


def test_a_get_pauses_nothing(as_leila: Client) -> None:
    announcement = announce("anna")
    for act in ("pause", "resume"):
        assert (
            as_leila.get(reverse(f"admin:subscriptions_announcement_{act}", args=[announcement.pk])).status_code == 405
        )


@pytest.mark.parametrize("address", ["/admin/", LIST])
def test_whoever_comes_to_the_admin_is_told_what_is_paused_and_why(
    client: Client, leila: User, omar: User, address: str
) -> None:
    announcement = announce("anna", languages=("ar",))
    notice = f'<a href="{page_of(announcement)}">An announcement is paused</a>'
    for person in (leila, omar):
        client.force_login(person)
        assert notice not in client.get(address).content.decode()
    ledger.pause(announcement, "535 Authentication failed")
    for person in (leila, omar):
        client.force_login(person)
        page = client.get(address).content.decode()
        assert notice in page
        assert "535 Authentication failed" in page
        assert '<bdi lang="ar">انخفاض منسوب الأنهار</bdi>' in page


def test_who_may_not_see_announcements_is_told_nothing_of_them(client: Client, omar: User) -> None:
    ledger.pause(announce("anna"), "535 Authentication failed")
    omar.user_permissions.clear()
    client.force_login(omar)
    assert "535" not in text(client.get("/admin/"))
