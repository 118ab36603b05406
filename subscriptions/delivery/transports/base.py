"""What every transport is."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from subscriptions.delivery.letters import Letter
from subscriptions.delivery.lines import Line
from subscriptions.delivery.outcomes import Outcome


class Envelope(NamedTuple):
    """A line with its letter and the address it goes to."""

    line: Line
    letter: Letter
    address: str
    # Whether a line is still owed, and ours to send.
    is_ours: Callable[[Line], bool]

    def may_go(self) -> bool:
        """Tell whether this mail is still to be sent, by us; asked just before its text goes out."""
        return self.is_ours(self.line)

    def pieces(self) -> list[bytes]:
        """Return the mail as it goes over the wire, in pieces."""
        return self.letter.pieces(self.line, self.address)


# Notes what became of the mails of these lines.
Record = Callable[[Sequence[tuple[Line, Outcome]]], None]


class Transport(Protocol):
    def deliver(self, envelopes: Iterable[Envelope | None], record: Record) -> None:
        """Hand over each mail and record what became of it as soon as that is known. Raises nothing a relay does.

        Takes an envelope only when it is about to send it: what the caller withholds is not sent. None among them says
        that it is not yet time for the next: it is asked for again a little later. However many mails are on their way
        at once, what became of one is recorded before another goes out in its place; what `record` raises ends it all.
        """

    def close(self) -> None:
        """End what sessions there are."""
