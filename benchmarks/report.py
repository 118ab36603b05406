"""The figures: one line of JSON each as they come, and a table at the end."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """What was measured so many times; its value is the median."""

    name: str
    runs: Sequence[float]
    unit: str
    note: str = ""

    @property
    def value(self) -> float:
        return rounded(median(self.runs))

    def as_json(self) -> str:
        line = {
            "figure": self.name,
            "value": self.value,
            "unit": self.unit,
            "runs": [rounded(run) for run in self.runs],
        }
        return json.dumps({**line, "note": self.note} if self.note else line, ensure_ascii=False)


def ratio(name: str, ours: Sequence[float], theirs: Sequence[float], note: str = "") -> Figure:
    """Return how many times one is the other, round by round: what ran beside each other is compared."""
    return Figure(name, [one / other for one, other in zip(ours, theirs, strict=True)], "times", note)


def rounded(number: float) -> float:
    """Return a number with no more digits than the measurement is good for."""
    return float(f"{number:.4g}")


def table(figures: Sequence[Figure]) -> str:
    rows = [(figure.name, f"{figure.value:,.10g}", figure.unit, _spread(figure), figure.note) for figure in figures]
    rows.insert(0, ("figure", "median", "unit", "lowest to highest", ""))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(_line(row, widths) for row in rows)


def _spread(figure: Figure) -> str:
    return f"{rounded(min(figure.runs)):,.10g} to {rounded(max(figure.runs)):,.10g}"


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    name, value, unit, spread, note = row
    cells = (name.ljust(widths[0]), value.rjust(widths[1]), unit.ljust(widths[2]), spread.ljust(widths[3]), note)
    return "  ".join(cells).rstrip()
