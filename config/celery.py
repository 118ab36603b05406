"""The Celery application: `celery -A config worker`, `celery -A config beat`."""

import os
from io import StringIO
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init
from django.core.management import CommandError, call_command

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
