from collections.abc import Iterator

import pytest
from celery.contrib.testing.worker import start_worker

from config.celery import app
from tests.site import site
from tests.smtp import MailServer

__all__ = ["site"]


@pytest.fixture
def mailbox(transactional_db: None, smtp_server: MailServer) -> Iterator[MailServer]:
    """Where the mails of the site arrive, sent over SMTP by Celery workers for every queue."""
    with start_worker(
        app, pool="threads", concurrency=2, queues=["deliveries", "letters"], perform_ping_check=False, loglevel="ERROR"
    ):
        yield smtp_server
