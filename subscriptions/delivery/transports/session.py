"""One SMTP session, spoken with one round trip a mail.

smtplib takes four: MAIL, RCPT, DATA and the text each wait for their answer. Where the relay offers PIPELINING (RFC
2920) the next mail's MAIL, RCPT and DATA travel with the end of this one's text. Never more than one mail is in the
air: its answer is read, and noted, before the text of the next goes out.
"""

import re
import selectors
import smtplib
import socket
import ssl
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from email.utils import parseaddr
from typing import Any

from django.conf import settings

from subscriptions.delivery.outcomes import Fate, Outcome, of_error, of_smtp_reply
from subscriptions.delivery.transports.base import Envelope, Result
from subscriptions.delivery.transports.outbox import Outbox

Reply = tuple[int, bytes]
# What a conversation yields: a result, or how many replies of the relay it waits for.
Step = Result | int
Conversation = Generator[Step, list[Reply], None]

_CLOSING = 421  # "Service not available, closing transmission channel": the answer to whatever was asked.
_LONGEST_REPLY = 65_536
_COMMANDS = 3  # before the text of a mail: MAIL, RCPT and DATA
# The last line of a reply: its code, and no "-" after it.
_END_OF_REPLY = re.compile(rb"(\d{3})(?: |\r?$)")
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Session:
    """An open session over a socket that never blocks.

    `fileno` and `interest` are for a selector; `happened` is to be called when it says so.
    """

    def __init__(self, backend: Any, outbox: Outbox) -> None:
        """Take over a session that Django's backend opened: TLS and AUTH are its."""
        smtp: Any = backend.connection
        self._backend = backend
        self._outbox = outbox
        self._socket: Any = smtp.sock
        self._socket.setblocking(False)
        # Or the last octets of a text wait until the relay has acknowledged those before them.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._pipelining = smtp.has_extn("pipelining")
        body = " BODY=8BITMIME" if smtp.has_extn("8bitmime") else ""
        self._mail = f"MAIL FROM:<{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}>{body}\r\n".encode()
        self._unread = b""
        self._unwritten = b""
        self._conversation: Conversation | None = None  # None while idle
        self._wanted = 0  # so many replies before the conversation goes on
        self._replies: deque[Reply] = deque()
        self._said: list[bytes] = []  # the lines of a reply that has not ended yet
        self._begun: Envelope | None = None  # announced to the relay, its text not yet sent
        self._in_the_air: Envelope | None = None
        self._timeout = settings.EMAIL_TIMEOUT
        self.accepted = 0
        self.deadline = 0.0
        self.watched_for = 0  # what a selector was told of its interest

    # For the selector ----------------------------------------------------------------------------------------------

    def fileno(self) -> int:
        return int(self._socket.fileno())

    @property
    def idle(self) -> bool:
        return self._conversation is None

    @property
    def interest(self) -> int:
        """What to wait for."""
        return selectors.EVENT_READ | (selectors.EVENT_WRITE if self._unwritten else 0)

    def begin(self, envelope: Envelope) -> Iterator[Result]:
        """Start with this envelope and go on with what the outbox has, until it has none."""
        self._conversation = self._talk(envelope)
        yield from self._go_on(self._conversation)

    def happened(self, events: int) -> Iterator[Result]:
        """Go on sending, take in what the relay said, and yield what became of mails by it. Raises OSError."""
        if events & selectors.EVENT_WRITE:
            self._write()
        if events & selectors.EVENT_READ:
            self._receive()
            self._read()
        while self._conversation and len(self._replies) >= self._wanted:
            replies = [self._replies.popleft() for _ in range(self._wanted)]
            _refuse_end(replies)
            yield from self._go_on(self._conversation, replies)
        _refuse_end(self._replies)  # No other will follow it.

    def fail(self, error: Exception) -> Iterator[Result]:
        """Close the session for this error and yield what became of the mails it had in hand.

        One in the air may have arrived or not. One that was only announced was not tried: it goes back to the outbox,
        unless this session had not taken a single mail; then it is put off, lest it come back for ever.
        """
        self.abandon()
        outcome = of_error(error)
        if self._in_the_air:
            yield self._in_the_air, outcome
        if self._begun and (self.accepted or self._in_the_air):
            self._outbox.put_back(self._begun)
        elif self._begun:
            yield self._begun, outcome

    def abandon(self) -> None:
        """Close without a word."""
        with suppress(OSError):
            self._socket.close()

    def close(self) -> None:
        """Say QUIT, where nothing is under way."""
        if not self.idle:
            self.abandon()
            return
        with suppress(Exception):
            self._socket.settimeout(1)
            self._backend.close()
        self.abandon()

    # The conversation ----------------------------------------------------------------------------------------------

    def _talk(self, envelope: Envelope | None) -> Conversation:
        announced = False
        while envelope:
            self._begun = envelope
            refusal = yield from self._announce(envelope, announced)
            announced = False
            if refusal:
                self._begun = None
                yield envelope, refusal
                envelope = self._outbox.take()
                continue
            if not envelope.may_go():
                self._begun = None
                yield envelope, Outcome(Fate.LOST)
                # The relay waits for a text: there is no other way to take a mail back.
                raise smtplib.SMTPServerDisconnected("taken back")
            self._in_the_air, self._begun = envelope, self._outbox.take()
            announced = self._send_text(envelope, self._begun)
            (reply,) = yield 1
            self._in_the_air = None
            yield envelope, self._verdict(reply)
            envelope = self._begun or self._outbox.take()

    def _announce(self, envelope: Envelope, announced: bool) -> Generator[Step, list[Reply], Outcome | None]:
        """Get as far as the relay's "354, go on"; return the outcome if it does not let us."""
        if announced:
            replies = yield _COMMANDS
        elif self._pipelining:
            self._send(b"".join(self._commands(envelope)))
            replies = yield _COMMANDS
        else:
            replies = yield from self._one_by_one(self._commands(envelope))
        refusal = next((reply for reply in replies if reply[0] >= 400), None)
        if refusal is None:
            return None
        # A relay may say "go on" though it took no recipient (RFC 2920 §3.1): the text ends before it begins.
        self._send(b".\r\n" if replies[-1][0] == 354 else b"RSET\r\n")
        yield 1
        to_recipient = len(replies) > 1 and refusal is replies[1]
        outcome = of_smtp_reply(refusal[0], _text(refusal), to_recipient=to_recipient)
        if refusal is replies[0] and outcome.fate is Fate.REJECTED:
            return Outcome(Fate.BLOCKED, outcome.reason)  # It is the sender who is refused, whoever the recipient.
        return outcome

    def _one_by_one(self, commands: tuple[bytes, ...]) -> Generator[Step, list[Reply], list[Reply]]:
        """Say one after the other, as far as the relay agrees."""
        replies: list[Reply] = []
        for command in commands:
            self._send(command)
            replies += yield 1
            if replies[-1][0] >= 400:
                break
        return replies

    def _send_text(self, envelope: Envelope, following: Envelope | None) -> bool:
        """Send the text, and with its end announce the next mail; return whether that was done."""
        announces = following is not None and self._pipelining
        announcement = b"".join(self._commands(following)) if following and announces else b""
        self._send(b"".join((envelope.octets(), b".\r\n", announcement)))
        return announces

    def _verdict(self, reply: Reply) -> Outcome:
        if not 200 <= reply[0] < 300:
            return of_smtp_reply(reply[0], _text(reply))
        self.accepted += 1
        return _SENT

    def _commands(self, envelope: Envelope) -> tuple[bytes, bytes, bytes]:
        return self._mail, b"RCPT TO:<%b>\r\n" % envelope.address.encode("ascii"), b"DATA\r\n"

    def _go_on(self, conversation: Conversation, replies: list[Reply] | None = None) -> Iterator[Result]:
        """Tell the conversation what the relay said. Each result is yielded, and noted, before it says more."""
        self.deadline = time.monotonic() + self._timeout
        try:
            step = conversation.send(replies) if replies else next(conversation)
            while not isinstance(step, int):
                yield step
                step = next(conversation)
            self._wanted = step
        except StopIteration:
            self._conversation = None

    # The wire ------------------------------------------------------------------------------------------------------

    def _send(self, data: bytes) -> None:
        self._unwritten += data
        self._write()

    def _write(self) -> None:
        """Send what has not gone yet, as far as it goes without waiting."""
        try:
            while self._unwritten:
                self._unwritten = self._unwritten[self._socket.send(self._unwritten) :]
        except _NOT_NOW:
            pass  # The selector says when to go on. Not `suppress`: it takes a third of the time of this.

    def _receive(self) -> None:
        try:
            # To the end: what TLS has decrypted already, no selector sees.
            while True:
                data = self._socket.recv(16_384)
                if not data:
                    raise smtplib.SMTPServerDisconnected("connection closed by the server")
                self._unread += data
                if len(data) < 16_384 and not isinstance(self._socket, ssl.SSLSocket):
                    return
        except _NOT_NOW:
            pass

    def _read(self) -> None:
        """Read the replies (RFC 5321 §4.2) that are complete."""
        *lines, self._unread = self._unread.split(b"\n")
        for line in lines:
            self._said.append(line)
            if end := _END_OF_REPLY.match(line):
                self._replies.append((int(end[1]), b"\n".join(self._said)))
                self._said.clear()
        if len(self._unread) + sum(map(len, self._said)) > _LONGEST_REPLY:
            raise smtplib.SMTPServerDisconnected("a reply without an end")


_SENT = Outcome(Fate.SENT)


def _refuse_end(replies: Iterable[Reply]) -> None:
    """Raise SMTPServerDisconnected if one of them ends the session."""
    for reply in replies:
        if reply[0] == _CLOSING:
            raise smtplib.SMTPServerDisconnected(f"{_CLOSING} {_text(reply)}")


def _text(reply: Reply) -> str:
    """Return what a reply says, without its codes."""
    lines = reply[1].decode("utf-8", "replace").splitlines()
    return " ".join(line[4:].strip() for line in lines)
