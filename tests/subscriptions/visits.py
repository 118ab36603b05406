"""What people do with their browser, for the tests of several pages."""

import html
import re
import time

from django.core import mail
from django.http import HttpResponse
from django.test import Client

from subscriptions import links
from subscriptions.models import Subscriber

SITE = "https://statements.example.org"


def path(address: str) -> str:
    return address.removeprefix(SITE)


def open_preferences(client: Client, subscriber: Subscriber) -> None:
    """Follow a sign-in link and press its button."""
    subscriber.refresh_from_db()
    client.post(path(links.sign_in_url(subscriber, "en")))


def opens_preferences(client: Client) -> bool:
    """Tell whether this browser has somebody's preferences open."""
    return b"language_0" in client.get("/en/preferences/").content


def link_in(message: mail.EmailMessage) -> str:
    found = re.search(rf"{SITE}(/\S+)", str(message.body))
    assert found
    return found[1]


def wait_for_letters(number: int) -> None:
    """Where no worker is, they may be sent after the page has answered."""
    stop_at = time.monotonic() + 10
    while len(mail.outbox) < number:
        assert time.monotonic() < stop_at
        time.sleep(0.02)


def words(answer: HttpResponse) -> str:
    """The words of a page's main part."""
    found = re.search(r"<main.*</main>", answer.content.decode(), re.DOTALL)
    assert found
    text = html.unescape(re.sub(r"<[^>]+>", " ", found[0]))
    return re.sub(r"\s+", " ", re.sub("[\u2068\u2069]", "", text))
