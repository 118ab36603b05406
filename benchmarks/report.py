"""The figures: one line of JSON each as they come, and a table at the end."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

# What the figures are to be. Whoever changes the product sees in the table what it no longer reaches.
AT_LEAST = {
    "ratio_django_newsletter": 40,
    "ratio_post_office": 10,
    "ratio_celery_chunks": 8,
    "ratio_wire": 0.9,
    "ratio_lean_django_newsletter": 100,
    "ratio_distance": 0.8,
    "ratio_fill_bulk_create": 4,
    "ratio_provider_single": 6,
    "ratio_provider_single_postmark": 6,
    "ratio_provider_batch": 30,
    "ratio_page_cached": 0.8,
    "ratio_feed_cached": 0.8,
    "ratio_304": 0.9,
}
AT_MOST = {
    "growth_50k_over_10k": 1.15,
    "growth_200k_over_10k": 1.15,
    "worker_memory_200k": 200,
    "publish_answer_200k": 300,
    "first_mail_200k": 1,
    "confirmation_mail": 5,
}


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

    @property
    def wanted(self) -> str:
        """What it is to be, and whether it is; "" where there is no such thing."""
        least, most = AT_LEAST.get(self.name), AT_MOST.get(self.name)
        if least is not None:
            return f"at least {least}: {'reached' if self.value >= least else 'missed'}"
        return f"at most {most}: {'kept' if self.value <= most else 'exceeded'}" if most is not None else ""

    def as_json(self) -> str:
        line = {
            "figure": self.name,
            "value": self.value,
            "unit": self.unit,
            "runs": [rounded(run) for run in self.runs],
        }
        more = {name: text for name, text in (("wanted", self.wanted), ("note", self.note)) if text}
        return json.dumps({**line, **more}, ensure_ascii=False)


def ratio(name: str, ours: Sequence[float], theirs: Sequence[float], note: str = "") -> Figure:
    """Return how many times one is the other, round by round: what ran beside each other is compared."""
    return Figure(name, [one / other for one, other in zip(ours, theirs, strict=True)], "times", note)


def rounded(number: float) -> float:
    """Return a number with no more digits than the measurement is good for."""
    return float(f"{number:.4g}")


def table(figures: Sequence[Figure]) -> str:
    rows = [
        (figure.name, f"{figure.value:,.10g}", figure.unit, _spread(figure), figure.wanted, figure.note)
        for figure in figures
    ]
    rows.insert(0, ("figure", "median", "unit", "lowest to highest", "wanted", ""))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(_line(row, widths) for row in rows)


def _spread(figure: Figure) -> str:
    return f"{rounded(min(figure.runs)):,.10g} to {rounded(max(figure.runs)):,.10g}"


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    name, value, *others, note = row
    cells = [name.ljust(widths[0]), value.rjust(widths[1])]
    cells += [text.ljust(width) for text, width in zip(others, widths[2:], strict=True)]
    return "  ".join([*cells, note]).rstrip()
