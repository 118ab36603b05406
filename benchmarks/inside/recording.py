"""The product's engine, recording in one way or another what was accepted: `python -m benchmarks.inside.recording WAY`.

Sends what is owed, and prints how many seconds that took.
"""

import sys
import time
from collections.abc import Iterable

from statements.models import Release, Statement
from statements.publishing import Draft, publish
from subscriptions.delivery import worker
from subscriptions.delivery.drain import drain
from subscriptions.delivery.journal import Journal
from subscriptions.delivery.ledger import announce_due, record_sent
from subscriptions.delivery.lines import Line
from subscriptions.models import Delivery


class OwnCommit(Journal):
    """Tells the database of each mail as soon as it is accepted."""

    def add(self, lines: Iterable[Line]) -> None:
        for line in lines:
            record_sent({line.pk})


class NoJournal(Journal):
    """Notes nothing: the database is told with the next look, twice a second."""

    def add(self, lines: Iterable[Line]) -> None: ...


WAYS = {"journal": Journal, "commit": OwnCommit, "nothing": NoJournal}


def send_all() -> None:
    if not Release.objects.exists():
        publish(Draft(Statement.objects.get(), ("ar",)))
    announce_due()
    while Delivery.objects.waiting().exists():
        drain(seconds=60)


if __name__ == "__main__":
    worker.Journal = WAYS[sys.argv[1]]  # type: ignore[misc]
    began = time.perf_counter()
    send_all()
    print(time.perf_counter() - began)
