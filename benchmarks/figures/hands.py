"""What it costs to have fewer mails in hand when a process is killed, or more."""

from collections.abc import Iterator, Set
from dataclasses import dataclass

from benchmarks.bench import Bench
from benchmarks.figures.theme import Theme
from benchmarks.programs import PYTHON, output_of, running
from benchmarks.receivers import OwnServer, lean_receiver
from benchmarks.report import Figure

KILLS = 5


@dataclass(frozen=True)
class Way:
    """How what was accepted is recorded, and over how many connections it is sent."""

    recording: str
    connections: int
    note: str

    @property
    def name(self) -> str:
        return f"{self.recording}_{self.connections}"

    @property
    def command(self) -> list[str]:
        return [PYTHON, "-m", "benchmarks.inside.recording", self.recording]

    def environment(self, bench: Bench, receiver: OwnServer) -> dict[str, str]:
        settings = {"EMAIL_URL": f"smtp://127.0.0.1:{receiver.port}", "DELIVERY_CONNECTIONS": str(self.connections)}
        return bench.site.environment(bench.site.database(bench.readers), **settings)


WAYS = [
    Way("journal", 1, "noted in the journal; one connection"),
    Way("journal", 16, "noted in the journal: the product as it is"),
    Way("journal", 32, "noted in the journal; 32 connections"),
    Way("commit", 16, "each recorded by a commit of its own"),
    Way("nothing", 16, "noted nowhere, recorded twice a second"),
]


def measure(bench: Bench, wanted: Set[str]) -> Iterator[Figure]:
    rates: dict[Way, list[float]] = {way: [] for way in WAYS}
    copies: dict[Way, list[float]] = {way: [] for way in WAYS}
    for _ in bench.rounds("mails in hand"):
        for way in WAYS:
            bench.progress.step(way.note)
            with lean_receiver(bench.folder) as receiver:
                rates[way].append(_rate(bench, way, receiver))
            with lean_receiver(bench.folder) as receiver:
                copies[way].append(_copies_a_kill(bench, way, receiver))
    for way in WAYS:
        yield Figure(f"hands_rate_{way.name}", rates[way], "mails/s", f"one process; {way.note}")
        yield Figure(f"hands_copies_{way.name}", copies[way], "mails a kill", way.note)


def _rate(bench: Bench, way: Way, receiver: OwnServer) -> float:
    return bench.readers / float(output_of(way.command, environment=way.environment(bench, receiver)))


def _copies_a_kill(bench: Bench, way: Way, receiver: OwnServer) -> float:
    """Kill the process in mid-send again and again, let one finish, and count what came twice."""
    environment = way.environment(bench, receiver)
    for kill in range(1, KILLS + 1):
        with running(way.command, output=bench.folder / "recording", environment=environment) as program:
            program.wait_until(lambda goal=kill: receiver.accepted >= goal * bench.readers // (KILLS + 1))  # type: ignore[misc]
            program.process.kill()
    output_of(way.command, environment=environment)
    return (receiver.accepted - bench.readers) / KILLS


NAMES = tuple(f"hands_{what}_{way.name}" for way in WAYS for what in ("rate", "copies"))
THEMES = [Theme(NAMES, measure)]
