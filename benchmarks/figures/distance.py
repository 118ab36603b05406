"""What a relay far away costs."""

from collections.abc import Iterator, Set

from benchmarks.bench import Bench
from benchmarks.figures.theme import Theme
from benchmarks.receivers import lean_receiver
from benchmarks.report import Figure, ratio
from benchmarks.sending import send
from benchmarks.site import PROCESSES

DELAY = 0.005
MOST_CONNECTIONS = 32
# A mail takes one round trip, and each connection has one in hand.
BOUND = PROCESSES * MOST_CONNECTIONS / DELAY


def measure(bench: Bench, wanted: Set[str]) -> Iterator[Figure]:
    near: list[float] = []
    far: list[float] = []
    for _ in bench.rounds("distance"):
        bench.progress.step("a relay beside us")
        with lean_receiver(bench.folder) as receiver:
            near.append(send(bench, receiver, bench.readers).rate)
        bench.progress.step("5 ms away")
        with lean_receiver(bench.folder, delay=DELAY) as receiver:
            connections = {"DELIVERY_CONNECTIONS": str(MOST_CONNECTIONS)}
            far.append(send(bench, receiver, bench.readers, **connections).rate)
    yield Figure("mails_per_second_near", near, "mails/s")
    yield Figure("mails_per_second_far", far, "mails/s", f"{MOST_CONNECTIONS} connections per worker")
    yield ratio("ratio_distance", far, [min(rate, BOUND) for rate in near], "of the near rate, or of what 5 ms allow")


THEMES = [Theme(("ratio_distance",), measure)]
