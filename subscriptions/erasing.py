"""Forgetting a person: what named them goes, and the books stay."""

from django.db import transaction

from subscriptions import emails, links
from subscriptions.addresses import address_hash
from subscriptions.models import Delivery, Subscriber, Subscription, Suppression
from subscriptions.suppressing import end_subscriptions


@transaction.atomic
def erase(subscriber: Subscriber, *, never_again: bool = False) -> None:
    """Delete a subscriber with all that names them; of mails they are owed, those in workers' hands too, none goes out.

    Their lines stay in the ledger as numbers. `never_again`: remember, by a hash, never to write to the address.
    """
    # Before the row goes: a worker asks whether its lines still wait, and not whether their reader is still there.
    end_subscriptions(subscriber, Subscription.Ended.UNSUBSCRIBED)
    # A relay's words often repeat the address, and by its number the provider knows whose mail it was.
    Delivery.objects.filter(subscriber=subscriber).update(reason="", provider_id="")
    if never_again:
        reason = Suppression.Reason.REQUESTED
        Suppression.objects.get_or_create(address_hash=address_hash(subscriber.email), defaults={"reason": reason})
    subscriber.delete()


def seal_reader(address: str, language: str) -> str:
    """Return whom to write to once more, encrypted: it is nowhere else by then."""
    return links.seal("erased", [address, language])


def goodbye(sealed_reader: str) -> emails.Mail:
    """Return the letter that says they are erased."""
    (address, language), _ = links.unseal("erased", sealed_reader)
    return emails.goodbye(address, language, "", 0)
