"""The servers under the tests are real, and come back from what the tests do to them."""

import shutil
import signal
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from django.conf import settings as site
from django.core.cache import cache
from django.core.mail import send_mail
from django.db import connection
from playwright.sync_api import Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.servers import Postgres, Valkey, new_folder, start_postgres, start_valkey
from tests.smtp import MailServer, Misbehaviour

# The servers everything runs on --------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_django_talks_to_postgresql_18(db: None) -> None:
    assert connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        assert cursor.fetchone()[0].startswith("18")


@pytest.mark.postgresql
def test_django_talks_to_valkey_9() -> None:
    cache.set("word", "communiqué")
    with redis.Redis.from_url(site.REDIS_URL) as client:
        assert client.info()["valkey_version"].startswith("9.")
        assert client.dbsize() == 1


def test_a_started_process_sees_the_database_of_the_test(process_environment: dict[str, str]) -> None:
    name = str(connection.settings_dict["NAME"])
    shown = subprocess.run(
        [sys.executable, "-c", "from config.settings import DATABASES; print(DATABASES['default']['NAME'])"],
        env=process_environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert shown.stdout.strip() == name


# Servers a test starts to break them ---------------------------------------------------------------------------------


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    server = start_postgres()
    yield server
    server.remove()


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    server = start_valkey()
    yield server
    server.remove()


@pytest.mark.postgresql
def test_what_postgresql_answered_for_survives_kill_9(postgres: Postgres) -> None:
    address = postgres.url.replace("/communique", "/postgres")
    with psycopg.connect(address, autocommit=True) as database:
        database.execute("CREATE TABLE promise AS SELECT 1 AS kept")
        postgres.kill()
        with pytest.raises(psycopg.OperationalError):
            database.execute("SELECT 1")
    postgres.start()
    with psycopg.connect(address) as database:
        assert database.execute("SELECT kept FROM promise").fetchone() == (1,)


@pytest.mark.postgresql
def test_valkey_comes_back_empty_on_the_same_port(valkey: Valkey) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        client.set("a", "b")
        valkey.restart()
        assert client.get("a") is None


@pytest.mark.postgresql
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can end a process with its parent")
def test_nothing_outlives_tests_that_were_killed() -> None:
    program = """if True:
        from tests.servers import *
        for server in start_postgres(), start_valkey():
            print(server.url, flush=True)
        input()
    """
    parent = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    postgres_url, valkey_url = parent.stdout.readline().strip(), parent.stdout.readline().strip()
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert within_seconds(5, lambda: not answers_postgres(postgres_url) and not answers_valkey(valkey_url))
    folders = Path(tempfile.gettempdir()).glob
    assert list(folders(f"communique-{parent.pid}-*"))
    shutil.rmtree(new_folder())
    assert not list(folders(f"communique-{parent.pid}-*"))


def within_seconds(seconds: float, true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.1)
    return true()


def answers_postgres(url: str) -> bool:
    try:
        psycopg.connect(url.replace("/communique", "/postgres")).close()
    except psycopg.OperationalError:
        return False
    return True


def answers_valkey(url: str) -> bool:
    try:
        return bool(redis.Redis.from_url(url).ping())
    except redis.ConnectionError:
        return False


# The mail server -----------------------------------------------------------------------------------------------------


def send() -> None:
    send_mail("بيان صحفي", "النص", "statements@example.org", ["reader@example.net"])


def test_the_mail_server_keeps_what_it_is_given(smtp_server: MailServer) -> None:
    send()
    (mail,) = smtp_server.received
    assert mail.recipients == ["reader@example.net"]
    assert mail.message["Subject"] == "بيان صحفي"


def test_it_refuses_a_recipient(smtp_server: MailServer) -> None:
    smtp_server.refused.add("reader@example.net")
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        send()
    assert refusal.value.recipients["reader@example.net"][0] == 550
    assert smtp_server.received == []


def test_it_puts_a_mail_off(smtp_server: MailServer) -> None:
    smtp_server.answer = "451 4.3.0 Try again later"
    with pytest.raises(smtplib.SMTPDataError, match="451"):
        send()
    assert smtp_server.received == []


@pytest.mark.parametrize(
    ("misbehaviour", "taken"),
    [
        (Misbehaviour.DROP_DURING_DATA, 0),
        (Misbehaviour.DROP_AFTER_DOT, 1),
        (Misbehaviour.HANG_AFTER_DOT, 1),
    ],
)
def test_it_misbehaves_on_purpose(
    smtp_server: MailServer, settings: Settings, misbehaviour: Misbehaviour, taken: int
) -> None:
    settings.EMAIL_TIMEOUT = 1
    smtp_server.answer = misbehaviour
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        send()
    assert len(smtp_server.received) == taken


# The browser ---------------------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_a_browser_and_the_database_serve_one_test(
    live_server: LiveServer, page: Page, django_user_model, screenshot: Callable[[Page, str], Path]
) -> None:
    django_user_model.objects.create_superuser("editor", password="made-up by the test")
    page.goto(f"{live_server}/admin/")
    page.fill("[name=username]", "editor")
    page.fill("[name=password]", "made-up by the test")
    page.click("[type=submit]")
    page.wait_for_selector("#user-tools")
    assert screenshot(page, "the-admin").stat().st_size > 1000


@pytest.mark.browser
def test_errors_on_the_console_are_noticed(page: Page, console_errors: list[str]) -> None:
    page.goto("data:text/html,<script>console.error('first'); throw new Error('second')</script>")
    assert "first" in console_errors[0]
    assert "second" in "".join(console_errors)
    console_errors.clear()
