"""Readers that ask again and again, here and there in turns: `python -m benchmarks.load ROUNDS`.

Reads from standard input what to ask for, a JSON list of {"url": …, "headers": {…}, "status": …}. A reader's connection
is kept, and they ask as soon as they were answered. A turn is short, so that whatever else the machine does meets all
alike.
Prints, in the order of the list, how many requests a second were answered. Ends with an error if an answer is another
than it should be, or if there is none.
"""

import json
import re
import selectors
import socket
import sys
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

CONNECTIONS = 4
TURN = 0.2
PATIENCE = 10.0
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


@dataclass
class Reader:
    connection: socket.socket
    question: bytes
    status: bytes
    answer: bytes = b""
    # Of the whole answer, once its head is there.
    octets: int = 0

    def ask(self) -> None:
        self.answer, self.octets = b"", 0
        self.connection.sendall(self.question)

    def has_read(self) -> bool:
        """Read what came; tell whether the answer is complete."""
        part = self.connection.recv(1 << 18)
        self.answer += part
        if not self.octets and (end := self.answer.find(b"\r\n\r\n")) > 0:
            if self.answer[9:12] != self.status or not part:
                raise RuntimeError(f"an answer that was not expected: {self.answer[:200]!r}")
            length = _LENGTH.search(self.answer, 0, end)
            self.octets = end + 4 + (int(length[1]) if length and self.status != b"304" else 0)
        return 0 < self.octets <= len(self.answer)


def turn(url: str, headers: dict[str, str], status: int) -> tuple[int, float]:
    """Ask for some tenths of a second; return how many answers came, and in how long."""
    parts = urlsplit(url)
    lines = [f"GET {parts.path or '/'} HTTP/1.1", f"Host: {parts.netloc}", *map(": ".join, headers.items()), "", ""]
    question = "\r\n".join(lines).encode()
    answered = 0
    with selectors.DefaultSelector() as selector:
        for _ in range(CONNECTIONS):
            connection = socket.create_connection((parts.hostname, parts.port), PATIENCE)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reader = Reader(connection, question, str(status).encode())
            selector.register(connection, selectors.EVENT_READ, reader)
            reader.ask()
        began = now = time.monotonic()
        while now < began + TURN:
            ready = selector.select(PATIENCE)
            if not ready:
                raise TimeoutError(f"no answer for {PATIENCE} seconds: {url}")
            for key, _ in ready:
                if key.data.has_read():
                    answered += 1
                    key.data.ask()
            now = time.monotonic()
        for key in list(selector.get_map().values()):
            key.data.connection.close()
    return answered, now - began


def rates(asked: list[dict[str, Any]], rounds: int) -> list[float]:
    answers, seconds = [0] * len(asked), [0.0] * len(asked)
    for _ in range(rounds):
        for number, one in enumerate(asked):
            more, longer = turn(**one)
            answers[number] += more
            seconds[number] += longer
    return [answered / lasted for answered, lasted in zip(answers, seconds, strict=True)]


if __name__ == "__main__":
    print(json.dumps(rates(json.load(sys.stdin), int(sys.argv[1]))))
