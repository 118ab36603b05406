"""Ways to hand mails over: lines of the ledger go in with their letters, and come out with what became of them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from subscriptions.delivery.transports.backend import BackendTransport
from subscriptions.delivery.transports.base import Transport
from subscriptions.delivery.transports.provider import ProviderTransport
from subscriptions.delivery.transports.smtp import SmtpTransport


@contextmanager
def opened() -> Iterator[Transport]:
    """The transport of this site, closed at the end: our own SMTP, a provider's API, or Django's backend."""
    transport = _transport()
    try:
        yield transport
    finally:
        transport.close()


def _transport() -> Transport:
    if settings.EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend":
        return SmtpTransport()
    return ProviderTransport() if settings.EMAIL_BACKEND.startswith("anymail.") else BackendTransport()


__all__ = ["Transport", "opened"]
