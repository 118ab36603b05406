"""Measure all: `python -m benchmarks`, or a part: `python -m benchmarks --only ratio_wire --readers 2000 --runs 1`."""

import argparse
import os
import sys
from collections.abc import Iterator

from benchmarks.bench import Bench, opened
from benchmarks.figures import NAMES, THEMES
from benchmarks.report import Figure, table

# Processes that wait for a processor elsewhere on the machine; with more than this the figures are of little use.
BUSY = 0.5


def main() -> None:
    options = parsed()
    if options.list:
        print("\n".join(NAMES))
        return
    if (load := os.getloadavg()[0]) > BUSY:
        print(f"This machine is at work already (load {load:.1f}): expect low figures.", file=sys.stderr)
    with opened(options.readers, options.runs) as bench:
        figures = list(measured(bench, set(options.only)))
        failed = bench.progress.failures
    print(table(figures))
    sys.exit(failed > 0)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What sending costs, here and elsewhere.")
    parser.add_argument("--only", nargs="+", metavar="FIGURE", choices=NAMES, default=NAMES, help="just these")
    parser.add_argument("--readers", type=int, default=20_000, help="how many mails a run has (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="how often each is measured (default: %(default)s)")
    parser.add_argument("--list", action="store_true", help="name the figures, and measure nothing")
    return parser.parse_args()


def measured(bench: Bench, wanted: set[str]) -> Iterator[Figure]:
    """Print each figure as it comes, and yield it. What fails is said, and the others are measured all the same."""
    for theme in THEMES:
        try:
            for figure in theme.figures(bench, wanted):
                bench.progress.clear()
                print(figure.as_json(), flush=True)
                yield figure
        except Exception as error:
            bench.progress.fail(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
