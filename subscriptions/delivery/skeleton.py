"""A message built once, into which each reader's own parts are put.

Building a message for every reader is what sending costs: some 2,000 microseconds with templates and the e-mail
package, 3 with a skeleton. The result is, octet for octet, what the e-mail package would have built for that reader.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# A soft line break of quoted-printable (RFC 2045 §6.7), which may fall anywhere in a word.
_SOFT_BREAK = rb"(?:=\r\n)?"


@dataclass(frozen=True)
class Part:
    """Where a personal value stands, or a piece of it."""

    value: int
    piece: slice | None


class Skeleton:
    """A message with gaps."""

    def __init__(self, message: bytes, placeholders: Sequence[bytes]) -> None:
        """Cut `message` at the placeholders it was built with. Its lines end in CRLF.

        A value that may stand in an encoded body must be as long as its placeholder and consist of letters, digits,
        "-" and "_", as the placeholder does: then every encoding breaks its lines at the same places.
        """
        parts = list(_cut(message, placeholders))
        self._pieces = [b"" if isinstance(part, Part) else part for part in parts]
        self._gaps = [(at, part.value, part.piece) for at, part in enumerate(parts) if isinstance(part, Part)]

    def filled(self, values: Sequence[bytes]) -> list[bytes]:
        """Return, in pieces, the message with these values in the places of the placeholders, in their order."""
        pieces = self._pieces.copy()
        for at, value, piece in self._gaps:
            pieces[at] = values[value][piece] if piece else values[value]
        return pieces


def _cut(message: bytes, placeholders: Sequence[bytes]) -> Iterator[bytes | Part]:
    pattern = b"|".join(
        b"(" + _SOFT_BREAK.join(re.escape(bytes([octet])) for octet in placeholder) + b")"
        for placeholder in placeholders
    )
    end = 0
    for found in re.finditer(pattern, message):
        yield message[end : found.start()]
        yield from _pieces((found.lastindex or 0) - 1, found[0])
        end = found.end()
    yield message[end:]


def _pieces(value: int, found: bytes) -> Iterator[bytes | Part]:
    """Cut a placeholder that soft line breaks divide; a whole one stands for a value of any length."""
    at = 0
    pieces = found.split(b"=\r\n")
    for number, piece in enumerate(pieces):
        if number:
            yield b"=\r\n"
        yield Part(value, slice(at, at + len(piece)) if len(pieces) > 1 else None)
        at += len(piece)
