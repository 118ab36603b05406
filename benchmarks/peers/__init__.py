"""Other ways to send the statement's mail, each with its own Django project and its own environment below .bench/."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import redis

from benchmarks.bench import Bench
from benchmarks.programs import PYTHON, ROOT, Program, output_of, running
from benchmarks.receivers import Receiver
from benchmarks.sending import Watch

HERE = Path(__file__).parent
ENVIRONMENTS = ROOT / ".bench"


@dataclass(frozen=True)
class Peer:
    """One of the folders here: `prepare.py` fills its database, `send.py` sends; a worker may do the sending."""

    name: str
    arguments: Sequence[str] = ()
    worker: Sequence[str] = ()

    def rate(self, bench: Bench, receiver: Receiver, mails: int) -> float:
        """Return its mails per second, from the moment it begins to send: starting up and preparing do not count."""
        python = environment_of(self.name)
        variables = self._variables(bench, receiver, mails)
        for step in (["-m", "django", "migrate", "--run-syncdb"], ["prepare.py"]):
            output_of([python, *step], environment=variables, folder=HERE / self.name)
        redis.Redis(port=bench.valkey.port).flushall()
        with ExitStack() as stack:

            def start(role: str, *command: str) -> Program:
                output = bench.folder / f"{self.name}-{role}"
                program = running([python, *command], output=output, environment=variables, folder=HERE / self.name)
                return stack.enter_context(program)

            if self.worker:
                worker = start("worker", "-m", *self.worker)
                worker.wait_until(partial(worker.said, "ready."))
            sender = start("sender", "send.py", *self.arguments)
            came = _all_came(bench, receiver, mails, sender)
            sender.wait()
        moments: dict[str, float] = json.loads(sender.output.read_text().splitlines()[-1])
        return mails / (max(came, moments["ended"]) - moments["began"])

    def _variables(self, bench: Bench, receiver: Receiver, mails: int) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "settings",
            "PYTHONPATH": f"{HERE / self.name}{os.pathsep}{HERE}",
            "BENCH_DATABASE": bench.databases.url(bench.databases.make(f"peer_{self.name}")),
            "BENCH_REDIS": bench.valkey.url,
            "BENCH_SMTP_PORT": str(receiver.port),
            "BENCH_LETTER": str(bench.letter),
            "BENCH_MAILS": str(mails),
        }


def _all_came(bench: Bench, receiver: Receiver, mails: int, sender: Program) -> float:
    try:
        return Watch(bench.progress, mails).until_all(lambda: receiver.accepted or 0)
    except RuntimeError as error:
        raise RuntimeError(f"{error}\n{sender.tail()}") from None


WORKER = ("celery", "-A", "tasks", "worker", "--loglevel", "INFO", "-c", "2")

DJANGO_NEWSLETTER = Peer("django_newsletter")
POST_OFFICE = Peer("django_post_office")
CELERY_SINGLE = Peer("plain_celery", ["1"], WORKER)
CELERY_CHUNKS = Peer("plain_celery", ["500"], WORKER)


def environment_of(name: str) -> Path:
    """Return the Python of a peer's environment, which is set up where it is missing or out of date."""
    requirements = HERE / name / "requirements.txt"
    folder = ENVIRONMENTS / name
    python, installed = folder / "bin" / "python", folder / "requirements.txt"
    if not installed.exists() or installed.read_text() != requirements.read_text():
        _set_up(folder, python, requirements)
        shutil.copy(requirements, installed)
    return python


def _set_up(folder: Path, python: Path, requirements: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    uv = shutil.which("uv")
    make: list[str | Path] = [uv, "venv", "--quiet", "--python", PYTHON] if uv else [PYTHON, "-m", "venv"]
    install: list[str | Path] = [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
    subprocess.run([*make, folder], check=True)
    subprocess.run([*install, "--quiet", "--requirement", requirements], check=True)
