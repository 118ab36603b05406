"""A site that lacks a setting does not start, and says what to put there."""

import os
import re
import subprocess
import sys

import pytest

from tests.site import OF_THE_TESTS

REQUIRED = [
    *("SECRET_KEY", "ADDRESS_KEY", "SITE_URL", "DEFAULT_FROM_EMAIL", "WEBHOOK_SECRET", "REDIS_URL", "DATABASE_URL"),
    "EMAIL_URL",
]
PROCESSES = [
    ["-m", "gunicorn", "config.wsgi", "--bind", "127.0.0.1:0"],
    ["-m", "celery", "-A", "config", "worker", "--pool", "solo"],
    ["-m", "celery", "-A", "config", "beat", "--schedule", "", "--scheduler", "celery.beat:Scheduler"],
    ["manage.py", "migrate"],
]


def start(command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in OF_THE_TESTS}
    environment = {**kept, "DJANGO_SETTINGS_MODULE": "config.settings", **variables}
    return subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("command", PROCESSES, ids=["web", "worker", "beat", "migrate"])
@pytest.mark.parametrize("variables", [{}, {"SECRET_KEY": "x" * 60}], ids=["nothing", "a key alone"])
def test_no_process_of_a_site_that_lacks_settings_starts(command: list[str], variables: dict[str, str]) -> None:
    ended = start(command, **variables)
    assert ended.returncode != 0
    said = ended.stdout + ended.stderr
    for name in REQUIRED:
        if name not in variables:
            assert re.search(rf"HINT: Set {name} to \S+|Set {name} to", said), f"{name} is not asked for:\n{said}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LANGUAGES", "ar,xx"),
        ("LANGUAGES", ""),
        ("DEFAULT_LANGUAGE", "de"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("TRUSTED_PROXIES", "-1"),
        ("SIGN_UPS_PER_MINUTE", "0"),
        ("DIGEST_HOUR", "25"),
        ("DIGEST_WEEKDAY", "Monday"),
        ("DELIVERY_BATCH", "0"),
        ("DELIVERY_CONNECTIONS", "0"),
        ("DELIVERY_RATE", "-1"),
        ("DELIVERY_QUIET_HOURS", "at night"),
        ("DELIVERY_QUIET_HOURS", "22:00"),
        ("EMAIL_TIMEOUT", "soon"),
        ("EMAIL_URL", "garbage"),
        ("DEBUG", "perhaps"),
        ("DELIVERY_LEASE_SECONDS", "10"),
        ("LOG_FORMAT", "yaml"),
        ("ANYMAIL_PROVIDER", "postmrak"),
        ("DEFAULT_FROM_EMAIL", "nonsense"),
        ("DEFAULT_FROM_EMAIL", "Ministry of Rivers, Water <a@example.org>"),
        ("WEBHOOK_SECRET", "no-colon"),
        ("REDIS_URL", "http://redis"),
        ("SITE_URL", "https://statements.example.org/path"),
        ("SITE_LOGO", "nowhere.svg"),
        ("BRAND_COLOUR", "teal"),
        ("FOOTER_LINKS", "Privacy"),
        ("FOOTER_LINKS_AR", "الخصوصية javascript:alert(1)"),
    ],
)
def test_a_value_that_is_wrong_is_named(name: str, value: str) -> None:
    whole = {
        "SECRET_KEY": "x" * 60,
        "ADDRESS_KEY": "y" * 60,
        "SITE_URL": "https://statements.example.org",
        "DEFAULT_FROM_EMAIL": "statements@example.org",
        "WEBHOOK_SECRET": "user:password",
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:9/nothing",
        "EMAIL_URL": "smtp://127.0.0.1:25",
    }
    assert start(["manage.py", "check"], **whole).returncode == 0
    ended = start(["manage.py", "check"], **{**whole, name: value})
    assert ended.returncode != 0
    assert name in ended.stderr


def test_what_database_url_ends_in_is_heeded() -> None:
    url = "postgres://nobody@127.0.0.1/nothing?sslmode=require"
    printing = "from config.settings import DATABASES; print(DATABASES['default']['OPTIONS'])"
    shown = start(["-c", printing], DATABASE_URL=url)
    assert "'sslmode': 'require'" in shown.stdout
    assert "'pool': {" in shown.stdout


def test_a_secret_that_is_wrong_is_not_shown() -> None:
    ended = start(["manage.py", "check"], SECRET_KEY="x" * 60, WEBHOOK_SECRET="without-a-colon")
    assert "WEBHOOK_SECRET cannot be used" in ended.stderr
    assert "without-a-colon" not in ended.stderr
