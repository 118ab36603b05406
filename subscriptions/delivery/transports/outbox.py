"""Where a transport takes its next mail from."""

import time
from collections import deque
from collections.abc import Iterable

from subscriptions.delivery.transports.base import Envelope

# How soon to ask again for a mail that was not to go yet, in seconds.
ASK_AGAIN = 0.02


class Outbox:
    """The caller's envelopes, one at a time, and before them those that came back untried."""

    def __init__(self, envelopes: Iterable[Envelope | None]) -> None:
        self._envelopes = iter(envelopes)
        self._returned: deque[Envelope] = deque()
        self._ask_at = 0.0
        self.ended = False

    def take(self) -> Envelope | None:
        """Return the next envelope, or None if there is none, or none for the moment."""
        if self._returned:
            return self._returned.popleft()
        if self.ended or (self._ask_at and time.monotonic() < self._ask_at):
            return None
        try:
            envelope = next(self._envelopes)
        except StopIteration:
            self.ended = True
            return None
        if envelope is None:
            self._ask_at = time.monotonic() + ASK_AGAIN
        return envelope

    def wait(self) -> None:
        """Wait until it may be asked again."""
        if not self.ended:
            time.sleep(max(0.0, self._ask_at - time.monotonic()))

    def put_back(self, envelope: Envelope) -> None:
        """Return one that was not tried."""
        self._returned.append(envelope)

    def peek(self) -> bool:
        """Tell whether there is an envelope to take now."""
        if envelope := self.take():
            self._returned.appendleft(envelope)
        return envelope is not None

    @property
    def waits(self) -> bool:
        """Whether there may be more in a moment."""
        return bool(self._returned) or not self.ended
