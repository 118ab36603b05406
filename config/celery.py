"""The Celery application: `celery -A config worker`, `celery -A config beat`."""

import os
from contextlib import suppress
from io import StringIO
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init, worker_ready
from django.core.management import CommandError, call_command
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


# How often a worker rings what the clock should ring, in seconds: in case no clock runs.
RING_EVERY = 30.0


@worker_ready.connect
def ring_by_itself(sender: Any, **kwargs: Any) -> None:
    """Let a worker find what is due though beat has died and every task was lost."""
    sender.timer.call_repeatedly(RING_EVERY, _ring_all)


def _ring_all() -> None:
    for entry in app.conf.beat_schedule.values():
        with suppress(OperationalError, OSError):
            app.send_task(entry["task"], **entry["options"])
