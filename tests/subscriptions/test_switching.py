"""Layla changes the language half-way through a form of her preferences."""

import re

import pytest
from django.core import mail
from django.test import Client

from subscriptions.models import Subscriber
from tests.making import make_subscriber
from tests.subscriptions.visits import open_preferences

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("workers_at_once")]

CHOSEN = {"digest_hour": "5", "digest_weekday": "3", "time_zone": "Asia/Tokyo"}


@pytest.mark.parametrize(
    ("page", "filled_in", "stands"),
    [
        ("address", {"email": "layla@"}, [r'name="email" value="layla@"']),
        ("pause", {"until": "2027-02"}, [r'name="until" value="2027-02"']),
        ("digest-time", CHOSEN, [rf'value="{value}" selected' for value in CHOSEN.values()]),
        ("erase", {"never_again": "on"}, [r'name="never_again"[^>]* checked']),
    ],
)
def test_nothing_is_lost_or_looked_at_or_done(
    client: Client, page: str, filled_in: dict[str, str], stands: list[str]
) -> None:
    open_preferences(client, make_subscriber("layla@example.org"))
    before = list(Subscriber.objects.values())
    shown = client.get(f"/en/preferences/{page}/").content.decode()
    assert not any(re.search(sign, shown) for sign in stands)
    ways = re.findall(r'<button class="quiet" form="form" formaction="([^"]+)" name="switch" value="en"', shown)
    assert len(ways) == 8
    assert shown.count('<form id="form"') == 1
    for way in ways:
        answer = client.post(way, {**filled_in, "switch": "en"})
        assert answer.status_code == 200
        shown = answer.content.decode()
        assert 'class="errors"' not in shown
        assert all(re.search(sign, shown) for sign in stands), way
    assert list(Subscriber.objects.values()) == before
    assert mail.outbox == []
