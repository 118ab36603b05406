"""How fast a statement is out, beside the others and the wire, and what the time goes into."""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass

from benchmarks.bench import Bench
from benchmarks.contenders import smtp_source, wire
from benchmarks.figures.theme import Theme
from benchmarks.peers import CELERY_CHUNKS, CELERY_SINGLE, DJANGO_NEWSLETTER, POST_OFFICE
from benchmarks.receivers import SMTP_SOURCE, Receiver, fast_receiver, lean_receiver
from benchmarks.report import Figure, ratio
from benchmarks.sending import Sending, send


@dataclass(frozen=True)
class Rival:
    """Who sends the same beside us. The slow ones send a part of the mails: their rate does not change with time."""

    rate: Callable[[Bench, Receiver, int], float]
    # One mail in so many.
    part: int = 1
    # Whether it must be seen from outside when its last mail was accepted.
    is_watched: bool = True

    def mails(self, bench: Bench) -> int:
        return bench.readers // self.part

    def note(self, bench: Bench) -> str:
        return f"measured on {self.mails(bench):,} mails" if self.part > 1 else ""

    def measured(self, bench: Bench) -> float:
        with fast_receiver(bench.folder, counts=self.is_watched) as receiver:
            return self.rate(bench, receiver, self.mails(bench))


RIVALS = {
    "django_newsletter": Rival(DJANGO_NEWSLETTER.rate, part=20),
    "post_office": Rival(POST_OFFICE.rate, part=4),
    "celery_chunks": Rival(CELERY_CHUNKS.rate, part=4),
    "celery_single": Rival(CELERY_SINGLE.rate, part=20),
    "wire": Rival(wire, is_watched=False),
}
if SMTP_SOURCE:
    RIVALS["wire_smtp_source"] = Rival(smtp_source, is_watched=False)


def into_fast_receiver(bench: Bench, wanted: Set[str]) -> Iterator[Figure]:
    rivals = {name: rival for name, rival in RIVALS.items() if f"ratio_{name}" in wanted}
    ours: list[Sending] = []
    theirs: dict[str, list[float]] = {name: [] for name in rivals}
    for _ in bench.rounds("throughput"):
        bench.progress.step("Communiqué")
        with fast_receiver(bench.folder) as receiver:
            ours.append(send(bench, receiver, bench.readers))
        for name, rival in rivals.items():
            bench.progress.step(name)
            theirs[name].append(rival.measured(bench))
    rates = [sending.rate for sending in ours]
    yield Figure("mails_per_second", rates, "mails/s", "from Publish until the last is accepted and recorded")
    for name, rival in rivals.items():
        yield Figure(f"mails_per_second_{name}", theirs[name], "mails/s", rival.note(bench))
        yield ratio(f"ratio_{name}", rates, theirs[name])
    if {"wire", "django_newsletter"} <= theirs.keys():
        note = "what the receiver takes: no sender's ratio is higher"
        yield ratio("wire_to_django_newsletter", theirs["wire"], theirs["django_newsletter"], note)
    yield from profile(ours)


def profile(sendings: Sequence[Sending]) -> Iterator[Figure]:
    """Say what the rest is spent on: the moments of the stages, and the processors' time by kind of process."""
    yield Figure("stage_answered", [sending.answered for sending in sendings], "s after Publish")
    yield Figure("stage_filled", [sending.filled for sending in sendings], "s after Publish")
    yield Figure("stage_recorded", [sending.recorded for sending in sendings], "s after Publish")
    for kind in sendings[0].cpu:
        used = [sending.cpu[kind] / sending.mails * 1000 for sending in sendings]
        yield Figure(f"cpu_{kind}", used, "CPU s/1,000 mails")


def into_lean_receiver(bench: Bench, wanted: Set[str]) -> Iterator[Figure]:
    newsletter = RIVALS["django_newsletter"]
    ours: list[float] = []
    theirs: list[float] = []
    for _ in bench.rounds("throughput into a lean server"):
        bench.progress.step("Communiqué")
        with lean_receiver(bench.folder) as receiver:
            ours.append(send(bench, receiver, bench.readers).rate)
        bench.progress.step("django_newsletter")
        with lean_receiver(bench.folder) as receiver:
            theirs.append(newsletter.rate(bench, receiver, newsletter.mails(bench)))
    yield Figure("mails_per_second_lean", ours, "mails/s", "into a server that only counts")
    yield ratio("ratio_lean_django_newsletter", ours, theirs, newsletter.note(bench))


THEMES = [
    Theme(("mails_per_second", *(f"ratio_{name}" for name in RIVALS)), into_fast_receiver),
    Theme(("ratio_lean_django_newsletter",), into_lean_receiver),
]
