"""Through a provider's API, by Anymail: several calls under way at once, several mails in a call where that can be."""

from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from threading import local
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.core.mail import get_connection

from subscriptions.delivery.outcomes import Fate, Outcome, of_error, of_failed_opening, of_recipient
from subscriptions.delivery.transports.amazon_ses import ComposedBackend
from subscriptions.delivery.transports.base import Envelope, Record
from subscriptions.delivery.transports.outbox import ASK_AGAIN, Outbox
from subscriptions.delivery.transports.postmark import MOST_MAILS, BatchBackend

Call = list[Envelope]
_AMAZON_SES = "anymail.backends.amazon_ses.EmailBackend"
_POSTMARK = "anymail.backends.postmark.EmailBackend"


class ProviderTransport:
    """Up to DELIVERY_CONNECTIONS calls under way, each in a thread with a backend of its own.

    More than one only once a mail was accepted: a provider that refuses everything is asked one mail at a time.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(settings.DELIVERY_CONNECTIONS, "provider")
        # boto3's client takes a quarter of a second to make, and threads may share it; neither is true of requests.
        self._own: Any = SimpleNamespace() if settings.EMAIL_BACKEND == _AMAZON_SES else local()
        self._backends: list[Any] = []
        self._proven = False
        self._per_call = 1
        if settings.EMAIL_BACKEND == _POSTMARK:
            self._per_call = min(settings.DELIVERY_PER_CALL, MOST_MAILS)

    def deliver(self, envelopes: Iterable[Envelope | None], record: Record) -> None:
        outbox = Outbox(envelopes)
        under_way: dict[Future[list[Outcome]], Call] = {}
        while under_way or outbox.waits:
            while len(under_way) < (settings.DELIVERY_CONNECTIONS if self._proven else 1):
                call = self._next_call(outbox)
                going = [envelope for envelope in call if _may_go(envelope, record)]
                if not going:
                    break
                under_way[self._threads.submit(self._make, going)] = going
            if not under_way:
                outbox.wait()
            for done in wait(under_way, ASK_AGAIN, FIRST_COMPLETED).done:
                lines, outcomes = [envelope.line for envelope in under_way.pop(done)], done.result()
                self._proven |= any(outcome.fate is Fate.SENT for outcome in outcomes)
                record(list(zip(lines, outcomes, strict=True)))

    def close(self) -> None:
        self._threads.shutdown()
        for backend in self._backends:
            with suppress(Exception):
                backend.close()

    def _next_call(self, outbox: Outbox) -> Call:
        """Return the mails of the next call, all of one letter; none if there are none for the moment."""
        call: Call = []
        while len(call) < (self._per_call if self._proven else 1) and (envelope := outbox.take()):
            if call and envelope.letter is not call[0].letter:
                outbox.put_back(envelope)
                break
            call.append(envelope)
        return call

    def _make(self, call: Call) -> list[Outcome]:
        """Make one call and return the outcome of each of its mails. Runs in a thread, and raises nothing."""
        try:
            backend = self._backend()
        except Exception as error:
            return [of_failed_opening(error)] * len(call)
        try:
            if isinstance(backend, ComposedBackend):
                return [backend.send_composed(envelope) for envelope in call]
            return backend.send_batch(call) if len(call) > 1 else [_send(backend, *call)]
        except Exception as error:
            return [of_error(error)] * len(call)

    def _backend(self) -> Any:
        """Return this thread's backend, open."""
        if not hasattr(self._own, "backend"):
            self._own.backend = self._new_backend()
            self._backends.append(self._own.backend)
        self._own.backend.open()
        return self._own.backend

    def _new_backend(self) -> Any:
        if settings.EMAIL_BACKEND == _AMAZON_SES:
            return ComposedBackend()
        return BatchBackend() if self._per_call > 1 else get_connection()


def _may_go(envelope: Envelope, record: Record) -> bool:
    may_go = envelope.may_go()
    if not may_go:
        record([(envelope.line, Outcome(Fate.LOST))])
    return may_go


def _send(backend: Any, envelope: Envelope) -> Outcome:
    mail = envelope.letter.addressed(envelope.line, envelope.address)
    backend.send_messages([mail])
    return of_recipient(next(iter(mail.anymail_status.recipients.values()), None))  # type: ignore[attr-defined]
