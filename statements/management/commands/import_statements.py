"""Imports statements from Markdown files: `manage.py import_statements PATH… [--publish] [--announce]`."""

import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from statements.importing import ImportProblems, Result, import_files
from statements.importing.running import Progress
from statements.models import Edition

T = TypeVar("T")
MANY = 200


class Command(BaseCommand):
    help = "Import statements from Markdown files with front matter, one file for each language."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="A file, or a folder of *.md files.")
        parser.add_argument("--publish", action="store_true", help="Make public what is new, at once.")
        parser.add_argument("--announce", action="store_true", help="With --publish: tell the subscribers.")

    def handle(self, *, paths: list[Path], publish: bool, announce: bool, **options: Any) -> None:
        if announce and not publish:
            raise CommandError(_("--announce tells readers of what is published: add --publish."))
        try:
            result = import_files(paths, publish=publish, announce=announce, progress=Counter(self.stderr))
        except ImportProblems as found:
            self._refuse(found)
        self._report(result, publish=publish)

    def _refuse(self, found: ImportProblems) -> None:
        for problem in found.problems:
            self.stderr.write(str(problem), self.style.ERROR)
        number = len(found.problems)
        raise CommandError(
            ngettext("%d problem. Nothing was imported.", "%d problems. Nothing was imported.", number) % number
        )

    def _report(self, result: Result, *, publish: bool) -> None:
        for warning in sorted(result.warnings):
            self.stderr.write(str(warning), self.style.WARNING)
        counts = {
            "created": len(result.created),
            "updated": len(result.updated),
            "unchanged": len(result.unchanged),
        }
        self.stdout.write(_("Statements: %(created)d new, %(updated)d updated, %(unchanged)d unchanged.") % counts)
        if publish:
            editions = Edition.objects.filter(release__in=result.released).count()
            values = {"releases": len(result.released), "editions": editions}
            self.stdout.write(_("Releases: %(releases)d. Editions: %(editions)d.") % values)


class Counter(Progress):
    """Counts on the terminal, in place; into a file only of long imports, and every tenth of them."""

    def __init__(self, stream: OutputWrapper) -> None:
        self.stream = stream

    def __call__(self, items: Sequence[T], doing: str) -> Iterator[T]:
        write = self._in_place if self.stream.isatty() else self._in_lines
        shown = 0.0
        for number, item in enumerate(items, start=1):
            yield item
            shown = write(doing, number, len(items), shown)

    def _in_place(self, doing: str, number: int, total: int, shown: float) -> float:
        last = number == total
        if not last and time.monotonic() - shown < 0.1:
            return shown
        self.stream.write(f"\r{doing}: {number:,} / {total:,}", str, "\n" if last else "")
        self.stream.flush()
        return time.monotonic()

    def _in_lines(self, doing: str, number: int, total: int, shown: float) -> float:
        if total > MANY and number * 10 // total > (number - 1) * 10 // total:
            self.stream.write(f"{doing}: {number:,} / {total:,}", str)
        return shown
