"""What all figures share: servers, databases, the site, the letter, and how often and how large to measure."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.databases import Databases
from benchmarks.programs import PYTHON, output_of
from benchmarks.progress import Progress
from benchmarks.site import Site
from tests.servers import Postgres, Valkey, new_folder, start_postgres, start_valkey


@dataclass
class Bench:
    readers: int
    runs: int
    folder: Path
    postgres: Postgres
    valkey: Valkey
    progress: Progress

    @cached_property
    def databases(self) -> Databases:
        return Databases(self.postgres)

    @cached_property
    def site(self) -> Site:
        return Site(self.folder, self.databases, self.valkey)

    @cached_property
    def letter(self) -> Path:
        """The statement's mail, in a file for those who send it by other means."""
        environment = self.site.environment(self.site.database(self.readers))
        letter = self.folder / "letter.json"
        letter.write_text(output_of([PYTHON, "-m", "benchmarks.inside.letter"], environment=environment))
        return letter

    @cached_property
    def mail(self) -> bytes:
        """The same as it goes over the wire."""
        return str(json.loads(self.letter.read_text())["octets"]).encode()

    def rounds(self, of: str) -> Iterator[int]:
        """Count the runs, saying which one begins."""
        for number in range(1, self.runs + 1):
            self.progress.prefix = f"{of}, run {number} of {self.runs}"
            yield number


@contextmanager
def opened(readers: int, runs: int) -> Iterator[Bench]:
    """A bench on a PostgreSQL and a Valkey of its own, which are gone afterwards."""
    # What is installed has its bytecode beside it: without it every process would compile it anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with ExitStack() as stack:
        postgres, valkey = start_postgres(), start_valkey()
        stack.callback(postgres.remove)
        stack.callback(valkey.remove)
        yield Bench(readers, runs, new_folder(), postgres, valkey, Progress())
