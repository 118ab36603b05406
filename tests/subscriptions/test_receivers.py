"""What a provider reports, in whatever order it comes, through Anymail's own webhook."""

import base64
import json
from typing import Any

import pytest
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from django.test import Client

from statements.publishing import Draft
from statements.signals import reviewing
from subscriptions.addresses import address_hash
from subscriptions.bounces import is_hard
from subscriptions.delivery import ledger
from subscriptions.models import Delivery, Frequency, Subscriber, Subscription, Suppression
from tests.making import make_release, make_statement, make_subscriber, make_topic

pytestmark = pytest.mark.django_db

Status = Delivery.Status
SECRET = "Basic " + base64.b64encode(b"tests:the-tests-own-webhook-secret").decode()


def report(kind: str, address: str, line: Delivery | None = None, secret: str = SECRET, **fields: Any) -> int:
    """Post an event as Postmark does, and return the answer's status."""
    metadata = {"delivery": str(line.pk)} if line else {}
    event = {
        "RecordType": kind,
        "Email": address,
        "Recipient": address,
        "Metadata": metadata,
        "MessageID": "m-1",
        **fields,
    }
    answer = Client().post(
        "/anymail/postmark/tracking/",
        json.dumps(event),
        content_type="application/json",
        headers={"Authorization": secret},
    )
    return answer.status_code


def owed_to(email: str) -> Delivery:
    make_subscriber(email)
    ledger.announce(make_release(make_statement()))
    return Delivery.objects.get()


def test_arrived_is_recorded_and_is_not_sent() -> None:
    line = owed_to("layla@example.org")
    assert report("Delivery", "layla@example.org", line, DeliveredAt="2026-11-23T10:00:00Z") == 200
    line.refresh_from_db()
    assert line.delivered_at is not None
    assert line.status == Status.WAITING  # the event came before our own record: that will say "sent"


@pytest.mark.parametrize("times", [1, 2])
def test_a_hard_bounce_suppresses_and_ends_everything(times: int) -> None:
    line = owed_to("gone@example.org")
    for _ in range(times):
        assert report("Bounce", "gone@example.org", line, Type="HardBounce", TypeCode=1) == 200
    line.refresh_from_db()
    assert line.status == Status.FAILED
    assert Suppression.objects.get().address_hash == address_hash("gone@example.org")
    assert Subscription.objects.get().ended_because == Subscription.Ended.BOUNCED


def test_a_complaint_suppresses_and_ends_everything() -> None:
    line = owed_to("layla@example.org")
    Delivery.objects.settle(Status.SENT)
    report("SpamComplaint", "Layla@Example.org", line, Type="SpamComplaint", TypeCode=100001)
    assert Suppression.objects.get().reason == Suppression.Reason.COMPLAINED
    assert Subscription.objects.get().ended_because == Subscription.Ended.COMPLAINED
    line.refresh_from_db()
    assert line.status == Status.SENT


def test_a_soft_bounce_ends_nothing() -> None:
    line = owed_to("full@example.org")
    report("Bounce", "full@example.org", line, Type="SoftBounce", TypeCode=4096)
    assert Subscription.objects.active().exists()
    assert not Suppression.objects.exists()


def test_five_soft_bounces_in_a_row_are_as_good_as_a_hard_one() -> None:
    make_subscriber("full@example.org")
    for number in range(5):
        assert not Suppression.objects.exists()
        release = make_release(make_statement(slug=f"s{number}"))
        ledger.announce(release)
        line = Delivery.objects.get(announcement__release=release)
        report("Bounce", "full@example.org", line, Type="SoftBounce", TypeCode=4096)
    assert Suppression.objects.get().reason == Suppression.Reason.BOUNCED


@pytest.mark.parametrize(
    ("raw", "response", "hard"),
    [
        ({"bounceType": "Permanent"}, "", True),
        ({"bounceType": "Transient", "bounceSubType": "MailboxFull"}, "", False),
        ({"event": "soft_bounce"}, "", False),
        ({"event": "hard_bounce"}, "", True),
        ({"bounce_class": "22"}, "", False),
        ({"bounce_class": "10"}, "", True),
        ({"event": "bounce", "hard_bounce": False}, "", False),
        ({"event": "bounce"}, "552 5.2.2 Mailbox over quota", False),
        ({"event": "bounce"}, "452 4.2.2 try again", False),
        ({"event": "bounce"}, "550 5.1.1 no such user", True),
    ],
)
def test_how_final_a_bounce_is_stands_in_the_providers_own_words(
    raw: dict[str, Any], response: str, hard: bool
) -> None:
    event = AnymailTrackingEvent(
        event_type=EventType.BOUNCED, reject_reason=RejectReason.BOUNCED, esp_event=raw, mta_response=response
    )
    assert is_hard(event) is hard


def test_a_bounce_of_an_address_nobody_has_is_noted_and_hurts_nobody() -> None:
    make_subscriber("layla@example.org")
    assert report("Bounce", "stranger@example.org", Type="HardBounce", TypeCode=1) == 200
    assert Subscription.objects.active().count() == 1


def test_an_event_cannot_settle_another_persons_delivery() -> None:
    line = owed_to("layla@example.org")
    make_subscriber("omar@example.org")
    report("Bounce", "omar@example.org", line, Type="HardBounce", TypeCode=1)
    line.refresh_from_db()
    assert line.status == Status.WAITING


def test_without_the_secret_nothing_is_believed() -> None:
    line = owed_to("layla@example.org")
    assert report("Bounce", "layla@example.org", line, secret="Basic eDp5", Type="HardBounce", TypeCode=1) == 400
    assert not Suppression.objects.exists()


def test_a_suppressed_address_is_never_in_an_audience_again() -> None:
    line = owed_to("gone@example.org")
    report("Bounce", "gone@example.org", line, Type="HardBounce", TypeCode=1)
    Subscriber.objects.all().delete()  # erased: the hash survives
    assert Suppression.covers("GONE@example.org")


def test_staff_see_whom_a_draft_reaches_each_person_once() -> None:
    water, fish = make_topic("water"), make_topic("fish")
    make_subscriber("twice@example.org", "ar", topics=[water, None])
    make_subscriber("daily@example.org", "fr", "en", topics=[water], frequency=Frequency.DAILY)
    make_subscriber("elsewhere@example.org", "en", topics=[fish])
    statement = make_statement("en", "ar", topics=[water])
    [(_, html)] = reviewing.send(Draft, draft=Draft(statement, ("en", "ar")))
    assert "2 people" in html
    cells = [cell.partition("<")[0] for cell in html.split("<td>")[1:]]
    assert cells == ["0", "1", "0", "1", "0", "0"]  # English: one daily; Arabic: one at once
