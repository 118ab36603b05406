"""An HTTP provider that says yes to everything: `python -m benchmarks.provider PORT TALLY --delay 0.02`.

Amazon SES v2 (/v2/email/outbound-emails) and Postmark (/email, /email/batch). Each answer leaves so many seconds after
its request came; other requests are served meanwhile.
"""

import argparse
import asyncio
import json
import re
from itertools import count
from pathlib import Path

from benchmarks.tally import Tally

LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
# The addressees of a batch, without reading its megabytes as JSON: within a text every quotation mark is escaped.
RECIPIENT = re.compile(rb'"To": ?"((?:[^"\\]|\\.)*)"')


class Provider(asyncio.Protocol):
    """One kept connection. Its requests come one at a time."""

    def __init__(self, tally: Tally, delay: float, numbers: "count[int]") -> None:
        self.tally, self.delay, self.numbers = tally, delay, numbers
        self.received = bytearray()
        self.ends_at = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        if not self.ends_at:
            self.ends_at = _end_of(self.received)
        if self.ends_at and len(self.received) >= self.ends_at:
            asyncio.get_running_loop().call_later(self.delay, self._answer, self.received)
            self.received, self.ends_at = bytearray(), 0

    def _answer(self, request: bytearray) -> None:
        path = request[:80].split(b" ", 2)[1]
        if path == b"/v2/email/outbound-emails":
            answer: object = {"MessageId": f"ses-{next(self.numbers)}"}
            accepted = 1
        else:
            each = [self._accepted_by_postmark(address) for address in RECIPIENT.findall(request)]
            accepted = len(each)
            answer = each if path == b"/email/batch" else each[0]
        self.tally.add(accepted)
        body = json.dumps(answer).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)

    def _accepted_by_postmark(self, address: bytes) -> dict[str, object]:
        return {"ErrorCode": 0, "Message": "OK", "MessageID": f"pm-{next(self.numbers)}", "To": address.decode()}


def _end_of(request: bytearray) -> int:
    """Return where a request ends, 0 if its head is not complete yet."""
    head = request.find(b"\r\n\r\n")
    length = LENGTH.search(request, 0, max(head, 0))
    return head + 4 + int(length[1]) if length else 0


async def serve(port: int, tally: Tally, delay: float) -> None:
    numbers = count(1)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Provider(tally, delay, numbers), "127.0.0.1", port)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.provider")
    parser.add_argument("port", type=int)
    parser.add_argument("tally", type=Path)
    parser.add_argument("--delay", type=float, default=0.0)
    options = parser.parse_args()
    asyncio.run(serve(options.port, Tally(options.tally), options.delay))


if __name__ == "__main__":
    main()
