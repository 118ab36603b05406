"""What a relay or a provider says, sorted into one small vocabulary."""

import smtplib

import pytest
from anymail.exceptions import AnymailConfigurationError

from subscriptions.delivery.outcomes import Fate, of_error, of_failed_opening, of_smtp_reply


@pytest.mark.parametrize(
    ("code", "text", "fate", "no_such_address"),
    [
        (550, "5.1.1 No such user", Fate.REFUSED, True),
        (550, "No such user here", Fate.REFUSED, False),
        (552, "5.2.2 Mailbox full", Fate.REFUSED, False),
        (554, "5.7.1 Relay access denied", Fate.REJECTED, False),
        (554, "Transaction failed", Fate.REJECTED, False),
        (450, "4.2.0 Greylisted", Fate.DEFERRED, False),
        (421, "Too many mails", Fate.DEFERRED, False),
        (-1, "", Fate.DEFERRED, False),
    ],
)
def test_what_is_said_to_rcpt(code: int, text: str, fate: Fate, no_such_address: bool) -> None:
    outcome = of_smtp_reply(code, text, to_recipient=True)
    assert (outcome.fate, outcome.no_such_address) == (fate, no_such_address)


def test_what_is_said_to_the_text_concerns_the_text() -> None:
    assert of_smtp_reply(550, "5.1.1 No such user").fate is Fate.REJECTED
    assert of_smtp_reply(451, "4.3.0 Later").fate is Fate.DEFERRED


@pytest.mark.parametrize(
    ("error", "fate"),
    [
        (smtplib.SMTPAuthenticationError(535, b"5.7.8 no"), Fate.BLOCKED),
        (smtplib.SMTPSenderRefused(553, b"5.1.8 no", "a@example.org"), Fate.BLOCKED),
        (smtplib.SMTPSenderRefused(451, b"4.1.8 later", "a@example.org"), Fate.DEFERRED),
        (smtplib.SMTPServerDisconnected("gone"), Fate.DEFERRED),
        (smtplib.SMTPConnectError(554, b"no"), Fate.DEFERRED),
        (AnymailConfigurationError("no token"), Fate.BLOCKED),
        (TimeoutError(), Fate.DEFERRED),
        (ConnectionRefusedError(), Fate.DEFERRED),
        (ValueError("anything"), Fate.DEFERRED),
    ],
)
def test_what_sending_raises(error: Exception, fate: Fate) -> None:
    assert of_error(error).fate is fate
    expected = fate if fate is Fate.BLOCKED else Fate.UNREACHABLE
    assert of_failed_opening(error).fate is expected
