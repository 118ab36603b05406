"""What a worker sent and has not told the database yet, in a file that survives its death.

Recorded by a commit each, mails cost twice as much as sent; recorded by the hundred, a killed worker would send a
hundred again. A line appended to a local file costs microseconds and outlives the process, though not the machine: if
that is lost with its disk, the batch is sent again.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings


class Journal:
    """The mails of one worker that were accepted and are not recorded. Locked for as long as the worker lives."""

    def __init__(self, name: str) -> None:
        settings.DELIVERY_JOURNAL.mkdir(parents=True, exist_ok=True)
        self.path = settings.DELIVERY_JOURNAL / f"{name}.journal"
        self.file = os.open(self.path, os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o600)
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def add(self, pk: int) -> None:
        """Note that the mail of this delivery was accepted. One write: it is whole or not there."""
        os.write(self.file, b"%d\n" % pk)

    def forget(self) -> None:
        """Begin anew: all that was noted is recorded."""
        os.ftruncate(self.file, 0)

    def remove(self) -> None:
        """Take the journal away. What was noted must be recorded by now."""
        self.path.unlink(missing_ok=True)
        os.close(self.file)

    def leave(self) -> None:
        """Leave what was noted to be read by `left_behind`, here or in another process."""
        os.close(self.file)


def left_behind() -> Iterator[tuple[list[int], Path]]:
    """Return what workers noted that are dead now, and where; the caller records it and then unlinks the file."""
    for path in _journals():
        try:
            file = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue  # Its worker lives.
        else:
            yield [int(line) for line in os.read(file, os.fstat(file).st_size).split()], path
        finally:
            os.close(file)


def _journals() -> Iterable[Path]:
    return sorted(settings.DELIVERY_JOURNAL.glob("*.journal")) if settings.DELIVERY_JOURNAL.is_dir() else []
