"""Processes that the benchmark starts, and what they use."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.servers import Server, die_with_parent

ROOT = Path(__file__).parent.parent
START_SECONDS = 60
PYTHON = sys.executable


@dataclass
class Program:
    """A running program, and the file with what it printed."""

    process: psutil.Popen
    output: Path

    def said(self, words: str) -> bool:
        return words in self.output.read_text(errors="replace")

    def wait_until(self, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.output.name} did not get ready:\n{self.tail()}")
            time.sleep(0.01)

    def wait(self) -> None:
        """Wait until it ends. Raises RuntimeError if it fails."""
        if self.process.wait():
            raise RuntimeError(f"{self.output.name} failed:\n{self.tail()}")

    def tail(self) -> str:
        return self.output.read_text(errors="replace")[-3000:]


@contextmanager
def running(
    command: Sequence[str | Path], *, output: Path, environment: Mapping[str, str], folder: Path = ROOT
) -> Iterator[Program]:
    """A program with its children, in a group of its own that ends with the block."""
    with output.open("wb") as file:
        process = psutil.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent if sys.platform == "linux" else None,
        )
    try:
        yield Program(process, output)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdin.close()


def output_of(command: Sequence[str | Path], *, environment: Mapping[str, str], folder: Path = ROOT) -> str:
    """Run a program to its end and return what it printed. Raises RuntimeError, with its complaint."""
    ended = subprocess.run(command, cwd=folder, env=dict(environment), capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}:\n{ended.stderr[-3000:]}")
    return ended.stdout


def process_of(server: Server) -> psutil.Process:
    assert server.process
    return psutil.Process(server.process.pid)


def cpu_seconds(process: psutil.Process) -> float:
    """Return what a process, its children and those of them that ended have used of the processors so far."""
    total = 0.0
    for each in [process, *process.children(recursive=True)]:
        try:
            times = each.cpu_times()
        except psutil.NoSuchProcess:
            continue  # It ended since it was listed, and counts among its parent's.
        total += times.user + times.system + times.children_user + times.children_system
    return total


def megabytes(process: psutil.Process) -> float:
    """Return the resident memory of a process."""
    return float(process.memory_info().rss) / 1e6
