"""An embedded site in a process of its own: these tests see it as a newcomer does."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

ROOT = Path(__file__).parent.parent
START = 90  # seconds; far less on a machine that does nothing else
# What tests/settings.py put there for the tests' own site must not decide how this one runs.
OF_THE_TESTS = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass
class Page:
    status: int
    headers: Message
    text: str


@dataclass
class Site:
    """An embedded site: its place, its process while it runs, and what it printed."""

    port: int
    data: Path
    printed: list[str] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def output(self) -> str:
        return "".join(self.printed)

    def manage(self, *arguments: str) -> list[str]:
        return [sys.executable, str(ROOT / "manage.py"), *arguments]

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in OF_THE_TESTS}
        return {
            **kept,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "EMBEDDED": "1",
            "SITE_URL": self.url,
            "DATA_DIR": str(self.data),
            "PYTHONUNBUFFERED": "1",
        }

    def start(self, *arguments: str) -> float:
        """Start it, wait until it says it is ready, and return how many seconds that took."""
        begun = time.monotonic()
        self.printed.clear()
        self.process = subprocess.Popen(
            self.manage("runembedded", "--port", str(self.port), *arguments),
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout
        threading.Thread(target=self.printed.extend, args=[self.process.stdout], daemon=True).start()
        while "Ctrl-C" not in self.output:
            assert self.process.poll() is None, self.output
            assert time.monotonic() - begun < START, self.output
            time.sleep(0.05)
        return time.monotonic() - begun

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Ask it to end, and return its exit status and how many seconds it took."""
        assert self.process
        begun = time.monotonic()
        self.process.send_signal(number)
        status = self.process.wait(10)
        self.process = None
        return status, time.monotonic() - begun

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command on its data."""
        return subprocess.run(
            self.manage(*arguments), env=self.environment(), capture_output=True, text=True, timeout=START, check=False
        )

    def request(self, method: str, path: str, form: dict[str, str] | None = None, **headers: str) -> Page:
        connection = HTTPConnection("localhost", self.port, timeout=10)
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, urlencode(form) if form is not None else None, headers)
        response = connection.getresponse()
        page = Page(response.status, response.headers, response.read().decode())
        connection.close()
        return page

    def get(self, path: str, **headers: str) -> Page:
        return self.request("GET", path, **headers)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site started for the first time."""
    site = Site(free_port(), tmp_path_factory.mktemp("site"))
    site.start()
    yield site
    if site.process:
        site.process.kill()
