"""What a worker sent and has not told the database yet, in a file that survives its death.

Recorded by a commit each, mails cost twice as much as sent; recorded by the hundred, a killed worker would send a
hundred again. A line appended to a local file costs microseconds and outlives the process, though not the machine: if
that is lost with its disk, the batch is sent again.
"""

import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from subscriptions.delivery.lines import Line
from subscriptions.models import Delivery

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Number and moment of a delivery, whole lines only: a machine that lost its power may leave half a line, or noughts.
_ENTRY = re.compile(rb"^(\d{1,18}) (\d{1,18})\n", re.MULTILINE)


class Journal:
    """The mails of one worker that were accepted and are not recorded. Locked for as long as the worker lives."""

    def __init__(self, name: str) -> None:
        settings.DELIVERY_JOURNAL.mkdir(parents=True, exist_ok=True)
        self.path = settings.DELIVERY_JOURNAL / f"{name}.journal"
        # Until it is locked another worker may take it for one left behind, and then it is no longer in the folder.
        while True:
            self.file = os.open(self.path, os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o600)
            fcntl.flock(self.file, fcntl.LOCK_EX)
            if self.path.exists() and os.path.samestat(os.fstat(self.file), self.path.stat()):
                return
            os.close(self.file)

    def add(self, lines: Iterable[Line]) -> None:
        """Note that the mails of these deliveries were accepted. Raises OSError."""
        noted = b"".join([b"%d %d\n" % (line.pk, _microseconds(line.created_at)) for line in lines])
        while noted:  # One write, but for the last of a disk.
            noted = noted[os.write(self.file, noted) :]

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


class Legacy(NamedTuple):
    """What a dead worker left: the name of its journal, the deliveries it noted, and where."""

    name: str
    sent: list[int]
    path: Path


def left_behind() -> Iterator[Legacy]:
    """Return what workers left who are dead now; the caller records it and unlinks the journal."""
    for path, file in _journals():
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue  # Its worker lives.
        yield Legacy(path.stem, _noted(_read(file)), path)


def noted_anywhere() -> set[int]:
    """Return the deliveries in all journals, those of the living too.

    One of them may be frozen: its lease runs out, and it has not told the database of its last mails.
    """
    return {pk for _, file in _journals() for pk in _noted(_read(file))}


def _journals() -> Iterator[tuple[Path, int]]:
    for path in sorted(settings.DELIVERY_JOURNAL.glob("*.journal")):
        try:
            file = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            continue
        try:
            yield path, file
        finally:
            os.close(file)


def _read(file: int) -> bytes:
    return os.pread(file, os.fstat(file).st_size, 0)


def _noted(journal: bytes) -> list[int]:
    """Return the deliveries of this database among the entries: one of another has other moments to its numbers."""
    moments = {int(pk): int(moment) for pk, moment in _ENTRY.findall(journal)}
    lines = Delivery.objects.filter(pk__any=set(moments)).values_list("pk", "created_at")
    return [pk for pk, created_at in lines if _microseconds(created_at) == moments[pk]]


@lru_cache(maxsize=64)  # Lines are written by the thousand, in one moment.
def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
