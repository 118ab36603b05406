"""One statement on its way: from the press of Publish until the last mail is accepted and the ledger says so."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psutil
import psycopg

from benchmarks.bench import Bench
from benchmarks.programs import cpu_seconds, megabytes, process_of
from benchmarks.progress import Progress
from benchmarks.receivers import Receiver
from benchmarks.site import Processes
from benchmarks.staff import Staff

LOOK_EVERY = 0.005
WEIGH_EVERY = 0.25
PATIENCE = 60  # seconds without a mail


@dataclass(frozen=True)
class Sending:
    """What was seen of it; moments are seconds after Publish was pressed."""

    mails: int
    answered: float
    filled: float
    first: float
    recorded: float
    cpu: dict[str, float]
    worker_memory: float

    @property
    def rate(self) -> float:
        """Mails per second, until the last is accepted and recorded too."""
        return self.mails / self.recorded

    @property
    def milliseconds_a_mail(self) -> float:
        """What a mail costs in time once they flow: without the second or so until the first is out."""
        return (self.recorded - self.first) / self.mails * 1000


class Ledger:
    """Looks at the site's ledger from outside."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        # The lines that wait have an index. Nobody gathers statistics while they come and go.
        connection.execute("SET enable_seqscan = off")

    def settled(self, owed: int) -> int:
        """Return how many of the mails owed do not wait any more; before all of them are written, none."""
        if not self.filled_at():
            return 0
        (waiting,) = self._row("SELECT count(*) FROM subscriptions_delivery WHERE status = 'waiting'")
        return owed - int(waiting)

    def filled_at(self) -> float | None:
        moment = "SELECT max(extract(epoch FROM filled_at))::float FROM subscriptions_announcement"
        seconds: float | None = self._row(moment)[0]
        return seconds

    def settled_at(self) -> float:
        """When the last mail was recorded."""
        # Asked of the ledger: it is looked at every so often, and may have been complete for a while.
        seconds: float = self._row("SELECT max(extract(epoch FROM settled_at))::float FROM subscriptions_delivery")[0]
        return seconds

    def check(self, owed: int) -> None:
        """Raise RuntimeError unless every mail owed was sent."""
        lines = self.connection.execute(
            "SELECT status, count(*) FROM subscriptions_delivery GROUP BY status"
        ).fetchall()
        if lines != [("sent", owed)]:
            raise RuntimeError(f"Not all of {owed} mails were sent: {lines}")

    def _row(self, query: str) -> tuple[Any, ...]:
        row = self.connection.execute(query).fetchone()
        assert row is not None
        return row


class Watch:
    """Follows a number that grows to that of the mails."""

    def __init__(self, progress: Progress, mails: int) -> None:
        self.progress, self.mails = progress, mails
        self.first = 0.0
        self.heaviest = 0.0

    def until_all(self, done: Callable[[], int], workers: Sequence[psutil.Process] = ()) -> float:
        """Wait until all mails are done and return when that was; weigh the workers meanwhile."""
        seen, changed_at, weigh_at = 0, time.monotonic(), 0.0
        while seen < self.mails:
            looked_at = time.monotonic()
            number = done()
            now = time.monotonic()
            if number > seen:
                self.first = self.first or now
                seen, changed_at = number, now
            elif now - changed_at > PATIENCE:
                raise RuntimeError(f"Only {seen} of {self.mails} mails came.")
            if workers and now > weigh_at:
                weigh_at = now + WEIGH_EVERY
                self.heaviest = max(self.heaviest, *map(megabytes, workers))
            self.progress.show(seen, self.mails)
            # A look that takes long is taken rarely, so that it takes nothing from what is measured.
            time.sleep(max(LOOK_EVERY, 50 * (now - looked_at)))
        return changed_at


def send(bench: Bench, receiver: Receiver, readers: int, **settings: str) -> Sending:
    """Publish to so many readers and follow it to the end."""
    database = bench.site.database(readers)
    email_url = f"smtp://127.0.0.1:{receiver.port}"
    with (
        bench.site.running(database, **{"EMAIL_URL": email_url, **settings}) as processes,
        bench.databases.connect(database) as connection,
    ):
        return _followed(bench, receiver, readers, processes, Ledger(connection))


def _followed(bench: Bench, receiver: Receiver, readers: int, processes: Processes, ledger: Ledger) -> Sending:
    staff = Staff(processes.url)
    reviewed = staff.review()
    workers = processes.deliveries.process.children()
    watch = Watch(bench.progress, readers)
    used = cpu_meter(bench, receiver, processes)
    before = used()
    epoch, publishing = time.time(), staff.publish(reviewed)
    try:
        if receiver.accepted is not None:
            watch.until_all(lambda: receiver.accepted or 0, workers)
        watch.until_all(lambda: ledger.settled(readers), workers)
    except RuntimeError as error:
        raise RuntimeError(f"{error}\n{processes.deliveries.tail()}") from None
    after = used()
    ledger.check(readers)
    return Sending(
        mails=readers,
        answered=publishing.answered - publishing.pressed,
        filled=(ledger.filled_at() or 0) - epoch,
        first=watch.first - publishing.pressed,
        recorded=ledger.settled_at() - epoch,
        cpu={kind: after[kind] - before[kind] for kind in after},
        worker_memory=watch.heaviest,
    )


def cpu_meter(bench: Bench, receiver: Receiver, processes: Processes) -> Callable[[], dict[str, float]]:
    """Return what tells the CPU seconds used so far, by kind of process."""
    kinds = {
        "workers": [processes.deliveries.process],
        "postgres": [process_of(bench.postgres)],
        "receiver": [receiver.program.process],
        "valkey": [process_of(bench.valkey)],
        "web_beat_letters": [other.process for other in (processes.web, processes.beat, processes.letters)],
    }
    return lambda: {kind: sum(map(cpu_seconds, members)) for kind, members in kinds.items()}
