"""The wire itself: ready-made mails, pipelined, one in the air per connection. `python -m benchmarks.wire PORT MAILS
CONNECTIONS LETTER`.

Says "ready" once it is connected, begins when it reads a line, and says at last when the last answer came.
"""

import json
import selectors
import socket
import sys
import time
from itertools import cycle
from pathlib import Path
from typing import cast

READY_MADE = 200


def ready_made(letter: Path) -> list[tuple[bytes, bytes]]:
    """Return mails as they go over the wire: the commands before each, and its text with its end."""
    words = json.loads(letter.read_text())
    token, address = words["token"], words["address"]
    mails = []
    for number in range(READY_MADE):
        text = words["octets"].replace(token, f"{number:0{len(token)}}").replace(address, reader(number))
        commands = f"MAIL FROM:<{words['sender']}> BODY=8BITMIME\r\nRCPT TO:<{reader(number)}>\r\nDATA\r\n"
        mails.append((commands.encode(), text.encode() + b".\r\n"))
    return mails


def reader(number: int) -> str:
    return f"reader{number}@example.org"


def connect(port: int) -> socket.socket:
    relay = socket.create_connection(("127.0.0.1", port))
    relay.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    relay.recv(4096)
    relay.sendall(b"EHLO wire.example\r\n")
    relay.recv(4096)
    return relay


def send(relays: list[socket.socket], mails: list[tuple[bytes, bytes]], number: int) -> None:
    """Send so many mails over these connections; the commands of the next travel with the end of each text."""
    selector = selectors.DefaultSelector()
    queue = cycle(mails)
    for relay in relays:
        commands, text = next(queue)
        relay.sendall(commands)
        selector.register(relay, selectors.EVENT_READ, text)
    begun = len(relays)
    while selector.get_map():
        for key, _ in selector.select():
            relay = cast(socket.socket, key.fileobj)
            replies = relay.recv(4096)
            if not replies:
                raise ConnectionError("The server hung up.")
            if b"354 " in replies:
                commands, following = next(queue) if begun < number else (b"", b"")
                relay.sendall(key.data + commands)
                selector.modify(relay, selectors.EVENT_READ, following)
                begun += 1
            elif not key.data:
                selector.unregister(relay)  # The answer to its last text.


def main() -> None:
    port, number, connections = (int(argument) for argument in sys.argv[1:4])
    mails = ready_made(Path(sys.argv[4]))
    relays = [connect(port) for _ in range(connections)]
    print("ready", flush=True)
    sys.stdin.readline()
    send(relays, mails, number)
    print(time.monotonic())


if __name__ == "__main__":
    main()
