"""A machine that listens to feeds, as somebody else might have written it."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django import Settings


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}


def confirm(received: Received) -> tuple[int, bytes]:
    return 200, received.query.get("hub.challenge", "").encode()


@dataclass
class Reader:
    """A server with one callback address. `answer` says what it answers; what it received it keeps."""

    answer: Callable[[Received], tuple[int, bytes]] = confirm
    received: list[Received] = field(default_factory=list)
    news: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Reader":
        reader = self

        class Handler(BaseHTTPRequestHandler):
            def handle_one(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                received = Received(self.command, self.path, dict(self.headers), body)
                reader.received.append(received)
                status, answer = reader.answer(received)
                self.send_response(status)
                self.send_header("Location", "http://127.0.0.1:9/")
                self.end_headers()
                self.wfile.write(answer)
                if self.command == "POST":
                    reader.news.set()

            do_GET = do_POST = handle_one

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/callback?reader=1"

    @property
    def told(self) -> list[Received]:
        return [one for one in self.received if one.method == "POST"]


@pytest.fixture
def reader(settings: Settings) -> Iterator[Reader]:
    """One that confirms what it is asked. It is on this machine, where callbacks may be in the embedded mode alone."""
    settings.HUB_PRIVATE_CALLBACKS = True
    with Reader() as reader:
        yield reader
