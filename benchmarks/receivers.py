"""The receiving side: Postfix's smtp-sink where it is installed, and a server of our own."""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from benchmarks.programs import PYTHON, Program, running
from benchmarks.tally import Tally
from tests.servers import free_port

# Debian puts it where only root looks.
SMTP_SINK = shutil.which("smtp-sink", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SMTP_SOURCE = shutil.which("smtp-source", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class Receiver(Protocol):
    port: int
    program: Program

    @property
    def accepted(self) -> int | None:
        """How many mails it said yes to so far; None if it does not count them."""


class Sink:
    """smtp-sink. Told to count it prints its counters after every mail, which costs it a tenth of its speed."""

    def __init__(self, port: int, program: Program, *, counts: bool) -> None:
        self.port, self.program, self.counts = port, program, counts

    @property
    def accepted(self) -> int | None:
        if not self.counts:
            return None
        with self.program.output.open("rb") as output:
            output.seek(max(output.seek(0, os.SEEK_END) - 100, 0))
            last = output.read().rpartition(b"mesg=")[2].split(b"\r")[0]
        return int(last or 0)


class OwnServer:
    """A server in a module of ours, which keeps a tally."""

    def __init__(self, port: int, program: Program, tally: Tally) -> None:
        self.port, self.program, self.tally = port, program, tally

    @property
    def accepted(self) -> int:
        return self.tally.accepted


@contextmanager
def fast_receiver(folder: Path, *, counts: bool = False) -> Iterator[Receiver]:
    """The server that all competitors send into: smtp-sink, or our own where that is missing."""
    if SMTP_SINK is None:
        with lean_receiver(folder) as lean:
            yield lean
        return
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []  # It refuses to run as root.
    counting = ["-c"] if counts else []
    command = [SMTP_SINK, *user, *counting, "-4", f"127.0.0.1:{port}", "128"]
    with running(command, output=folder / "smtp-sink", environment=os.environ) as program:
        program.wait_until(lambda: listens(port))
        yield Sink(port, program, counts=counts)


@contextmanager
def lean_receiver(folder: Path, *, delay: float = 0.0, watch: str = "") -> Iterator[OwnServer]:
    """Our own SMTP server, whose answers take `delay` seconds to arrive, and which counts what `watch` gets."""
    with _own_server("lean", folder, "--delay", str(delay), "--watch", watch) as lean:
        yield lean


@contextmanager
def provider(folder: Path, *, delay: float) -> Iterator[OwnServer]:
    """A provider's HTTP interface that answers after `delay` seconds."""
    with _own_server("provider", folder, "--delay", str(delay)) as server:
        yield server


@contextmanager
def _own_server(module: str, folder: Path, *options: str) -> Iterator[OwnServer]:
    port = free_port()
    file = folder / f"{module}.tally"
    file.unlink(missing_ok=True)
    tally = Tally(file)
    command = [PYTHON, "-m", f"benchmarks.{module}", str(port), str(file), *options]
    with running(command, output=folder / module, environment=os.environ) as program:
        program.wait_until(lambda: listens(port))
        yield OwnServer(port, program, tally)


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
