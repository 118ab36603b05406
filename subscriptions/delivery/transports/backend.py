"""Through Django's mail backend: any Anymail provider, the Mailbox page. One call at a time."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from django.core.mail import get_connection

from subscriptions.delivery.outcomes import Fate, Outcome, of_error, of_failed_opening
from subscriptions.delivery.transports.base import Envelope
from subscriptions.emails import Mail


class BackendTransport:
    """One open backend for many mails."""

    def __init__(self) -> None:
        self._backend: Any = get_connection()

    def deliver(self, envelopes: Iterable[Envelope]) -> Iterator[tuple[Envelope, Outcome]]:
        for envelope in envelopes:
            yield envelope, self._send(envelope)

    def close(self) -> None:
        with suppress(Exception):
            self._backend.close()

    def _send(self, envelope: Envelope) -> Outcome:
        mail = envelope.letter.addressed(envelope.line, envelope.address)
        try:
            self._backend.open()
        except Exception as error:
            self.close()
            return of_failed_opening(error)
        if not envelope.may_go():
            return Outcome(Fate.LOST)
        try:
            self._backend.send_messages([mail])
        except Exception as error:
            # After any failure the state of the session is anyone's guess: the next mail begins a new one.
            self.close()
            return of_error(error)
        return _accepted(mail)


def _accepted(mail: Mail) -> Outcome:
    """Return the outcome of a hand-over that raised nothing: a provider may still have refused the recipient."""
    status = getattr(mail, "anymail_status", None)
    if status is None:
        return Outcome(Fate.SENT)
    recipient = next(iter(status.recipients.values()), None)
    if recipient is not None and recipient.status in ("invalid", "rejected", "failed"):
        return Outcome(Fate.REFUSED, f"The provider answered: {recipient.status}")
    return Outcome(Fate.SENT, provider_id=str(recipient.message_id or "") if recipient else "")
