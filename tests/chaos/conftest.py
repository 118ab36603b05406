"""The sending engine while things break for real: a short version in `make test`, a long one in `make chaos`."""

import os
import random
import time
from collections.abc import Iterator

import psycopg
import pytest
from pytest_django import DjangoDbBlocker

pytest.register_assert_rewrite("tests.chaos.promises")

from tests.chaos.production import Production  # noqa: E402
from tests.servers import Postgres, start_postgres  # noqa: E402


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL that nobody else uses, so that it may be killed."""
    server = start_postgres()
    with psycopg.connect(server.url.replace("/communique", "/postgres"), autocommit=True) as database:
        database.execute("CREATE DATABASE communique")
    yield server
    server.remove()


@pytest.fixture(scope="session")
def production(postgres: Postgres) -> Iterator[Production]:
    """One site for all tests: a process that one test did not kill serves in the next."""
    with Production(postgres) as production:
        yield production


@pytest.fixture
def site(production: Production, django_db_blocker: DjangoDbBlocker) -> Iterator[Production]:
    """The site without a past, and Django looking at it."""
    with django_db_blocker.unblock(), production.in_sight():
        yield production


@pytest.fixture
def draw(site: Production) -> random.Random:
    """Chance, which CHAOS_SEED repeats."""
    seed = site.counted["seed"] = int(os.environ.get("CHAOS_SEED") or time.time())
    return random.Random(seed)  # noqa: S311


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Report what a test counted, and with its failure what the processes of the site said."""
    report = yield
    site = getattr(item, "funcargs", {}).get("site")
    if call.when == "call" and isinstance(site, Production):
        report.user_properties += [*site.counted.items(), *site.relay.counted.items()]
        if report.failed:
            report.sections += [(f"log of {log.stem}", log.read_text()[-6000:]) for log in site.folder.glob("*.log")]
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say of each test what it counted."""
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        if counted := ", ".join(f"{name} {value}" for name, value in report.user_properties):
            terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}\n    {counted}")
