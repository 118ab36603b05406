"""What every transport is."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from subscriptions.delivery.letters import Letter
from subscriptions.delivery.outcomes import Outcome
from subscriptions.models import Delivery


@dataclass(frozen=True)
class Envelope:
    """A delivery with its letter and the address it goes to."""

    line: Delivery
    letter: Letter
    address: str
    # Whether the line is still ours to send; asked just before the text goes out.
    may_go: Callable[[], bool]


class Transport(Protocol):
    def deliver(self, envelopes: Iterable[Envelope]) -> Iterator[tuple[Envelope, Outcome]]:
        """Hand over each mail and yield what became of it as soon as that is known. Raises nothing a relay does.

        Takes an envelope only when it is about to send it: what the caller withholds is not sent.
        """

    def close(self) -> None:
        """End the session, if there is one."""
