"""Postmark's batch call, which takes whole messages, each with its own reader's parts, and answers for each.

Anymail knows the call, but only with one body for all. Here it builds the message once; the readers' parts are put into
its JSON as they are into the octets that go over SMTP.
"""

import json
from collections.abc import Sequence
from typing import Any

import requests
from anymail.backends.postmark import EmailBackend, PostmarkPayload
from anymail.exceptions import AnymailError

from subscriptions.delivery.letters import PLACEHOLDERS, Letter, personal
from subscriptions.delivery.outcomes import Fate, Outcome, of_error, of_recipient
from subscriptions.delivery.skeleton import Skeleton
from subscriptions.delivery.transports.base import Envelope

# https://postmarkapp.com/developer/user-guide/send-email-with-api/batch-emails
MOST_MAILS = 500
MOST_OCTETS = 45_000_000  # of 50


class BatchBackend(EmailBackend):  # type: ignore[misc]
    """Anymail's Postmark backend with one more way to send. For one thread."""

    _composed: "_Composed | None" = None

    def send_batch(self, envelopes: Sequence[Envelope]) -> list[Outcome]:
        """Send the mails of one letter, in as many calls as their size asks for, and return what became of each."""
        if self._composed is None or self._composed.letter is not envelopes[0].letter:
            self._composed = _Composed(envelopes[0].letter, self)
        composed = self._composed
        own = (personal(envelope.line, envelope.address) for envelope in envelopes)
        messages = [b"".join(composed.skeleton.filled(values)) for values in own]
        fitting = max(1, MOST_OCTETS // max(map(len, messages)))
        parts = (messages[start : start + fitting] for start in range(0, len(messages), fitting))
        return [outcome for part in parts for outcome in self._send_part(part, composed)]

    def _send_part(self, messages: Sequence[bytes], composed: "_Composed") -> list[Outcome]:
        payload, mail = composed.payload, composed.mail
        payload.messages = messages
        try:
            response = self.post_to_esp(payload, mail)
            answers = self.deserialize_json_response(response, payload, mail)
        except AnymailError as error:
            return [of_error(error)] * len(messages)
        if not isinstance(answers, list) or len(answers) != len(messages):
            answers = [answers] * len(messages)  # The call as a whole was refused.
        return [self._outcome(answer, composed) for answer in answers]

    def _outcome(self, answer: Any, composed: "_Composed") -> Outcome:
        """Read one mail's answer; any but yes as Anymail reads that to a mail of its own."""
        if isinstance(answer, dict) and answer.get("ErrorCode") == 0 and "inactive" not in answer.get("Message", ""):
            return Outcome(Fate.SENT, provider_id=str(answer.get("MessageID", "")))
        alone = requests.Response()
        alone.status_code = 422
        alone._content = json.dumps(answer).encode()
        try:
            statuses = self.parse_recipient_status(alone, composed.payload, composed.mail)
        except AnymailError as error:
            return of_error(error)
        return of_recipient(next((status for status in statuses.values() if status.status != "unknown"), None))


class _Composed:
    """A letter as Postmark takes it, without its readers."""

    def __init__(self, letter: Letter, backend: BatchBackend) -> None:
        self.letter = letter
        self.mail = letter.blank()
        self.payload = _BatchPayload(self.mail, backend.send_defaults, backend)
        # As UTF-8 and not in escapes, which make three octets of one in Arabic.
        one = json.dumps(self.payload.data, ensure_ascii=False, default=str).encode()
        self.skeleton = Skeleton(one, PLACEHOLDERS)


class _BatchPayload(PostmarkPayload):  # type: ignore[misc]
    messages: Sequence[bytes] = ()

    def get_api_endpoint(self) -> str:
        return "email/batch"

    def serialize_data(self) -> bytes:
        return b"[" + b",".join(self.messages) + b"]"
