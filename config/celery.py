"""The Celery application: `celery -A config worker`, `celery -A config beat`."""

import os
from contextlib import suppress
from io import StringIO
from threading import Thread
from typing import Any

from celery import Celery
from celery.signals import beat_init, task_postrun, worker_init, worker_process_init, worker_ready
from django.core.management import CommandError, call_command
from django.db import connection, connections
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("communique")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def refuse_a_site_that_lacks_a_setting(**kwargs: Any) -> None:
    """Celery runs Django's checks by itself, and then goes on whatever they say."""
    try:
        call_command("check", stdout=StringIO())
    except CommandError as error:
        raise SystemExit(str(error)) from None


@worker_init.connect
def prepare_processes(**kwargs: Any) -> None:
    """Have each process connect as it begins, and not while its first task is waited for."""
    # From here it comes after Celery's own, which closes what a fork inherited.
    worker_process_init.connect(_connect)


def _connect(**kwargs: Any) -> None:
    if pool := getattr(connection, "pool", None):
        pool.open()  # In a thread: the database may be away.
    ring_as_it_begins()


@task_postrun.connect
def give_back_connections(sender: Any, **kwargs: Any) -> None:
    """Give a task's connections back to the pool, which looks whether they are sound before it lends them again."""
    if not sender.request.is_eager:
        connections.close_all()


# How often a worker rings what the clock should ring, in seconds: in case no clock runs.
RING_EVERY = 30.0


@worker_ready.connect
def ring_by_itself(sender: Any, **kwargs: Any) -> None:
    """Let a worker find what is due though beat has died and every task was lost."""
    sender.timer.call_repeatedly(RING_EVERY, _ring_all)


def ring_as_it_begins() -> None:
    """Have a process ring once, in a thread: the broker may be away.

    To connect to it, and to load what that takes, makes a first bell twenty times as slow as the next; and somebody who
    just published would wait for it. What became due while the site was down is found at once besides.
    """
    Thread(target=_ring_all, daemon=True).start()


def _ring_all() -> None:
    for entry in app.conf.beat_schedule.values():
        with suppress(OperationalError, OSError):
            app.send_task(entry["task"], **entry["options"])
