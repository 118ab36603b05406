"""Ordinary Celery workers over a real Valkey, killed in mid-send."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from subscriptions.models import Delivery
from tests.making import make_release, make_statement, make_subscriber
from tests.smtp import MailServer

# The broker in memory, which the other run uses, does not reach another process.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]

READERS = 200
CELERY = [sys.executable, "-m", "celery", "-A", "config"]


@contextmanager
def running(*arguments: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A Celery process with its children, in a group of its own that ends with the block."""
    process = subprocess.Popen(
        [*CELERY, *arguments, "--loglevel", "ERROR"], env=environment, start_new_session=True, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(server: MailServer, number: int, seconds: float = 60) -> None:
    stop_at = time.monotonic() + seconds
    while len(server.received) < number:
        assert time.monotonic() < stop_at, f"only {len(server.received)} mails came"
        time.sleep(0.02)


def children_of(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(child) for child in listed.stdout.split()]


def test_killed_workers_lose_nobody(worker_environment: dict[str, str]) -> None:
    """A pool process, then the whole worker, with SIGKILL in mid-send; a second worker ends what they began."""
    for number in range(READERS):
        make_subscriber(f"reader{number:03}@example.org")
    with MailServer() as server:
        environment = {**worker_environment, "EMAIL_URL": server.url}
        worker = ("worker", "--queues", "deliveries,letters", "--concurrency", "2")
        with running("beat", "--schedule", "", "--scheduler", "celery.beat:Scheduler", environment=environment):
            with running(*worker, environment=environment) as first:
                make_release(make_statement())
                wait_for(server, 20)
                os.kill(children_of(first.pid)[0], signal.SIGKILL)
                wait_for(server, 60)
                os.killpg(first.pid, signal.SIGKILL)
            with running(*worker, environment=environment):
                stop_at = time.monotonic() + 60
                while Delivery.objects.waiting().exists() or Delivery.objects.count() < READERS:
                    assert time.monotonic() < stop_at, Delivery.objects.waiting().count()
                    time.sleep(0.2)
        mails = [(mail.recipients[0], mail.message["Message-ID"]) for mail in server.received]
    assert len({address for address, _ in mails}) == READERS
    assert len(set(mails)) == READERS  # all copies of a delivery bear its one Message-ID
    assert len(mails) - READERS <= 3 * 4  # on each connection of the pool process, and of each of the worker's two
    assert set(Delivery.objects.values_list("status", flat=True)) == {Delivery.Status.SENT}
