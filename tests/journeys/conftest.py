import re
import time
from collections.abc import Iterator

import pytest
from celery.contrib.testing.worker import start_worker

from config.celery import app
from tests.site import Site, site
from tests.smtp import MailServer

__all__ = ["site"]

READER = "reader@example.com"


@pytest.fixture
def mailbox(transactional_db: None, smtp_server: MailServer) -> Iterator[MailServer]:
    """Where the mails of the site arrive, sent over SMTP by Celery workers for every queue."""
    with start_worker(
        app, pool="threads", concurrency=2, queues=["deliveries", "letters"], perform_ping_check=False, loglevel="ERROR"
    ):
        yield smtp_server


@pytest.fixture(scope="module")
def confirm(site: Site) -> str:
    """The path of the confirm link in the mail of somebody who signed up, without its language."""
    site.request("POST", "/en/sign-up/", {"email": READER})
    stop_at = time.monotonic() + 10
    while not (mails := re.findall(r'href="(/mailbox/\d+/)"', site.get(f"/mailbox/?to={READER}").text)):
        assert time.monotonic() < stop_at
        time.sleep(0.2)
    found = re.search(r'/en/(confirm/[^\s"<]+)', site.get(mails[0]).text)
    assert found
    return found[1]


# Said in every language of the statement, as staff would say it in the admin.
AMEND = """
from statements.models import Statement
from statements.publishing import Draft, public_languages, publish
for slug, kind in {"flood-warnings-autumn-2026": "corrected", "river-monitoring-2026": "withdrawn"}.items():
    statement = Statement.objects.get(slug=slug)
    languages = public_languages(statement)
    notes = dict.fromkeys(languages, "4.2")
    release = publish(Draft(statement, tuple(languages), kind=kind, notes=notes, announce=False))
    print("amended", release.statement_id)
"""


@pytest.fixture(scope="module")
def amended(site: Site) -> tuple[str, ...]:
    """The paths of a statement that was corrected and of one that was withdrawn, without their language."""
    numbers = re.findall(r"amended (\d+)", site.run("shell", "-c", AMEND).stdout)
    assert len(numbers) == 2
    time.sleep(1.1)  # A process looks once a second whether anything changed.
    return tuple(f"statements/{number}/" for number in numbers)
