"""Handing mails over, one connection for many: through Django's mail backend, so by SMTP or any Anymail provider."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.core.mail import get_connection

from subscriptions.delivery.outcomes import Fate, Outcome, of_error
from subscriptions.emails import Mail


class Transport:
    """An open way to the relay or the provider. One mail is in hand at a time."""

    def __init__(self) -> None:
        self._backend: Any = get_connection()

    def send(self, mail: Mail) -> Outcome:
        """Hand one mail over and return what became of it. Never raises for what a relay does."""
        try:
            self._backend.open()
        except Exception as error:
            self.close()
            outcome = of_error(error)
            return outcome if outcome.fate is Fate.BLOCKED else Outcome(Fate.UNREACHABLE, outcome.reason)
        try:
            self._backend.send_messages([mail])
        except Exception as error:
            # After any failure the state of the session is anyone's guess: the next mail begins a new one.
            self.close()
            return of_error(error)
        return _accepted(mail)

    def close(self) -> None:
        with suppress(Exception):
            self._backend.close()


@contextmanager
def opened() -> Iterator[Transport]:
    """A transport, closed at the end."""
    transport = Transport()
    try:
        yield transport
    finally:
        transport.close()


def _accepted(mail: Mail) -> Outcome:
    """Return the outcome of a hand-over that raised nothing: a provider may still have refused the recipient."""
    status = getattr(mail, "anymail_status", None)
    if status is None:
        return Outcome(Fate.SENT)
    recipient = next(iter(status.recipients.values()), None)
    if recipient is not None and recipient.status in ("invalid", "rejected", "failed"):
        return Outcome(Fate.REFUSED, f"The provider answered: {recipient.status}")
    return Outcome(Fate.SENT, provider_id=str(recipient.message_id or "") if recipient else "")
