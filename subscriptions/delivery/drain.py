"""The engine's loop: takes the deliveries that are due, batch by batch, until none is."""

import time
import uuid
from contextlib import closing

from subscriptions.delivery import leases
from subscriptions.delivery.journal import left_behind
from subscriptions.delivery.transports import opened
from subscriptions.delivery.worker import Letters, Worker, record_sent

# A task that lasts longer than this holds up a deploy: Celery lets it end before a worker stops.
SECONDS = 20.0


def drain(seconds: float = SECONDS) -> int:
    """Send what is due until nothing is, or the time is over; return how many mails were accepted."""
    recover()
    leases.expire()
    sent = 0
    letters: Letters = {}
    stop_at = time.monotonic() + seconds
    with opened() as transport:
        while time.monotonic() < stop_at and (lines := leases.claim(lease := uuid.uuid4())):
            with closing(Worker(lease, lines, letters)) as worker:
                sent += worker.work(transport)
    return sent


def recover() -> int:
    """Record what workers sent that died before they could say so; return how many mails that were."""
    recorded = 0
    for pks, path in left_behind():
        recorded += record_sent(pks)
        path.unlink(missing_ok=True)
    return recorded
