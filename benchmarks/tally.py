"""A count that one process keeps and another reads while it grows."""

import mmap
from pathlib import Path


class Tally:
    """What a receiving server accepted, in a file that it and the benchmark both map into memory."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(16))
        with path.open("r+b") as file:
            self._numbers = memoryview(mmap.mmap(file.fileno(), 16)).cast("Q")

    @property
    def accepted(self) -> int:
        return self._numbers[0]

    @property
    def watched(self) -> int:
        """How many of them were to the address the server was told to watch."""
        return self._numbers[1]

    def add(self, number: int = 1, *, watched: bool = False) -> None:
        self._numbers[0] += number
        self._numbers[1] += watched
