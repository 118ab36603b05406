"""Sending through a provider's API, by Anymail: a local server speaks Postmark's part."""

import json
from base64 import b64decode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from anymail.backends import amazon_ses
from anymail.backends.amazon_ses import EmailBackend as SES
from anymail.backends.postmark import EmailBackend, PostmarkPayload
from pytest_django import Settings

from statements.models import Edition
from subscriptions.delivery import drain, leases, ledger
from subscriptions.delivery.letters import statement_letter
from subscriptions.delivery.lines import Line
from subscriptions.delivery.transports import postmark
from subscriptions.models import Announcement, Delivery, Suppression
from tests.making import TEXTS, make_release, make_statement, make_subscriber, make_topic

pytestmark = pytest.mark.django_db

Status = Delivery.Status


class Provider(ThreadingHTTPServer):
    """Keeps what it was asked to send; answers as told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.answer = 200, {"ErrorCode": 0, "Message": "OK", "MessageID": "pm-1"}
        # What is said of single recipients in a batch, in place of the answer.
        self.of_recipient: dict[str, dict[str, Any]] = {}
        self.asked: list[dict[str, Any]] = []  # mail by mail, however many came in a call
        self.calls: list[str] = []


class Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.calls.append(self.path)
        self.server.asked += sent if isinstance(sent, list) else [sent]
        answers = [self._answer(mail) for mail in sent] if isinstance(sent, list) else self._answer(sent)
        body = json.dumps(answers).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, mail: dict[str, Any]) -> dict[str, Any]:
        address = mail.get("To", "")
        return {"To": address, **self.server.of_recipient.get(address, self.server.answer)}

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    with Provider() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
        url = f"http://127.0.0.1:{server.server_port}/"
        settings.ANYMAIL = {**settings.ANYMAIL, "POSTMARK_SERVER_TOKEN": "t", "POSTMARK_API_URL": url}
        yield server
        server.shutdown()


@pytest.fixture
def ses(provider: Provider, settings: Settings) -> Provider:
    """The same server, asked as Amazon SES is."""
    settings.EMAIL_BACKEND = "anymail.backends.amazon_ses.EmailBackend"
    keys = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "eu-west-1"}
    client = {
        "endpoint_url": f"http://127.0.0.1:{provider.server_port}",
        "config": {"retries": {"total_max_attempts": 1}},
    }
    settings.ANYMAIL = {
        **settings.ANYMAIL,
        "AMAZON_SES_SESSION_PARAMS": keys,
        "AMAZON_SES_CLIENT_PARAMS": client,
    }
    provider.answer = {"MessageId": "ses-1"}
    return provider


def announce_to(*names: str) -> None:
    for name in names:
        make_subscriber(f"{name}@example.org", "ar")
    make_release(make_statement("ar"))
    ledger.announce_due()


def test_it_carries_the_mail_with_its_headers_and_says_which_delivery_it_is(provider: Provider) -> None:
    announce_to("layla")
    assert drain.drain() == 1
    (asked,) = provider.asked
    headers = {header["Name"]: header["Value"] for header in asked["Headers"]}
    line = Delivery.objects.get()
    assert (line.status, line.provider_id) == (Status.SENT, "pm-1")
    assert asked["Metadata"] == {"delivery": str(line.pk)}
    assert headers["List-Unsubscribe"].startswith("<https://statements.example.org/ar/u/")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert 'dir="rtl"' in asked["HtmlBody"]
    assert asked["TextBody"]


def test_an_address_the_provider_knows_to_be_dead_is_settled(provider: Provider) -> None:
    provider.status = 422
    provider.answer = {
        "ErrorCode": 406,
        "Message": "Found inactive addresses: gone@example.org.\nInactive recipients are ones that bounced.",
    }
    announce_to("gone")
    assert drain.drain() == 0
    assert Delivery.objects.get().status == Status.FAILED
    assert Announcement.objects.get().paused_at is None


@pytest.mark.parametrize(("status", "code"), [(401, 10), (403, 10)])
def test_a_wrong_token_pauses_the_announcement(provider: Provider, status: int, code: int) -> None:
    provider.status, provider.answer = status, {"ErrorCode": code, "Message": "Bad or missing token."}
    announce_to("layla", "omar")
    assert drain.drain() == 0
    assert Announcement.objects.get().paused_at is not None
    assert set(Delivery.objects.values_list("status", "attempts")) == {(Status.WAITING, 0)}


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_provider_in_trouble_is_asked_again_later(provider: Provider, status: int) -> None:
    provider.status = status
    announce_to("layla")
    assert drain.drain() == 0
    assert Delivery.objects.get().status == Status.WAITING
    assert not Suppression.objects.exists()


def test_a_batch_carries_everyones_own_mail_and_their_own_answer_is_recorded(provider: Provider) -> None:
    inactive = "Found inactive addresses: b-gone@example.org.\nInactive recipients are ones that bounced."
    provider.of_recipient = {
        "b-gone@example.org": {"ErrorCode": 406, "Message": inactive},
        "c-broken@example.org": {"ErrorCode": 300, "Message": "Invalid 'To' address: 'c-broken@example.org'."},
        "d-later@example.org": {"ErrorCode": 100, "Message": "Maintenance"},
        "e-omar@example.org": {"ErrorCode": 0, "Message": "OK", "MessageID": "pm-omar"},
    }
    announce_to("a-first", "b-gone", "c-broken", "d-later", "e-omar", "f-layla")
    assert drain.drain() == 3
    assert provider.calls == ["/email", "/email/batch"]  # the first alone: it shows that we are welcome
    lines = Delivery.objects.order_by("subscriber__email").values_list("status", "provider_id")
    assert list(lines) == [
        (Status.SENT, "pm-1"),
        (Status.FAILED, ""),
        (Status.FAILED, ""),
        (Status.WAITING, ""),
        (Status.SENT, "pm-omar"),
        (Status.SENT, "pm-1"),
    ]


def test_each_mail_of_a_batch_is_what_anymail_makes_for_its_reader_alone(provider: Provider) -> None:
    announce_to("anna", "layla", "omar")
    letter = statement_letter(Edition.objects.for_reading().get())
    lines = look_at_lines()
    assert drain.drain() == 3
    assert provider.calls == ["/email", "/email/batch"]
    for asked in provider.asked:
        alone = letter.addressed(lines[asked["To"]], asked["To"])
        assert asked == PostmarkPayload(alone, {}, EmailBackend()).data


def test_what_does_not_fit_into_a_call_goes_into_the_next(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postmark, "MOST_OCTETS", 1)
    announce_to("anna", "layla", "omar")
    assert drain.drain() == 3
    assert provider.calls == ["/email", "/email/batch", "/email/batch"]


def test_a_batch_that_gets_no_answer_is_tried_again(provider: Provider, settings: Settings) -> None:
    announce_to("anna", "layla", "omar")
    settings.ANYMAIL = {**settings.ANYMAIL, "POSTMARK_API_URL": "http://127.0.0.1:9/"}
    assert drain.drain() == 0
    assert set(Delivery.objects.values_list("status", flat=True)) == {Status.WAITING}


def test_amazon_ses_gets_the_whole_message_once(ses: Provider) -> None:
    announce_to("layla")
    assert drain.drain() == 1
    (asked,) = ses.asked
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in b64decode(asked["Content"]["Raw"]["Data"])
    assert Delivery.objects.get().provider_id == "ses-1"


def look_at_lines() -> dict[str | None, Line]:
    """What a worker will find due, by address."""
    lease = leases.Lease()
    lines = lease.claim(Announcement.objects.get().pk, 3)
    lease.release([line.pk for line in lines])
    return {line.address: line for line in lines}


@pytest.mark.parametrize("language", TEXTS)
def test_amazon_ses_gets_what_anymail_makes_for_each_reader_alone(ses: Provider, language: str) -> None:
    people = [make_subscriber(f"{name}@example.org", language) for name in ("layla", "l" * 60)]
    release = make_release(make_statement(language, topics=[make_topic("water")]), language)
    ledger.announce_due()
    letter = statement_letter(Edition.objects.for_reading().get(release=release))
    lines = look_at_lines()
    assert drain.drain() == len(people)
    for asked in ses.asked:
        (address,) = asked["Destination"]["ToAddresses"]
        alone = amazon_ses.AmazonSESV2SendEmailPayload(letter.addressed(lines[address], address), {}, SES())
        alone.finalize_payload()
        raw = alone.params["Content"]["Raw"].pop("Data")
        assert b64decode(asked["Content"]["Raw"].pop("Data")).splitlines() == raw.splitlines()
        assert asked == alone.params


@pytest.mark.parametrize(("status", "paused", "asked"), [(403, True, 1), (429, False, 1), (500, False, 1)])
def test_what_amazon_ses_refuses_is_sorted_and_not_repeated_by_its_client(
    ses: Provider, status: int, paused: bool, asked: int
) -> None:
    ses.status, ses.answer = status, {"message": "no"}
    announce_to("layla")
    assert drain.drain() == 0
    assert Delivery.objects.get().status == Status.WAITING
    assert (Announcement.objects.get().paused_at is not None) is paused
    assert len(ses.asked) == asked
