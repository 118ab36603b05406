"""An SMTP server that does nothing but say yes, as fast as Python can: `python -m benchmarks.lean PORT TALLY`.

It offers PIPELINING (RFC 2920) and counts what it accepts. With --delay each reply leaves so many seconds after its
command came, as from a server far away: replies wait beside each other, not one behind the other.
"""

import argparse
import selectors
import socket
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from select import select
from typing import cast

from benchmarks.tally import Tally

ROOM = 1 << 18
END = b"\r\n.\r\n"
OK = b"250 2.0.0 Ok\r\n"
REPLIES = {
    b"EHLO": b"250-lean.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
    b"DATA": b"354 Go on\r\n",
    b"QUIT": b"221 2.0.0 Bye\r\n",
}


class Conversation:
    """One client: whether it is sending a text, and what of its last octets is not understood yet."""

    def __init__(self, tally: Tally, watch: bytes) -> None:
        self.tally = tally
        self.watch = watch
        self.rest = b""
        self.in_text = False
        self.is_watched = False

    def replies(self, octets: bytearray, length: int) -> bytes:
        """Return what to say to these octets, the rest of the last ones included."""
        if not self.in_text:
            return self._replies_to(bytes(octets[:length]))
        # Nobody sends a second text before he is told to: there is one end, and it is near the end of what came.
        end = octets.rfind(END, 0, length)
        if end < 0:
            self.rest = bytes(octets[max(length - len(END) + 1, 0) : length])
            return b""
        self.tally.add(watched=self.is_watched)
        self.in_text = self.is_watched = False
        return OK + self._replies_to(bytes(octets[end + len(END) : length]))

    def _replies_to(self, commands: bytes) -> bytes:
        """Return the replies to whole lines. DATA can only be the last of those that came together (RFC 2920)."""
        *lines, self.rest = commands.split(b"\r\n")
        verbs = [line[:4].upper() for line in lines]
        if self.watch and self.watch in commands:
            self.is_watched = True
        if verbs and verbs[-1] == b"DATA":
            self.in_text = True
            self.rest = b"\r\n"  # The text may be empty: its end begins with the end of this line.
        return b"".join([REPLIES.get(verb, OK) for verb in verbs])


class Lean:
    def __init__(self, port: int, tally: Tally, delay: float, watch: str) -> None:
        self.tally, self.delay, self.watch = tally, delay, watch.encode()
        self.later: deque[tuple[float, socket.socket, bytes]] = deque()
        self.octets = bytearray(ROOM)
        self.view = memoryview(self.octets)
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.selector.register(self.listener, selectors.EVENT_READ)

    def serve(self) -> None:
        while True:
            for key, _ in self._heard():
                if key.fileobj is self.listener:
                    self._greet(self.listener.accept()[0])
                else:
                    self._hear(cast(socket.socket, key.fileobj), key.data)
            self._say_what_is_due()

    def _heard(self) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait until somebody says something, or a reply is due."""
        if not self.later:
            return self.selector.select()
        # epoll counts in milliseconds. select() counts in microseconds, and looks at each of its files each time: so it
        # gets one, epoll's own.
        select([self.selector], [], [], max(self.later[0][0] - time.monotonic(), 0))
        return self.selector.select(0)

    def _greet(self, client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.selector.register(client, selectors.EVENT_READ, Conversation(self.tally, self.watch))
        self._say(client, b"220 lean.example ESMTP\r\n")

    def _hear(self, client: socket.socket, conversation: Conversation) -> None:
        kept = len(conversation.rest)
        self.octets[:kept] = conversation.rest
        try:
            got = client.recv_into(self.view[kept:])
        except ConnectionError:
            got = 0
        if not got:
            self.selector.unregister(client)
            client.close()
        elif said := conversation.replies(self.octets, kept + got):
            self._say(client, said)

    def _say(self, client: socket.socket, said: bytes) -> None:
        if self.delay:
            self.later.append((time.monotonic() + self.delay, client, said))
        else:
            _send(client, said)

    def _say_what_is_due(self) -> None:
        now = time.monotonic()
        while self.later and self.later[0][0] <= now:
            _, client, said = self.later.popleft()
            _send(client, said)


def _send(client: socket.socket, said: bytes) -> None:
    with suppress(OSError):  # It has gone; the next look at it says so.
        client.sendall(said)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lean")
    parser.add_argument("port", type=int)
    parser.add_argument("tally", type=Path)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--watch", default="", help="an address whose mails are counted apart")
    options = parser.parse_args()
    Lean(options.port, Tally(options.tally), options.delay, options.watch).serve()


if __name__ == "__main__":
    main()
