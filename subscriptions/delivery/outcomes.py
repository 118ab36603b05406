"""What became of a mail, in one small vocabulary, whatever a relay or a provider called it."""

import re
import smtplib
from dataclasses import dataclass
from enum import Enum

from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
)
from anymail.message import AnymailRecipientStatus


class Fate(Enum):
    SENT = "accepted by the relay or the provider"
    REFUSED = "this recipient is refused for good: never tried again"
    DEFERRED = "not now, or no answer: tried again later"
    REJECTED = "refused for good, but for what we sent or who we are, not for the recipient"
    LOST = "not tried: the line is another worker's by now, or nobody's"
    UNREACHABLE = "nobody answers there: no mail of the batch was tried"
    BLOCKED = "the fault is ours, for every recipient alike: staff must act"


@dataclass(frozen=True)
class Outcome:
    """What became of a mail, and the words of whoever said so."""

    fate: Fate
    reason: str = ""
    provider_id: str = ""
    # The refusal says that the address does not exist (RFC 3463: class 5, subject 1).
    no_such_address: bool = False


def of_smtp_reply(code: int, text: str, *, to_recipient: bool = False) -> Outcome:
    """Sort a relay's negative reply (RFC 5321 §4.2.1), to RCPT TO or to anything else.

    What is said to RCPT about addressing or the mailbox (RFC 3463: subjects 1 and 2) concerns this recipient. "Relay
    access denied" or "looks like spam" concerns us, and would be said to everybody.
    """
    reason = f"{code} {text}"
    if not 500 <= code < 600:
        return Outcome(Fate.DEFERRED, reason)  # "Later", or nothing that SMTP knows.
    enhanced = re.match(r"5\.\d{1,3}\.\d{1,3}\b", text)
    about_recipient = bool(re.match(r"5\.[12]\.", text)) if enhanced else code in (550, 551, 553)
    if not (to_recipient and about_recipient):
        return Outcome(Fate.REJECTED, reason)
    return Outcome(Fate.REFUSED, reason, no_such_address=bool(re.match(r"5\.1\.(1|2|3|6|10)\b", text)))


def of_failed_opening(error: BaseException) -> Outcome:
    """Sort whatever opening a session raised: no mail was tried yet."""
    outcome = of_error(error)
    return outcome if outcome.fate is Fate.BLOCKED else Outcome(Fate.UNREACHABLE, outcome.reason)


def of_error(error: BaseException) -> Outcome:
    """Sort whatever sending one mail raised."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, text = next(iter(error.recipients.values()))
            return of_smtp_reply(code, _text(text), to_recipient=True)
        case smtplib.SMTPAuthenticationError() | smtplib.SMTPNotSupportedError():
            return Outcome(Fate.BLOCKED, str(error))
        case smtplib.SMTPSenderRefused() if error.smtp_code >= 500:
            return Outcome(Fate.BLOCKED, f"{error.smtp_code} {_text(error.smtp_error)}")
        case smtplib.SMTPConnectError():
            return Outcome(Fate.DEFERRED, f"{error.smtp_code} {_text(error.smtp_error)}")
        case smtplib.SMTPResponseException():
            return of_smtp_reply(error.smtp_code, _text(error.smtp_error))
        case AnymailRecipientsRefused() | AnymailInvalidAddress():
            return Outcome(Fate.REFUSED, str(error))
        case AnymailConfigurationError():
            return Outcome(Fate.BLOCKED, str(error))
        case AnymailAPIError():
            return _of_provider_error(error)
        case _:
            # A dropped connection, a timeout, a failing name server: nobody said no.
            return Outcome(Fate.DEFERRED, f"{type(error).__name__}: {error}")


def of_recipient(status: AnymailRecipientStatus | None) -> Outcome:
    """Sort what a provider that took the call says of one recipient."""
    if status is None:
        return Outcome(Fate.SENT)
    if status.status in ("invalid", "rejected", "failed"):
        return Outcome(Fate.REFUSED, f"The provider answered: {status.status}")
    return Outcome(Fate.SENT, provider_id=str(status.message_id or ""))


def _of_provider_error(error: AnymailAPIError) -> Outcome:
    reason = str(error)
    # Where a provider has a client of its own, Amazon SES, the status is in what that client raised.
    response = getattr(error.__cause__, "response", None)
    status = error.status_code
    if status is None and isinstance(response, dict):
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if status in (401, 403):
        return Outcome(Fate.BLOCKED, reason)
    if status in (400, 406, 413, 422):
        return Outcome(Fate.REJECTED, reason)
    return Outcome(Fate.DEFERRED, reason)


def _text(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
