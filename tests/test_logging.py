"""A log line names announcements and deliveries by their numbers, and nobody by their address."""

import json
import logging
import re
import sys
from typing import NoReturn

import pytest
from django.test import Client
from django.urls import path

from config.logging import JsonFormatter, TextFormatter, without_addresses
from subscriptions import tasks
from subscriptions.delivery import drain, ledger, letters
from subscriptions.models import Delivery
from tests.making import make_release, make_statement, make_subscriber
from tests.smtp import MailServer

FORMATTERS = [TextFormatter(), JsonFormatter()]


def record(message: str = "refused", **extra: object) -> logging.LogRecord:
    return logging.getLogger("engine").makeRecord("engine", logging.INFO, "", 0, message, (), None, extra=extra)


def written(caplog: pytest.LogCaptureFixture) -> list[str]:
    """All that was logged, as each formatter writes it."""
    assert caplog.records
    return [formatter.format(record) for record in caplog.records for formatter in FORMATTERS]


def fail(*args: object, **kwargs: object) -> NoReturn:
    raise ValueError("nothing for layla@example.org")


# How a line is written -----------------------------------------------------------------------------------------------


def test_a_line_says_what_happened_and_to_what() -> None:
    line = TextFormatter().format(record(announcement=12, delivery=345))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \S+ INFO engine: refused announcement=12 delivery=345", line)


def test_the_same_as_json() -> None:
    line = json.loads(JsonFormatter().format(record(announcement=12, delivery=345)))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", line.pop("time"))
    assert line == {"level": "INFO", "logger": "engine", "message": "refused", "announcement": 12, "delivery": 345}


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_of_what_comes_along_only_numbers_are_printed(formatter: logging.Formatter) -> None:
    line = formatter.format(record(announcement=12, digest_run=None, data={"args": ["secret"]}, subscriber="Layla"))
    assert "12" in line
    for word in ("secret", "Layla", "digest_run"):
        assert word not in line


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_a_traceback_is_there_without_the_address(formatter: logging.Formatter) -> None:
    try:
        raise ValueError("Key (email)=(layla@example.org) already exists.")
    except ValueError:
        line = record(delivery=345)
        line.exc_info = sys.exc_info()
    assert "Key (email)=([address]) already exists." in formatter.format(line)
    assert "test_logging.py" in formatter.format(line)


@pytest.mark.parametrize(
    "address",
    [
        "layla@example.org",
        "o'brien+a=b@mail.example.org",
        "layla%40example.org",
        "layla@xn--wgbl6a.example",
        "لیلی@مثال.org",
    ],
)
@pytest.mark.parametrize("around", ["<{}>", "{{'{}': 550}}", "RCPT TO:{} refused", "({})", "{}: refused", "{}"])
def test_addresses_are_found_wherever_they_stand(address: str, around: str) -> None:
    cleaned = without_addresses(around.format(address))
    assert "[address]" in cleaned
    for part in address.replace("%40", "@").split("@"):
        assert part not in cleaned


@pytest.mark.parametrize("text", ["deliveries@3f2c1a ready.", "at 12:00 @ Geneva", "100%40", "News@11"])
def test_what_is_no_address_stays(text: str) -> None:
    assert without_addresses(text) == text


# The engine ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("stage", "answer"),
    [
        ("recipient", "550 5.1.1 <layla@example.org> no such mailbox"),
        ("recipient", "554 5.7.1 <layla@example.org> relay access denied"),
        ("recipient", "451 4.7.1 layla@example.org greylisted"),
        ("text", "554 5.7.1 layla@example.org does not want this"),
        ("text", "451 4.3.0 layla@example.org later"),
    ],
)
def test_a_relay_that_repeats_the_address_does_not_bring_it_into_the_log(
    smtp_server: MailServer, caplog: pytest.LogCaptureFixture, stage: str, answer: str
) -> None:
    caplog.set_level(logging.DEBUG)
    make_subscriber("layla@example.org")
    make_release(make_statement())
    if stage == "recipient":
        smtp_server.refused, smtp_server.refusal = {"layla@example.org"}, answer
    else:
        smtp_server.answer = answer
    ledger.announce_due()
    drain.drain()
    line = Delivery.objects.get()
    assert "layla@example.org" in line.reason
    lines = [text for text in written(caplog) if "subscriptions.delivery" in text]
    assert any(f" announcement={line.announcement_id} delivery={line.pk}" in text for text in lines)
    assert any(f'"announcement": {line.announcement_id}, "delivery": {line.pk}' in text for text in lines)
    assert not [text for text in lines if "@" in text]


@pytest.mark.django_db
def test_a_letter_that_cannot_be_composed_is_logged_without_the_address(
    smtp_server: MailServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_subscriber("layla@example.org")
    make_release(make_statement())
    ledger.announce_due()

    monkeypatch.setattr(letters, "render", fail)
    drain.drain()
    assert any("nothing for [address]" in line for line in written(caplog))
    assert not [line for line in written(caplog) if "@" in line]


# Celery and Django ---------------------------------------------------------------------------------------------------


def test_a_task_that_fails_is_logged_without_the_address(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "drain", fail)
    tasks.deliver.apply()
    assert any(record.name.startswith("celery.") for record in caplog.records)
    assert any("nothing for [address]" in line for line in written(caplog))
    assert not [line for line in written(caplog) if "@" in line]


urlpatterns = [path("fail/", fail)]


@pytest.mark.urls(__name__)
def test_a_page_that_fails_is_logged_without_the_address(caplog: pytest.LogCaptureFixture, client: Client) -> None:
    client.raise_request_exception = False
    client.get("/fail/")
    assert any(record.name == "django.request" for record in caplog.records)
    assert any("nothing for [address]" in line for line in written(caplog))
    assert not [line for line in written(caplog) if "@" in line]
