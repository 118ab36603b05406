"""Ringing for a worker. What is to be done stands in the database: a task that is lost or doubled changes nothing."""

import logging

from celery import Task
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def ring(task: Task) -> None:  # type: ignore[type-arg]
    """Ring a doorbell. If the broker does not answer the clock will ring it later: nothing is lost."""
    try:
        task.delay()
    except (OperationalError, OSError) as error:
        logger.warning("broker unreachable, the clock will do: %s", type(error).__name__)
