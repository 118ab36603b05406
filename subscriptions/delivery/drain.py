"""The engine's loop: takes the deliveries that are due, batch by batch, until none is."""

import os
import uuid
from collections.abc import Callable
from contextlib import closing, suppress

from subscriptions.delivery.journal import left_behind
from subscriptions.delivery.leases import inherit
from subscriptions.delivery.ledger import record_sent
from subscriptions.delivery.transports import opened
from subscriptions.delivery.worker import Worker

# A task that lasts longer than this holds up a deploy: Celery lets it end before a worker stops, and the slowest mail
# in the air may take a timeout more.
SECONDS = 10.0


def give_way() -> None:
    """Have the kernel wake this thread without interrupting who runs (sched(7), SCHED_BATCH).

    Otherwise each answer of a relay on the same machine would interrupt the relay, for one mail. So several answers
    wait, and are taken up together, which costs less; and pages are answered first.
    """
    if hasattr(os, "SCHED_BATCH"):
        with suppress(OSError):  # where a container may not
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def drain(wake: Callable[[], None] = lambda: None, seconds: float = SECONDS) -> int:
    """Send what is due until nothing is, or the time is over; return how many mails were accepted.

    `wake` is called once if there is work for more than one worker, and once if the time was over first.
    """
    recover()
    with opened() as transport, closing(Worker(seconds, wake)) as worker:
        return worker.work(transport)


def recover() -> int:
    """Record what workers sent that died before they could say so, and let others have what they held; return how many
    mails were recorded."""
    recorded = 0
    for name, sent, path in left_behind():
        recorded += record_sent(set(sent))
        with suppress(ValueError):  # a file that is no worker's
            inherit(uuid.UUID(name))
        path.unlink(missing_ok=True)
    return recorded
