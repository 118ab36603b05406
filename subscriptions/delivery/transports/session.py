"""One SMTP session, spoken with one round trip a mail.

smtplib takes four: MAIL, RCPT, DATA and the text each wait for their answer. Where the relay offers PIPELINING (RFC
2920) the next mail's MAIL, RCPT and DATA travel with the end of this one's text. Never more than one mail is in the
air: its answer is read, and noted, before the text of the next goes out. The answers that several sessions have had by
now are noted together: each by itself is a good part of what a mail costs.
"""

import re
import selectors
import smtplib
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import suppress
from email.utils import parseaddr
from typing import Any

from django.conf import settings

from subscriptions.delivery.lines import Line
from subscriptions.delivery.outcomes import Fate, Outcome, of_smtp_reply
from subscriptions.delivery.transports.base import Envelope
from subscriptions.delivery.transports.outbox import Outbox

# The lines of the relay, as they came, each with its code.
Reply = bytes
# Yields how many replies of the relay it waits for; none before it asks for a mail, or whether one may go: first all
# that has become of mails, its own and others', is to be noted.
Conversation = Generator[int, list[Reply], None]

_CLOSING = b"421"  # "Service not available, closing transmission channel": the answer to whatever was asked.
_LONGEST_REPLY = 65_536
_COMMANDS = 3  # before the text of a mail: MAIL, RCPT and DATA
# The last line of a reply: its code, and no "-" after it.
_END_OF_REPLY = re.compile(rb"\d{3}(?: |\r?$)")
# Nothing but replies of one line each, whole: what a relay says that takes mail after mail.
_ONE_LINE_EACH = re.compile(rb"(?:(?!421)\d{3} [^\n]*\n)+")
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Ended(Exception):
    """The session is over.

    Not an OSError, which the caller may raise where it is asked for a mail: that ends everything.
    """

    def __init__(self, why: Exception) -> None:
        super().__init__(why)
        self.why = why


