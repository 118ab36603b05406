"""The next lines, taken while those at hand go out."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connections

from subscriptions.delivery.lines import Line


class Ahead:
    """Takes lines in a thread, over a database connection of its own.

    While the thread of the sessions takes lines, its relays wait: from far away each of them for all that time.
    """

    def __init__(self, take: Callable[[], list[Line]]) -> None:
        self._take = take
        self._thread = ThreadPoolExecutor(1, "ahead")
        self._taking: Future[list[Line]] | None = None
        self.begun_at = 0.0  # by the monotonic clock

    def begin(self) -> None:
        """Have lines taken, unless that is under way or those are not fetched."""
        if self._taking is None:
            self.begun_at = time.monotonic()
            self._taking = self._thread.submit(self._take)

    @property
    def has_taken(self) -> bool:
        """Whether there is something to fetch."""
        return self._taking is not None and self._taking.done()

    def fetch(self) -> list[Line]:
        """Return what was taken, as soon as it is; none if that was not asked for. Raises what taking raised."""
        taking, self._taking = self._taking, None
        return taking.result() if taking else []

    def close(self) -> None:
        """Wait for what is under way, which can still be fetched, and take no more."""
        if self.begun_at:  # Otherwise there is neither thread nor connection.
            self._thread.submit(connections.close_all)
        self._thread.shutdown()
