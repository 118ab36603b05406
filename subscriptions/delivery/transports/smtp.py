"""SMTP, spoken with one round trip a mail.

smtplib takes four: MAIL, RCPT, DATA and the text each wait for their answer. Where the relay offers PIPELINING (RFC
2920) the next mail's MAIL, RCPT and DATA travel with the end of this one's text. Never more than one mail is in the
air: its answer is read before the text of the next goes out. Django's backend still opens the session: TLS and AUTH are
its.
"""

import smtplib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import get_connection

from subscriptions.delivery.outcomes import Fate, Outcome, of_error, of_failed_opening, of_smtp_reply
from subscriptions.delivery.transports.base import Envelope

Reply = tuple[int, bytes]


class SmtpTransport:
    """One session for many mails. After any failure of the session the next mail begins a new one."""

    def __init__(self) -> None:
        self._backend: Any = get_connection()
        self._session: _Session | None = None

    def deliver(self, envelopes: Iterable[Envelope]) -> Iterator[tuple[Envelope, Outcome]]:
        queue = iter(envelopes)
        envelope = next(queue, None)
        while envelope:
            outcome, following = self._hand_over(envelope, queue)
            yield envelope, outcome
            envelope = following or next(queue, None)

    def close(self) -> None:
        self._session = None
        with suppress(Exception):
            self._backend.close()
        self._backend.connection = None  # Django's close() keeps a connection that it could not close.

    def _hand_over(self, envelope: Envelope, queue: Iterator[Envelope]) -> tuple[Outcome, Envelope | None]:
        """Send one mail; return what became of it, and the next envelope if that is announced to the relay already."""
        following = None
        try:
            session = self._session or self._open()
        except Exception as error:
            self.close()
            return of_failed_opening(error), None
        try:
            if refusal := session.begin(envelope):
                return refusal, None
            if not envelope.may_go():
                self.close()  # The relay waits for a text: there is no other way to take a mail back.
                return Outcome(Fate.LOST), None
            following = next(queue, None)
            session.send_text(envelope, following)
            return session.answer(), following
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return of_error(error), following

    def _open(self) -> "_Session":
        self._backend.open()
        self._session = _Session(self._backend.connection)
        return self._session


class _Session:
    """An open SMTP session, at the beginning of a mail or with one announced."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()  # Django says it only before TLS or AUTH.
        self.smtp = smtp
        self.pipelining = smtp.has_extn("pipelining")
        self.announced: Envelope | None = None
        body = " BODY=8BITMIME" if smtp.has_extn("8bitmime") else ""
        self.mail = f"MAIL FROM:<{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}>{body}\r\n".encode()

    def begin(self, envelope: Envelope) -> Outcome | None:
        """Get as far as the relay's "354, go on"; return the outcome if it does not let us."""
        if self.announced is not envelope and self.pipelining:
            self.smtp.send(b"".join(self._commands(envelope)))
        self.announced = None
        replies = list(self._replies(envelope))
        refusal = next((reply for reply in replies if reply[0] >= 400), None)
        if refusal is None:
            return None
        if replies[-1][0] == 354:
            # A relay may say "go on" though it took no recipient (RFC 2920 §3.1): the text ends before it begins.
            self.smtp.send(b".\r\n")
            self.smtp.getreply()
        else:
            self.smtp.rset()
        to_recipient = len(replies) > 1 and refusal is replies[1]
        outcome = of_smtp_reply(refusal[0], refusal[1].decode("utf-8", "replace"), to_recipient=to_recipient)
        if refusal is replies[0] and outcome.fate is Fate.REJECTED:
            return Outcome(Fate.BLOCKED, outcome.reason)  # It is the sender who is refused, whoever the recipient.
        return outcome

    def send_text(self, envelope: Envelope, following: Envelope | None) -> None:
        """Send the text, and with its end announce the next mail."""
        announcement = b""
        if following and self.pipelining:
            self.announced = following
            announcement = b"".join(self._commands(following))
        self.smtp.send(envelope.letter.octets(envelope.line, envelope.address) + b".\r\n" + announcement)

    def answer(self) -> Outcome:
        """Return what the relay says to the text."""
        code, text = self.smtp.getreply()
        return Outcome(Fate.SENT) if 200 <= code < 300 else of_smtp_reply(code, text.decode("utf-8", "replace"))

    def _commands(self, envelope: Envelope) -> list[bytes]:
        return [self.mail, f"RCPT TO:<{envelope.address}>\r\n".encode("ascii"), b"DATA\r\n"]

    def _replies(self, envelope: Envelope) -> Iterator[Reply]:
        for command in self._commands(envelope):
            if not self.pipelining:
                self.smtp.send(command)
            reply = self.smtp.getreply()
            yield reply
            if reply[0] >= 400 and not self.pipelining:
                return
