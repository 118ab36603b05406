"""What subscriptions do when something happens elsewhere: a release is written, staff look at one, a mail bounces."""

from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, tracking
from django.db.models import Count
from django.db.models.functions import Now
from django.dispatch import receiver
from django.template.loader import render_to_string

from statements.doorbell import ring
from statements.languages import direction, language_name
from statements.publishing import Draft
from statements.signals import released, reviewing
from subscriptions.audience import Tidings, audience
from subscriptions.bounces import bounces_for_good, is_hard
from subscriptions.models import Delivery, DeliveryQuerySet, Frequency, Subscriber, Subscription
from subscriptions.suppressing import suppress_address
from subscriptions.tasks import announce


@receiver(released, dispatch_uid="subscriptions.announce")
def announce_release(sender: Any, **kwargs: Any) -> None:
    """Nudge: the clock would find the release too, some seconds later."""
    ring(announce)


@receiver(reviewing, dispatch_uid="subscriptions.audience")
def show_audience(sender: Any, draft: Draft, **kwargs: Any) -> str:
    """Return, as HTML, whom the draft would reach: people by language and frequency, nobody counted twice."""
    tidings = Tidings.of_draft(draft)
    counts = {
        (row["language"], frequency): row["people"]
        for frequency in Frequency
        for row in audience(tidings, frequency).order_by().values("language").annotate(people=Count("pk"))
    }
    rows = [
        {
            "language": language_name(language),
            "code": language,
            "direction": direction(language),
            "counts": [counts.get((language, frequency), 0) for frequency in Frequency],
        }
        for language in draft.languages
    ]
    context = {"draft": draft, "rows": rows, "frequencies": Frequency.labels, "people": sum(counts.values())}
    return render_to_string("subscriptions/admin_audience.html", context)


@receiver(tracking, dispatch_uid="subscriptions.tracking")
def hear_back(sender: Any, event: AnymailTrackingEvent, **kwargs: Any) -> None:
    """Take in what the provider reports, in whatever order, however often: every step may be done twice."""
    if not event.recipient:
        return  # Nobody's: and one event that raises stops the rest of its batch.
    match event.event_type:
        case EventType.DELIVERED:
            _lines_of(event).filter(delivered_at=None).update(delivered_at=event.timestamp or Now())
        case EventType.COMPLAINED:
            suppress_address(event.recipient, Subscription.Ended.COMPLAINED)
        case EventType.BOUNCED | EventType.REJECTED | EventType.FAILED:
            _take_back(event)


def _take_back(event: AnymailTrackingEvent) -> None:
    reason = f"{event.event_type}: {event.description or event.reject_reason or ''}"
    _lines_of(event).update(status=Delivery.Status.FAILED, settled_at=Now(), reason=reason[:500])
    subscriber = Subscriber.objects.at(event.recipient)
    if is_hard(event) or (subscriber and bounces_for_good(subscriber)):
        suppress_address(event.recipient, Subscription.Ended.BOUNCED)


def _lines_of(event: AnymailTrackingEvent) -> DeliveryQuerySet:
    """Return the deliveries an event is about: by the number we gave the provider, else by the one it gave us."""
    ours = Delivery.objects.filter(subscriber__email__iexact=event.recipient)
    number = (event.metadata or {}).get("delivery", "")
    if str(number).isdigit():
        return ours.filter(pk=int(number))
    return ours.filter(provider_id=event.message_id) if event.message_id else ours.none()
