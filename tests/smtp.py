"""A mail server that keeps what it is given, and misbehaves when told to."""

import asyncio
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import Enum

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers import free_port


class Misbehaviour(Enum):
    DROP_DURING_DATA = "closes the connection in the middle of a mail: certainly not accepted"
    DROP_AFTER_DOT = "takes the mail and closes the connection without an answer: nobody can know"
    HANG_AFTER_DOT = "takes the mail and says nothing more"


@dataclass
class Received:
    sender: str
    recipients: list[str]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)  # type: ignore[return-value]


@dataclass
class MailServer:
    """`with MailServer() as server:` listens on a free loopback port.

    refused    recipients that are refused, with `refusal`
    answer     what is said after the dot: an SMTP answer such as "451 4.3.0 Try again later", or a Misbehaviour
    received   the mails it took, in the order they came
    pipelining whether it offers PIPELINING (RFC 2920)
    seconds_to_greet  how long it takes to answer EHLO
    seconds_a_mail  how long it thinks about each
    lets_in    so many sessions in all; others are too many
    sessions   how many were begun, with those that were too many
    """

    refused: set[str] = field(default_factory=set)
    refusal: str = "550 5.1.1 No such mailbox here"
    answer: str | Misbehaviour = "250 2.0.0 Taken"
    received: list[Received] = field(default_factory=list)
    pipelining: bool = True
    seconds_to_greet: float = 0.0
    seconds_a_mail: float = 0.0
    lets_in: int = 1_000_000
    sessions: int = 0

    def __enter__(self) -> "MailServer":
        self._controller = _Controller(self, hostname="127.0.0.1", port=free_port())
        self._controller.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._controller.stop()

    @property
    def port(self) -> int:
        return self._controller.port

    @property
    def url(self) -> str:
        """What goes into EMAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def has_received(self, number: int) -> bool:
        return len(self.received) >= number

    # The names below are aiosmtpd's.

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        await asyncio.sleep(self.seconds_to_greet)
        session.host_name = hostname
        self.sessions += 1
        if self.sessions > self.lets_in:
            await server.push("421 4.7.0 Too many sessions")
            server.transport.close()
            return []
        # aiosmtpd reads commands one after the other, however they arrive, and only does not say so.
        return [*responses[:-1], "250-PIPELINING", responses[-1]] if self.pipelining else responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if isinstance(self.answer, str) and not self.answer.startswith("2"):
            return self.answer
        assert isinstance(envelope.content, bytes)
        self.received.append(Received(envelope.mail_from or "", envelope.rcpt_tos, envelope.content))
        if self.answer is Misbehaviour.DROP_AFTER_DOT:
            server.transport.abort()
        if self.answer is Misbehaviour.HANG_AFTER_DOT:
            await asyncio.Event().wait()
        await asyncio.sleep(self.seconds_a_mail)
        return str(self.answer)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Protocol(self.handler, **self.SMTP_kwargs)


class _Protocol(SMTP):
    async def smtp_DATA(self, arg: str) -> None:
        if self.event_handler.answer is not Misbehaviour.DROP_DURING_DATA:
            return await super().smtp_DATA(arg)
        await self.push("354 Go on")
        await self._reader.readline()
        self.transport.abort()
        return None
