"""Whether a larger audience makes a mail dearer, a worker heavier, or staff wait."""

from collections.abc import Iterator, Set

from benchmarks.bench import Bench
from benchmarks.figures.theme import Theme
from benchmarks.receivers import lean_receiver
from benchmarks.report import Figure, ratio
from benchmarks.sending import Sending, send

# Audiences, as multiples of that of the other figures. By default it has 20,000 readers, and these the sizes of their
# names.
SIZES = {"10k": 0.5, "50k": 2.5, "200k": 10.0}


def measure(bench: Bench, wanted: Set[str]) -> Iterator[Figure]:
    seen: dict[str, list[Sending]] = {size: [] for size in SIZES}
    for _ in bench.rounds("growth"):
        for size, multiple in SIZES.items():
            readers = int(bench.readers * multiple)
            bench.progress.step(f"{readers:,} readers")
            with lean_receiver(bench.folder) as receiver:
                seen[size].append(send(bench, receiver, readers))
    cost = {size: [sending.milliseconds_a_mail for sending in sendings] for size, sendings in seen.items()}
    for size in ("50k", "200k"):
        yield ratio(f"growth_{size}_over_10k", cost[size], cost["10k"], "what a mail costs in time, from the first on")
    for size, sendings in seen.items():
        yield Figure(f"milliseconds_a_mail_{size}", cost[size], "ms", "from the first mail on")
        yield Figure(f"mails_per_second_{size}", [sending.rate for sending in sendings], "mails/s")
        yield Figure(f"worker_memory_{size}", [sending.worker_memory for sending in sendings], "MB")
        yield Figure(f"publish_answer_{size}", [sending.answered * 1000 for sending in sendings], "ms")
        yield Figure(f"first_mail_{size}", [sending.first for sending in sendings], "s after Publish")


NAMES = (
    *(f"growth_{size}_over_10k" for size in ("50k", "200k")),
    *(f"{what}_{size}" for what in ("worker_memory", "publish_answer", "first_mail") for size in SIZES),
)
THEMES = [Theme(NAMES, measure)]
