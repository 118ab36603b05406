"""Whether a bounce is for good. Anymail normalises what happened; how final it is, only the raw event says."""

import re
from collections.abc import Iterator
from typing import Any

from anymail.signals import AnymailTrackingEvent, RejectReason

from subscriptions.models import Delivery, Subscriber

# So many mails in a row that came back softly (a full mailbox, an unreachable server) are as good as no address.
SOFT_BOUNCES = 5

# What providers call a bounce that may pass: Postmark, Brevo, Amazon SES, Mailtrap, MailerSend; SparkPost's classes.
_SOFT_WORDS = re.compile(r"soft|transient|undetermined|temporary|mailbox.?full|quota", re.IGNORECASE)
_SOFT_CLASSES = {"20", "21", "22", "23", "24"}
# RFC 3463: class 4 passes; of class 5, subject 2 is about the mailbox's state, but .1 says that it is disabled.
_SOFT_STATUS = re.compile(r"\b(4\.\d{1,3}\.\d{1,3}|5\.2\.[2-4])\b")


def is_hard(event: AnymailTrackingEvent) -> bool:
    """Tell whether the provider says that this address takes no mail, and never will."""
    if event.reject_reason == RejectReason.INVALID:
        return True
    return event.reject_reason == RejectReason.BOUNCED and not _is_soft(event)


def _is_soft(event: AnymailTrackingEvent) -> bool:
    raw = event.esp_event if isinstance(event.esp_event, dict) else {}
    if raw.get("hard_bounce") is False:  # Mailjet
        return True
    if str(raw.get("bounce_class", "")) in _SOFT_CLASSES:
        return True
    if any(_SOFT_WORDS.search(label) for label in _labels(raw)):
        return True
    return bool(_SOFT_STATUS.search(event.mta_response or event.description or ""))


def _labels(raw: Any) -> Iterator[str]:
    """The short strings of a provider's event: its labels. Longer ones are prose, and may say anything."""
    if isinstance(raw, dict):
        for value in raw.values():
            yield from _labels(value)
    elif isinstance(raw, str) and len(raw) <= 20 and "@" not in raw:
        yield raw


def bounces_for_good(subscriber: Subscriber) -> bool:
    """Tell whether the last SOFT_BOUNCES mails to this subscriber all came back."""
    settled = Delivery.objects.filter(
        subscriber=subscriber, status__in=[Delivery.Status.SENT, Delivery.Status.FAILED]
    ).order_by("-pk")
    newest = list(settled.values_list("status", flat=True)[:SOFT_BOUNCES])
    return newest == [Delivery.Status.FAILED] * SOFT_BOUNCES
