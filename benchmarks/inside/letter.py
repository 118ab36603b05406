"""The statement's mail to one reader, as JSON for those who send the same by other means."""

import json
import re
import sys
from email.utils import parseaddr

from django.db import transaction
from django.utils import timezone

from statements.models import Edition, Statement
from statements.publishing import Draft, publish
from subscriptions.delivery.letters import Letter, statement_letter
from subscriptions.delivery.lines import Line
from subscriptions.emails import Mail
from subscriptions.links import unsubscribe_token


def composed() -> Letter:
    """Return the letter of the statement as if it were published, and publish nothing."""
    with transaction.atomic():
        release = publish(Draft(Statement.objects.get(), ("ar",)))
        letter = statement_letter(Edition.objects.for_reading().get(release=release))
        transaction.set_rollback(True)
    return letter


def mail_to(number: int, letter: Letter) -> Mail:
    """Return the mail to one reader, as the product hands it to Anymail."""
    address = f"reader{number}@example.org"
    line = Line(
        pk=number,
        created_at=timezone.now(),
        attempts=1,
        announcement_id=1,
        digest_run_id=None,
        edition_id=1,
        language="ar",
        had_in="",
        subscriber_id=number,
        address=address,
    )
    return letter.addressed(line, address)


def words_of(letter: Letter) -> dict[str, object]:
    """Return all that another sender needs; the token stands wherever a reader's own belongs."""
    mail = mail_to(1, letter)
    octets = mail.message().as_bytes(linesep="\r\n")
    return {
        "subject": mail.subject,
        "text": mail.body,
        "html": mail.alternatives[0][0],
        "headers": {name: value for name, value in mail.extra_headers.items() if name != "Message-ID"},
        "from": mail.from_email,
        "sender": parseaddr(mail.from_email)[1],
        "address": mail.to[0],
        "token": unsubscribe_token(1),
        "octets": re.sub(rb"(?m)^\.", b"..", octets).decode().removesuffix("\r\n") + "\r\n",
    }


if __name__ == "__main__":
    json.dump(words_of(composed()), sys.stdout, ensure_ascii=False)
