"""The mail backend of the embedded mode: every mail goes to the Mailbox page, and nothing leaves the machine."""

from collections.abc import Sequence
from email import policy
from email.parser import BytesHeaderParser
from email.utils import parseaddr

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from config.embedded.models import StoredMail


class EmailBackend(BaseEmailBackend):
    """Keeps what an SMTP server would have been given: the bytes, the sender and each recipient."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Store all of `email_messages` in one statement, and return how many."""
        sent = [message for message in email_messages if message.recipients()]
        StoredMail.objects.bulk_create(mail for message in sent for mail in _delivered(message))
        return len(sent)


def _delivered(message: EmailMessage) -> list[StoredMail]:
    """Return a copy of the mail for each of its recipients, as it arrives in their mailboxes."""
    raw = message.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]
    headers = BytesHeaderParser(policy=policy.default).parsebytes(raw)
    return [
        StoredMail(
            raw=raw,
            sender=parseaddr(message.from_email)[1],
            recipient=parseaddr(recipient)[1].lower(),
            subject=str(headers.get("Subject", "")).strip(),  # Folded right after its name, it begins with a space.
            language=str(headers.get("Content-Language", "")),
        )
        for recipient in message.recipients()
    ]
