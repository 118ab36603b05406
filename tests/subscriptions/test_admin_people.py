"""People and suppressions as staff see them: Leila may do all, Omar only looks."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from subscriptions.delivery.ledger import announce
from subscriptions.models import Delivery, Subscriber, Suppression
from subscriptions.suppressing import suppress_address
from tests.making import make_release, make_statement, make_subscriber

pytestmark = pytest.mark.django_db

PEOPLE, SUPPRESSIONS = "/admin/subscriptions/subscriber/", "/admin/subscriptions/suppression/"


@pytest.fixture
def as_leila(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("leila", password="made-up by the test"))
    return client


@pytest.fixture
def as_omar(client: Client) -> Client:
    omar = User.objects.create_user("omar", password="made-up by the test", is_staff=True)
    omar.user_permissions.set(Permission.objects.filter(codename__in=["view_subscriber", "view_suppression"]))
    client.force_login(omar)
    return client


def text(response: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def erase_page(*people: Subscriber) -> str:
    numbers = "&".join(f"number={person.pk}" for person in people)
    return f"{reverse('admin:subscriptions_subscriber_erase')}?{numbers}"


def suppressed(client: Client, address: str) -> int:
    """How many suppressions the search for an address shows."""
    return len(client.get(SUPPRESSIONS, {"q": address}).context["cl"].result_list)


def test_leila_erases_a_person_who_asked_for_it(as_leila: Client) -> None:
    anna, boris = make_subscriber("anna@example.org"), make_subscriber("boris@example.org")
    announce(make_release(make_statement()))
    page = as_leila.get(reverse("admin:subscriptions_subscriber_change", args=[anna.pk]))
    assert erase_page(anna) in page.content.decode()
    asked = as_leila.get(erase_page(anna))
    assert "anna@example.org" in text(asked)
    assert Subscriber.objects.count() == 2

    answer = as_leila.post(erase_page(anna), follow=True)
    assert "1 person erased." in text(answer)
    assert list(Subscriber.objects.all()) == [boris]
    assert dict(Delivery.objects.values_list("subscriber", "status")) == {None: "cancelled", boris.pk: "waiting"}
    assert not Suppression.objects.exists()


def test_the_log_says_who_erased_and_not_whom_by_name(as_leila: Client) -> None:
    anna = make_subscriber("anna@example.org")
    number = anna.pk
    as_leila.post(erase_page(anna))
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_id) == ("leila", str(number))
    assert "anna" not in f"{entry.object_repr} {entry.change_message}"


def test_several_are_erased_from_the_list_and_never_written_to_again(as_leila: Client) -> None:
    people = [make_subscriber(f"{name}@example.org") for name in ("anna", "boris")]
    chosen = {"action": "erase", "_selected_action": [person.pk for person in people]}
    asked = as_leila.post(PEOPLE, chosen, follow=True)
    assert "anna@example.org" in text(asked)
    assert "boris@example.org" in text(asked)
    answer = as_leila.post(erase_page(*people), {"never_again": "on"}, follow=True)
    assert "2 people erased." in text(answer)
    assert not Subscriber.objects.exists()
    assert Suppression.covers("anna@example.org")


@pytest.mark.parametrize("query", ["", "?number=", "?number=x", "?number=99999", f"?number={'9' * 30}"])
def test_with_nobody_to_erase_the_page_leads_back(as_leila: Client, query: str) -> None:
    address = reverse("admin:subscriptions_subscriber_erase") + query
    assert as_leila.get(address)["Location"] == PEOPLE
    assert as_leila.post(address)["Location"] == PEOPLE


def test_omar_looks_and_erases_nobody(as_omar: Client) -> None:
    anna = make_subscriber("anna@example.org")
    page = as_omar.get(reverse("admin:subscriptions_subscriber_change", args=[anna.pk]))
    assert page.status_code == 200
    assert "Erase" not in text(page)
    assert as_omar.get(erase_page(anna)).status_code == 403
    assert as_omar.post(erase_page(anna)).status_code == 403
    assert Subscriber.objects.exists()


def test_leila_finds_the_suppression_of_an_address_and_lifts_it(as_leila: Client) -> None:
    for address in ("anna@example.org", "boris@example.org"):
        suppress_address(address, "bounced")
    assert suppressed(as_leila, "") == 2
    assert suppressed(as_leila, " Anna@Example.org ") == 1
    assert suppressed(as_leila, "anna@example") == 0
    assert suppressed(as_leila, "carla@example.org") == 0
    number = as_leila.get(SUPPRESSIONS, {"q": "anna@example.org"}).context["cl"].result_list[0].pk
    answer = as_leila.post(SUPPRESSIONS, {"action": "lift", "_selected_action": [number]}, follow=True)
    assert "1 suppression lifted." in text(answer)
    assert not Suppression.covers("anna@example.org")
    assert Suppression.covers("boris@example.org")
    assert LogEntry.objects.get().user.username == "leila"


def test_omar_lifts_nothing(as_omar: Client) -> None:
    suppress_address("anna@example.org", "bounced")
    assert suppressed(as_omar, "anna@example.org") == 1
    assert "Lift the chosen" not in text(as_omar.get(SUPPRESSIONS))
    number = Suppression.objects.get().pk
    as_omar.post(SUPPRESSIONS, {"action": "lift", "_selected_action": [number]})
    assert Suppression.objects.exists()
