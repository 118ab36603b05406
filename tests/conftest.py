"""What every test may ask for."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.utils import translation
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from pytest_django import DjangoDbBlocker, Settings

from statements.keeping import forget
from tests.chromium import ARGUMENTS, NOT_FOUND, chromium
from tests.settings import ON_SQLITE
from tests.smtp import MailServer

IN_CI = os.environ.get("CI", "").lower() in ("1", "true")
ARTIFACTS = Path(__file__).parent.parent / "test-artifacts"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On SQLite, what the other run has shown already is left out rather than skipped: in CI a skip is a failure."""
    if ON_SQLITE:
        elsewhere = [item for item in items if is_the_same_on_sqlite(item) or item.get_closest_marker("postgresql")]
        items[:] = [item for item in items if item not in elsewhere]
        config.hook.pytest_deselected(items=elsewhere)


def is_the_same_on_sqlite(item: pytest.Item) -> bool:
    """Tell whether it asks no database, or that of a site that it starts by itself, whatever this run is about."""
    fixtures = set(getattr(item, "fixturenames", ()))
    asks = item.get_closest_marker("django_db") or not fixtures.isdisjoint({"db", "transactional_db"})
    return not asks or not fixtures.isdisjoint({"site", "site_on_sqlite"})


def skipped_in_ci(config: pytest.Config) -> bool:
    """In CI a test that did not run is a failure: nobody reads the skips of a green run."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    return IN_CI and terminal is not None and bool(terminal.stats.get("skipped"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.exitstatus == pytest.ExitCode.OK and skipped_in_ci(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if skipped_in_ci(config):
        terminalreporter.write_line("A test was skipped: with CI=true in the environment that is a failure.", red=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A database that can be dropped at the end: a request that a browser left behind may still hold a connection."""
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            cursor.execute(f"SELECT pg_terminate_backend(pid) {others}")


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """On Valkey this empties the broker too, which shares its database."""
    cache.clear()
    forget()


@pytest.fixture(autouse=True)
def _language_of_the_site() -> None:
    """What a request activated in this thread stays so, and what is rendered without one would be in its language."""
    translation.deactivate()


@pytest.fixture
def smtp_server(settings: Settings) -> Iterator[MailServer]:
    """A mail server of the test's own, and Django set to send through it."""
    with MailServer() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server


@pytest.fixture
def process_environment(transactional_db: None) -> dict[str, str]:
    """The environment for a process that a test starts: it works on the same database and broker as the test."""
    address, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    name = str(connection.settings_dict["NAME"]).rpartition("/")[2]
    return {**os.environ, "DATABASE_URL": f"{address}/{name}", "DJANGO_SETTINGS_MODULE": "config.settings"}


@pytest.fixture
def worker_environment(process_environment: dict[str, str]) -> dict[str, str]:
    """The same for workers that are to be killed: few mails in hand, and no long wait for what a dead one held."""
    small = {"DELIVERY_LEASE_SECONDS": "3", "EMAIL_TIMEOUT": "1", "DELIVERY_BATCH": "30", "DELIVERY_CONNECTIONS": "4"}
    return {**process_environment, **small}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for the tests of one module.

    Playwright's synchronous interface leaves an event loop marked as running in this thread until it is stopped, and
    Django then refuses to touch the database there. It is no danger, since no other code runs in that loop; so Django
    is told so, for as long as the loop is there and not, as a variable in the Makefile would, for the whole run.
    """
    program = chromium()
    if program is None:
        (pytest.fail if IN_CI else pytest.skip)(NOT_FOUND)
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def console_errors() -> list[str]:
    """What the pages of this test complained about. A test that expects complaints clears it."""
    return []


@pytest.fixture
def new_page(browser: Browser, console_errors: list[str]) -> Iterator[Callable[..., Page]]:
    """`new_page(locale="ar")`: a page of a reader who never came before. The test fails if its console shows errors."""
    contexts: list[BrowserContext] = []

    def open_page(**options: object) -> Page:
        context = browser.new_context(**{"locale": "en-GB", **options})  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        context.on("console", note)
        context.on("weberror", lambda problem: console_errors.append(str(problem.error)))
        contexts.append(context)
        return context.new_page()

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            console_errors.append(f"{message.text} ({message.location['url']})")

    yield open_page
    for context in contexts:
        context.close()
    assert not console_errors


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


@pytest.fixture
def screenshot() -> Callable[[Page, str], Path]:
    """`screenshot(page, "name")` keeps what the page looks like, whole, in test-artifacts/."""

    def keep(page: Page, name: str) -> Path:
        ARTIFACTS.mkdir(exist_ok=True)
        path = ARTIFACTS / f"{name}.png"
        page.screenshot(path=path, full_page=True)
        return path

    return keep
