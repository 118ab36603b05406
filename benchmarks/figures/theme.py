"""Figures that come out of one measurement."""

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass

from benchmarks.bench import Bench
from benchmarks.report import Figure


@dataclass(frozen=True)
class Theme:
    """A measurement and the names it can be asked for by; it is given those that are wanted, and yields all it saw."""

    names: tuple[str, ...]
    measure: Callable[[Bench, Set[str]], Iterator[Figure]]

    def figures(self, bench: Bench, wanted: Set[str]) -> Iterator[Figure]:
        if wanted & set(self.names):
            yield from self.measure(bench, wanted)
