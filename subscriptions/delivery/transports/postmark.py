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

from subscriptions.delivery.letters import PLACEHOLDERS, personal
from subscriptions.delivery.outcomes import Outcome, of_error, of_recipient
from subscriptions.delivery.skeleton import Skeleton
from subscriptions.delivery.transports.base import Envelope
from subscriptions.emails import Mail

# https://postmarkapp.com/developer/user-guide/send-email-with-api/batch-emails
MOST_MAILS = 500
MOST_OCTETS = 45_000_000  # of 50


class BatchBackend(EmailBackend):  # type: ignore[misc]
    """Anymail's Postmark backend with one more way to send."""

    def send_batch(self, envelopes: Sequence[Envelope]) -> list[Outcome]:
        """Send the mails of one letter, in as many calls as their size asks for, and return what became of each."""
        mail = envelopes[0].letter.blank()
        one = PostmarkPayload(mail, self.send_defaults, self)
        skeleton = Skeleton(one.serialize_json(one.data).encode(), PLACEHOLDERS)
        messages = [skeleton.filled(personal(envelope.line, envelope.address)) for envelope in envelopes]
        fitting = max(1, MOST_OCTETS // max(map(len, messages)))
        parts = (messages[start : start + fitting] for start in range(0, len(messages), fitting))
        return [outcome for part in parts for outcome in self._send_part(part, mail)]

    def _send_part(self, messages: Sequence[bytes], mail: Mail) -> list[Outcome]:
        payload = _BatchPayload(mail, self.send_defaults, self)
        payload.messages = messages
        try:
            response = self.post_to_esp(payload, mail)
            answers = self.deserialize_json_response(response, payload, mail)
        except AnymailError as error:
            return [of_error(error)] * len(messages)
        if not isinstance(answers, list) or len(answers) != len(messages):
            answers = [answers] * len(messages)  # The call as a whole was refused.
        return [self._outcome(answer, payload, mail) for answer in answers]

    def _outcome(self, answer: Any, payload: PostmarkPayload, mail: Mail) -> Outcome:
        """Read one mail's answer as Anymail reads that to a mail of its own."""
        alone = requests.Response()
        alone.status_code = 422
        alone._content = json.dumps(answer).encode()
        try:
            statuses = self.parse_recipient_status(alone, payload, mail)
        except AnymailError as error:
            return of_error(error)
        return of_recipient(next((status for status in statuses.values() if status.status != "unknown"), None))


class _BatchPayload(PostmarkPayload):  # type: ignore[misc]
    messages: Sequence[bytes] = ()

    def get_api_endpoint(self) -> str:
        return "email/batch"

    def serialize_data(self) -> bytes:
        return b"[" + b",".join(self.messages) + b"]"
