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