class Session:
    """An open session over a socket that never blocks.

    `fileno` and `interest` are for a selector; `happened` is to be called when it says so. While `waits_for_notes` it
    says nothing more; when what sessions called `record` with is noted, `go_on` is to be called.
    """

    def __init__(self, backend: Any, outbox: Outbox, record: Callable[[Line, Outcome], None]) -> None:
        """Take over a session that Django's backend opened: TLS and AUTH are its."""
        smtp: Any = backend.connection
        self._backend = backend
        self._outbox = outbox
        self._record = record
        self._socket: Any = smtp.sock
        self._is_encrypted = isinstance(self._socket, ssl.SSLSocket)
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
        self._end: OSError | None = None  # what the relay hung up with
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

    @property
    def waits_for_notes(self) -> bool:
        return self._conversation is not None and not self._wanted

    def begin(self, envelope: Envelope) -> None:
        """Start with this envelope and go on with what the outbox has, until it has none. Raises Ended."""
        self._conversation = self._talk(envelope)
        self.deadline = time.monotonic() + self._timeout
        self._wanted = next(self._conversation)

    def go_on(self) -> None:
        """Go on: what became of mails is noted. Raises Ended."""
        self._tell([])
        self._tell_all()

    def happened(self, events: int) -> None:
        """Go on sending, take in what the relay said, and go on with what follows from it. Raises Ended."""
        # First what it says: it may refuse a text half-way, and take no more of it.
        if events & selectors.EVENT_READ:
            self._receive()
            self._read()
            self._tell_all()
        if self._end:
            raise Ended(self._end)
        if events & selectors.EVENT_WRITE:
            self._write()

    def fail(self, outcome: Outcome) -> None:
        """Close the session and record this of the mails it had in hand.

        One in the air may have arrived or not. One that was only announced was not tried: it goes back to the outbox,
        unless this session had not taken a single mail; then it is put off, lest it come back for ever.
        """
        self.abandon()
        if self._in_the_air:
            self._record(self._in_the_air.line, outcome)
        if self._begun and (self.accepted or self._in_the_air):
            self._outbox.put_back(self._begun)
        elif self._begun:
            self._record(self._begun.line, outcome)

    def abandon(self) -> None:
        """Close without a word."""
        self._conversation = None
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
            outcome = yield from self._announce(envelope, announced)
            announced = False
            if outcome is None:
                yield 0
                announced = self._send_text(envelope)
                (reply,) = yield 1
                self._in_the_air, outcome = None, self._verdict(reply)
            else:
                self._begun = None
            self._record(envelope.line, outcome)
            if not self._begun:
                yield 0
            envelope = self._begun or self._outbox.take()

    def _announce(self, envelope: Envelope, announced: bool) -> Generator[int, list[Reply], Outcome | None]:
        """Get as far as the relay's "354, go on"; return the outcome if it does not let us."""
        if announced:
            replies = yield _COMMANDS
        elif self._pipelining:
            self._send(b"".join(self._commands(envelope)))
            replies = yield _COMMANDS
        else:
            replies = yield from self._one_by_one(self._commands(envelope))
        if max(replies) < b"4":
            return None
        refusal = next(reply for reply in replies if reply >= b"4")
        # A relay may say "go on" though it took no recipient (RFC 2920 §3.1): the text ends before it begins.
        self._send(b".\r\n" if replies[-1].startswith(b"354") else b"RSET\r\n")
        yield 1
        to_recipient = len(replies) > 1 and refusal is replies[1]
        outcome = _outcome(refusal, to_recipient=to_recipient)
        if refusal is replies[0] and outcome.fate is Fate.REJECTED:
            return Outcome(Fate.BLOCKED, outcome.reason)  # It is the sender who is refused, whoever the recipient.
        return outcome

    def _one_by_one(self, commands: tuple[bytes, ...]) -> Generator[int, list[Reply], list[Reply]]:
        """Say one after the other, as far as the relay agrees."""
        replies: list[Reply] = []
        for command in commands:
            self._send(command)
            replies += yield 1
            if replies[-1] >= b"4":
                break
        return replies

    def _send_text(self, envelope: Envelope) -> bool:
        """Send the text, and with its end announce the next mail; return whether that was done.

        Raises Ended if the text may not go any more.
        """
        self._begun = None
        if not envelope.may_go():
            self._record(envelope.line, Outcome(Fate.LOST))
            # The relay waits for a text: there is no other way to take a mail back.
            raise Ended(smtplib.SMTPServerDisconnected("taken back"))
        self._in_the_air, self._begun = envelope, self._outbox.take()
        announces = self._begun is not None and self._pipelining
        after = self._commands(self._begun) if self._begun and announces else ()
        # In one piece, and joined once: to copy it is a good part of what it costs.
        self._send(b"".join([*envelope.pieces(), b".\r\n", *after]))
        return announces

    def _verdict(self, reply: Reply) -> Outcome:
        if not reply.startswith(b"2"):
            return _outcome(reply)
        self.accepted += 1
        return _SENT

    def _commands(self, envelope: Envelope) -> tuple[bytes, bytes, bytes]:
        return self._mail, b"RCPT TO:<%b>\r\n" % envelope.address.encode("ascii"), b"DATA\r\n"

    def _tell_all(self) -> None:
        """Tell the conversation what the relay said, as often as that is all it waits for."""
        while self._conversation and 0 < self._wanted <= len(self._replies):
            self._tell([self._replies.popleft() for _ in range(self._wanted)])

    def _tell(self, replies: list[Reply]) -> None:
        self.deadline = time.monotonic() + self._timeout
        try:
            self._wanted = self._conversation.send(replies) if self._conversation else 0
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
        except OSError as error:
            raise Ended(error) from error

    def _receive(self) -> None:
        try:
            # To the end: what TLS has decrypted already, no selector sees.
            while data := self._socket.recv(16_384):
                self._unread += data
                if len(data) < 16_384 and not self._is_encrypted:
                    return
            # Not raised before what it said last is heard.
            self._end = smtplib.SMTPServerDisconnected("connection closed by the server")
        except _NOT_NOW:
            pass
        except OSError as error:
            self._end = error

    def _read(self) -> None:
        """Read the replies (RFC 5321 §4.2) that are complete."""
        if not self._said and _ONE_LINE_EACH.fullmatch(self._unread):
            self._replies.extend(self._unread.split(b"\n")[:-1])
            self._unread = b""
            return
        *lines, self._unread = self._unread.split(b"\n")
        for line in lines:
            if not line[:3].isdigit():
                continue  # Whoever said that, it is no reply.
            self._said.append(line)
            if _END_OF_REPLY.match(line):
                reply = b"\n".join(self._said)
                self._said.clear()
                if reply.startswith(_CLOSING):  # No other will follow it.
                    self._end = smtplib.SMTPServerDisconnected(f"{_CLOSING.decode()} {_text(reply)}")
                    return
                self._replies.append(reply)
        if len(self._unread) + sum(map(len, self._said)) > _LONGEST_REPLY:
            raise Ended(smtplib.SMTPServerDisconnected("a reply without an end"))


_SENT = Outcome(Fate.SENT)


def _outcome(refusal: Reply, *, to_recipient: bool = False) -> Outcome:
    return of_smtp_reply(int(refusal[:3]), _text(refusal), to_recipient=to_recipient)


def _text(reply: Reply) -> str:
    """Return what a reply says, without its codes."""
    return " ".join(line[4:].strip() for line in reply.decode("utf-8", "replace").splitlines())
