"""Ways to hand mails over: lines of the ledger go in with their letters, and come out with what became of them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from subscriptions.delivery.transports.backend import BackendTransport
from subscriptions.delivery.transports.base import Transport
from subscriptions.delivery.transports.smtp import SmtpTransport

_OVER_SMTP = "django.core.mail.backends.smtp.EmailBackend"


@contextmanager
def opened() -> Iterator[Transport]:
    """The transport of this site, closed at the end: our own SMTP, or Django's backend for anything else."""
    transport = SmtpTransport() if settings.EMAIL_BACKEND == _OVER_SMTP else BackendTransport()
    try:
        yield transport
    finally:
        transport.close()


__all__ = ["Transport", "opened"]
