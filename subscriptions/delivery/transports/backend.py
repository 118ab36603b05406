"""Through any backend of Django's that is neither SMTP nor a provider, such as the Mailbox page: one mail at a time."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.core.mail import get_connection

from subscriptions.delivery.outcomes import Fate, Outcome, of_error, of_failed_opening
from subscriptions.delivery.transports.base import Envelope, Record
from subscriptions.delivery.transports.outbox import Outbox


class BackendTransport:
    """One open backend for many mails."""

    def __init__(self) -> None:
        self._backend: Any = get_connection()

    def deliver(self, envelopes: Iterable[Envelope | None], record: Record) -> None:
        outbox = Outbox(envelopes)
        while outbox.waits:
            if envelope := outbox.take():
                record([(envelope.line, self._send(envelope))])
            else:
                outbox.wait()

    def close(self) -> None:
        with suppress(Exception):
            self._backend.close()

    def _send(self, envelope: Envelope) -> Outcome:
        try:
            self._backend.open()
        except Exception as error:
            self.close()
            return of_failed_opening(error)
        if not envelope.may_go():
            return Outcome(Fate.LOST)
        try:
            self._backend.send_messages([envelope.letter.addressed(envelope.line, envelope.address)])
        except Exception as error:
            # After any failure the state of the session is anyone's guess: the next mail begins a new one.
            self.close()
            return of_error(error)
        return Outcome(Fate.SENT)
