"""What a subscriber was sent, as they may read it: each line of the ledger in their words, and not in ours."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from statements.languages import language_name
from statements.models import Edition, Release
from subscriptions.models import Delivery, DeliveryQuerySet, DigestItem, Frequency, Subscriber

_KINDS: dict[str | None, Any] = {
    Release.Kind.PUBLISHED: gettext_lazy("Statement"),
    Release.Kind.UPDATED: gettext_lazy("Update"),
    Release.Kind.CORRECTED: gettext_lazy("Correction"),
    Release.Kind.WITHDRAWN: gettext_lazy("Withdrawal"),
    Frequency.DAILY: gettext_lazy("Daily digest"),
    Frequency.WEEKLY: gettext_lazy("Weekly digest"),
}
_STATES: dict[str, Any] = {
    Delivery.Status.WAITING: gettext_lazy("On its way"),
    Delivery.Status.SENT: gettext_lazy("Sent"),
    Delivery.Status.FAILED: gettext_lazy("Could not be delivered"),
    Delivery.Status.CANCELLED: gettext_lazy(
        "Not sent: you did not want it any more, or there was a newer text to send instead"
    ),
    Delivery.Status.EXPIRED: gettext_lazy("Not sent: your mail server did not take it"),
}


@dataclass(frozen=True)
class Mail:
    """One mail that a subscriber was sent, or was to be sent."""

    kind: str
    language: str
    moment: datetime
    state: str
    editions: list[Edition]

    @property
    def language_name(self) -> str:
        return language_name(self.language)

    @classmethod
    def of(cls, line: Delivery) -> "Mail":
        kind = line.digest_run.frequency if line.digest_run else line.edition.release.kind if line.edition else None
        state = _("Delivered") if line.delivered_at and line.status == Delivery.Status.SENT else _STATES[line.status]
        editions = [line.edition] if line.edition else [item.edition for item in line.items.all()]
        return cls(str(_KINDS[kind]), line.language, line.settled_at or line.created_at, str(state), editions)


def lines_of(subscriber: Subscriber) -> DeliveryQuerySet:
    """Return a subscriber's lines, the newest first, with all that `Mail.of` asks of them."""
    editions = Edition.objects.for_reading().defer("body")
    items = DigestItem.objects.order_by("pk").prefetch_related(Prefetch("edition", editions))
    lines = Delivery.objects.filter(subscriber=subscriber).select_related("digest_run").order_by("-pk")
    return lines.prefetch_related(Prefetch("edition", editions), Prefetch("items", items))
