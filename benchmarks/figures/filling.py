"""What it takes to write a release's lines into the ledger."""

import json
from collections.abc import Iterator, Set

from benchmarks.bench import Bench
from benchmarks.figures.theme import Theme
from benchmarks.programs import PYTHON, output_of
from benchmarks.report import Figure, ratio

MULTIPLE = 2.5


def measure(bench: Bench, wanted: Set[str]) -> Iterator[Figure]:
    readers = int(bench.readers * MULTIPLE)
    bench.progress.prefix = "filling the ledger"
    bench.progress.step(f"{readers:,} lines, {bench.runs} times, by one statement and by bulk_create")
    environment = bench.site.environment(bench.site.database(readers))
    command = [PYTHON, "-m", "benchmarks.inside.filling", str(bench.runs)]
    runs = [json.loads(line) for line in output_of(command, environment=environment).splitlines()]
    one = [run["one"] for run in runs]
    writing = [run["write"] for run in runs]
    yield Figure("fill_rows_per_second", [run["rows"] / run["one"] for run in runs], "rows/s")
    yield ratio("ratio_fill_bulk_create", writing, one, "against writing alone, the objects made beforehand")
    whole = [run["read"] + run["write"] for run in runs]
    yield ratio("ratio_fill_read_and_bulk_create", whole, one, "against reading whom it concerns, too")


THEMES = [Theme(("ratio_fill_bulk_create", "ratio_fill_read_and_bulk_create", "fill_rows_per_second"), measure)]
