"""A process of the site, and what may befall it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from tests.servers import die_with_parent

CELERY = [sys.executable, "-m", "celery", "-A", "config"]


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> float:
    """Wait for a condition and return how many seconds that took. Fails with `what` did not happen in time."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, f"not within {seconds} seconds: {what}"
        time.sleep(0.02)
    return time.monotonic() - begun


class Process:
    """A Celery process with its children, in a group of its own. `start` serves as its supervisor too."""

    def __init__(self, *arguments: str, environment: dict[str, str], log: Path) -> None:
        self.command = [*CELERY, *arguments]
        self.environment = environment
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, unless it runs."""
        if self.running:
            return
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent if sys.platform == "linux" else None,
            )

    def kill(self) -> None:
        """SIGKILL to all of it."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def kill_children(self) -> None:
        """SIGKILL to what does the work, as when memory runs out; the parent lives and starts another."""
        for child in self._members()[1:]:
            with suppress(psutil.NoSuchProcess):
                child.kill()

    def terminate(self) -> None:
        """SIGTERM to the first process, as a container's end sends it."""
        assert self._process is not None
        self._process.terminate()

    def freeze(self) -> None:
        """Stop all of it where it stands, as a machine that swaps or moves does."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        if self.running:
            self._signal(signal.SIGCONT)

    def calls_from(self, port: int) -> bool:
        """Tell whether it holds the connection with this port of its own."""
        return any(port in _ports(member) for member in self._members())

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, number)

    def _members(self) -> list[psutil.Process]:
        try:
            parent = psutil.Process(self._process.pid if self._process else 0)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def _ports(process: psutil.Process) -> set[int]:
    try:
        return {connection.laddr.port for connection in process.net_connections("tcp")}
    except psutil.Error:
        return set()
