"""A relay that misbehaves as it is told, in several ways at once, and keeps account of all it was asked and took."""

import asyncio
import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from tests.chaos.faults import HANG_UP, SILENCE, SWALLOW, Fault, Moment, Step
from tests.servers import free_port


@dataclass(frozen=True)
class Taken:
    """A mail the relay took upon itself, whether or not its answer arrived."""

    address: str
    content: bytes
    at: float
    port: int  # of the caller

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)  # type: ignore[return-value]

    @property
    def message_id(self) -> bytes:
        found = re.search(rb"^Message-ID: (\S+)\r$", self.content, re.MULTILINE)
        return found[1] if found else b""


@dataclass(repr=False)
class Relay:
    """`with Relay() as relay:` listens on a free loopback port. It offers PIPELINING and takes any password.

    faults    how it misbehaves just now; the first that has an answer gives it
    pace      how many mails it takes in a second, over all sessions
    taken     the mails it took, in the order they came
    tries     the moments at which each recipient was named
    said      how often it gave each answer, by its code; HANG_UP, SWALLOW and SILENCE too
    ambushes  what to do "before" or "after" the next mail's answer is written: called with the caller's port, and once
              more with the next if it returns False
    sessions  those that are open
    """

    port: int = field(default_factory=free_port)
    faults: list[Fault] = field(default_factory=list)
    pace: float = 500
    taken: list[Taken] = field(default_factory=list)
    tries: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    said: Counter[str] = field(default_factory=Counter)
    ambushes: dict[str, Callable[[int], bool]] = field(default_factory=dict)
    sessions: set[asyncio.StreamWriter] = field(default_factory=set)

    def __enter__(self) -> "Relay":
        self._loop = asyncio.new_event_loop()
        self._busy_until = 0.0
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self.open()
        return self

    def __exit__(self, *exception: object) -> None:
        self.shut()
        self._loop.call_soon_threadsafe(self._loop.stop)

    @property
    def url(self) -> str:
        """What goes into EMAIL_URL."""
        return f"smtp://communique:secret@127.0.0.1:{self.port}"

    @property
    def counted(self) -> dict[str, object]:
        """What it counted, for a report."""
        most = max(map(len, self.tries.values()), default=0)
        return {"mails": len(self.taken), "copies": self.copies, "most tries": most, "answers": dict(self.said)}

    @property
    def addresses(self) -> list[str]:
        return [mail.address for mail in self.taken]

    @property
    def copies(self) -> int:
        """How many mails came again."""
        return len(self.taken) - len({mail.message_id for mail in self.taken})

    def begin_anew(self) -> None:
        """Behave, and forget what was."""
        self.pace = type(self).pace
        for kept in (self.faults, self.taken, self.tries, self.said, self.ambushes):
            kept.clear()

    def open(self) -> None:
        """Answer the door."""
        self._run(self._open())

    def shut(self) -> None:
        """Refuse all connections, and break those there are."""
        self._run(self._shut())

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=2**24)

    async def _shut(self) -> None:
        self._server.close()
        for writer in self.sessions:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sessions.add(writer)
        try:
            await _Session(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.sessions.discard(writer)
            writer.close()

    # What a session asks ------------------------------------------------------------------------------------------

    def answer(self, moment: Moment, usual: str) -> str:
        """Return what to say: the usual, or what the first fault says in its place."""
        said = next((answer for fault in self.faults if (answer := fault(moment)) is not None), usual)
        self.said[said[:3] if said[:3].isdigit() else said] += 1
        return said

    async def take_time(self) -> None:
        """Wait until the pace allows another mail."""
        now = time.monotonic()
        self._busy_until = max(now, self._busy_until) + 1 / self.pace
        await asyncio.sleep(self._busy_until - now)

    def spring(self, when: str, port: int) -> None:
        """Spring the ambush that is laid there, if one is."""
        if (strike := self.ambushes.pop(when, None)) and not strike(port):
            self.ambushes[when] = strike


class _Session:
    """One caller's session, one mail after the other."""

    def __init__(self, relay: Relay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.relay, self.reader, self.writer = relay, reader, writer
        self.port: int = writer.get_extra_info("peername")[1]
        self.address = ""
        self.mails = 0

    async def run(self) -> None:
        await self._say("220 relay.example.net ESMTP")
        while line := await self.reader.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            await self._obey(verb.upper(), rest)

    async def _obey(self, verb: str, rest: str) -> None:
        match verb:
            case "EHLO":
                await self._say("250-relay.example.net\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 AUTH PLAIN")
            case "AUTH":
                await self._answer(Step.LOGIN, "235 2.7.0 Welcome")
            case "MAIL":
                self.address = ""
                await self._answer(Step.SENDER, "250 2.1.0 OK")
            case "RCPT":
                await self._recipient(rest[rest.index("<") + 1 : rest.index(">")])
            case "DATA":
                await (self._text() if self.address else self._say("503 5.5.1 No recipient"))
            case "QUIT":
                await self._say("221 2.0.0 Bye")
            case _:
                await self._say("250 2.0.0 OK")

    async def _recipient(self, address: str) -> None:
        self.relay.tries[address].append(time.monotonic())
        self.address = address
        if not (await self._answer(Step.RECIPIENT, "250 2.1.5 OK")).startswith("2"):
            self.address = ""

    async def _text(self) -> None:
        await self._say("354 Go on")
        text = await self.reader.readline()
        if self._ask(Step.TEXT, "354 Go on") == HANG_UP:
            raise ConnectionAbortedError
        text += await self.reader.readuntil(b"\r\n.\r\n")
        await self.relay.take_time()
        answer = self._ask(Step.DOT, "250 2.0.0 Taken")
        if answer[0] not in "45":
            self.mails += 1
            self.relay.taken.append(Taken(self.address, text, time.monotonic(), self.port))
        self.relay.spring("before", self.port)
        await self._say(answer)
        self.relay.spring("after", self.port)

    async def _answer(self, step: Step, usual: str) -> str:
        answer = self._ask(step, usual)
        await self._say(answer)
        return answer

    def _ask(self, step: Step, usual: str) -> str:
        tries = self.relay.tries[self.address] if self.address else [time.monotonic()]
        seconds = time.monotonic() - tries[0]
        return self.relay.answer(Moment(step, self.address, len(tries), seconds, self.mails), usual)

    async def _say(self, answer: str) -> None:
        if answer in (HANG_UP, SWALLOW):
            raise ConnectionAbortedError
        if answer == SILENCE:
            await self.reader.read()  # until the caller has enough of it
            raise ConnectionAbortedError
        self.writer.write(answer.encode() + b"\r\n")
        await self.writer.drain()
        if answer.startswith(("221", "421")):
            raise ConnectionAbortedError
