"""Amazon SES, which takes one whole message a call (SendEmail with raw content).

Anymail builds the message anew for each call and encodes it as quoted-printable. Here it does so once for a letter; the
readers' parts are put in as they are into the octets that go over SMTP.
"""

import re
from copy import copy
from typing import Any

from anymail.backends.amazon_ses import AmazonSESV2SendEmailPayload, EmailBackend

from subscriptions.delivery.letters import PLACEHOLDERS, Letter, personal
from subscriptions.delivery.outcomes import Outcome, of_recipient
from subscriptions.delivery.skeleton import Skeleton
from subscriptions.delivery.transports.base import Envelope

# So many are kept: a statement in its languages, and digests, which are nearly all different.
MOST_LETTERS = 32


class ComposedBackend(EmailBackend):  # type: ignore[misc]
    """Anymail's Amazon SES backend with one more way to send. Threads may share it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._composed: dict[int, _Composed] = {}

    def send_composed(self, envelope: Envelope) -> Outcome:
        """Send one mail and return what became of it. Raises what Anymail does."""
        composed = self._letter(envelope.letter)
        payload = composed.payload_for(envelope)
        statuses = payload.parse_recipient_status(self.post_to_esp(payload, composed.mail))
        return of_recipient(next(iter(statuses.values())))

    def _letter(self, letter: Letter) -> "_Composed":
        composed = self._composed.get(id(letter))
        if composed is None:
            if len(self._composed) >= MOST_LETTERS:
                self._composed.clear()
            composed = self._composed[id(letter)] = _Composed(letter, self)
        return composed


class _Composed:
    """A letter as Amazon SES takes it, without its readers."""

    def __init__(self, letter: Letter, backend: ComposedBackend) -> None:
        self.letter = letter  # Kept, or another could come to have its id.
        self.mail = letter.blank()
        self._payload = _RawPayload(self.mail, backend.send_defaults, backend)
        raw = re.sub(rb"\r?\n", b"\r\n", self._payload.generate_raw_message())
        self._skeleton = Skeleton(raw, PLACEHOLDERS)

    def payload_for(self, envelope: Envelope) -> AmazonSESV2SendEmailPayload:
        payload = copy(self._payload)
        payload.raw = b"".join(self._skeleton.filled(personal(envelope.line, envelope.address)))
        payload.params = {**payload.params, "Destination": {"ToAddresses": [envelope.address]}}
        return payload


class _RawPayload(AmazonSESV2SendEmailPayload):  # type: ignore[misc]
    raw = b""

    def generate_raw_message(self) -> bytes:
        return self.raw or bytes(super().generate_raw_message())
