"""A new address for a subscriber: asked for, proven, and taken back by whoever has the old one."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from subscriptions import emails, links, signing_up
from subscriptions.delivery import leases
from subscriptions.erasing import erase
from subscriptions.models import AddressChange, Subscriber, Subscription, Suppression
from subscriptions.suppressing import end_subscriptions

# For so long whoever mails an old address tries by themselves; then the clock sees to it.
FIRST_TRIES = timedelta(minutes=1)
# A mistyped address is somebody's, who may find the letter a year later.
ASKED_AGAIN_FOR = timedelta(days=30)


@dataclass(frozen=True)
class NewAddress:
    """That a subscriber wants another address. It travels in a link to that address and is stored nowhere else."""

    subscriber: int
    epoch: int
    address: str

    def seal(self) -> str:
        return links.seal("new address", asdict(self))

    @classmethod
    def open(cls, token: str) -> tuple["NewAddress", datetime]:
        """Return what was sealed, and when. Raises LinkError."""
        data, issued_at = links.unseal("new address", token)
        return cls(**data), issued_at

    def holder(self) -> Subscriber | None:
        """Return who wants it, unless they are gone or their links are void by now."""
        return Subscriber.objects.filter(pk=self.subscriber, epoch=self.epoch).first()


@dataclass(frozen=True)
class OldAddress:
    """That a change may be taken back. It travels in a link to the address of before and is stored nowhere else."""

    subscriber: int
    change: int
    address: str

    def seal(self) -> str:
        return links.seal("old address", asdict(self))

    @classmethod
    def open(cls, token: str) -> "OldAddress":
        """Return what was sealed, however old. Raises LinkError."""
        data, _ = links.unseal("old address", token)
        return cls(**data)

    def holder(self) -> Subscriber | None:
        """Return whose address it was, while they may have it back."""
        recently = Now() - settings.ADDRESS_UNDO_LIFETIME
        changed = Subscriber.objects.filter(address_changes=self.change, address_changes__changed_at__gt=recently)
        return changed.filter(pk=self.subscriber).first()


def is_expired(issued_at: datetime) -> bool:
    """Tell whether a link to a new address is too old."""
    return timezone.now() - issued_at > settings.CONFIRMATION_LIFETIME


def may_ask_again(wanted: NewAddress, issued_at: datetime) -> bool:
    """Tell whether a link that is too old may be followed by a new one for the same change.

    Not if the change cannot be made any more, or the link is so old that nobody thinks of it.
    """
    return wanted.holder() is not None and timezone.now() - issued_at <= ASKED_AGAIN_FOR


def question(token: str, language: str) -> emails.Mail | None:
    """Return the letter to the new address: the question, or to somebody else's the link to their own preferences.

    Whoever asked learns nothing of it. To themselves, or to an address that must not be mailed, there is no letter.
    """
    wanted, _ = NewAddress.open(token)
    subscriber = wanted.holder()
    if subscriber is None or Suppression.covers(wanted.address):
        return None
    other = Subscriber.objects.at(wanted.address)
    if other is None:
        return emails.address_change(
            subscriber, wanted.address, links.absolute("new_address", token, language), language
        )
    return emails.sign_in(other, other.language) if other != subscriber else None


def change(wanted: NewAddress) -> str | None:
    """Make the new address theirs and every session and link of before void; return the way back, sealed.

    None if it cannot be: the link is void, or the address became somebody else's or must not be mailed.
    """
    try:
        with transaction.atomic():
            subscriber = Subscriber.objects.select_for_update().filter(pk=wanted.subscriber, epoch=wanted.epoch).first()
            if subscriber is None or Suppression.covers(wanted.address):
                return None
            made = subscriber.address_changes.create()
            made.untold = OldAddress(subscriber.pk, made.pk, subscriber.email).seal()
            made.save(update_fields=["untold"])
            _move(subscriber, wanted.address)
            return made.untold
    except IntegrityError:
        return None


def was_just_made(wanted: NewAddress) -> bool:
    """Tell whether the same button was pressed a moment ago."""
    subscribers = Subscriber.objects.filter(pk=wanted.subscriber, epoch=wanted.epoch + 1, email=wanted.address)
    return subscribers.filter(address_changes__changed_at__gt=Now() - signing_up.DOUBLE_CLICK).exists()


def notice(token: str) -> emails.Mail | None:
    """Return the letter that tells the old address where its mails go now; None if that was taken back already.

    None too if the site has another SECRET_KEY since: the link in it would open nothing.
    """
    try:
        old = OldAddress.open(token)
    except links.LinkError:
        return None
    subscriber = old.holder()
    if subscriber is None:
        return None
    language = subscriber.language
    url = links.absolute("old_address", token, language)
    return emails.address_changed(old.address, subscriber.email, url, settings.ADDRESS_UNDO_LIFETIME.days, language)


def untold() -> list[str]:
    """Return the ways back that were not mailed yet, sealed; not those whose mail is just being tried."""
    changes = AddressChange.objects.exclude(untold="").filter(changed_at__lt=Now() - FIRST_TRIES)
    return list(changes.order_by("pk").values_list("untold", flat=True))


def address_before(change: AddressChange) -> str:
    """Return the old address for as long as it was not told, then ""."""
    try:
        return OldAddress.open(change.untold).address
    except links.LinkError:
        return ""


def told(token: str) -> None:
    """Note that the old address was told, or is not to be."""
    AddressChange.objects.filter(untold=token).update(untold="")


@transaction.atomic
def undo(old: OldAddress) -> bool:
    """Give the old address back, whatever was done since by whoever had the preferences; False if it is too late.

    All sessions and links of before are void then, and the ways back from later changes too: they were mailed to
    addresses that whoever made them has.
    """
    Subscriber.objects.select_for_update().filter(pk=old.subscriber).first()
    subscriber, other = old.holder(), Subscriber.objects.at(old.address)
    if subscriber is None:
        return False
    if other and other != subscriber:
        # They have signed up again meanwhile, and chosen anew: what a stranger has of theirs is not to go on.
        erase(subscriber)
        return True
    _move(subscriber, old.address)
    subscriber.address_changes.filter(pk__gte=old.change).delete()
    if Suppression.covers(old.address):
        end_subscriptions(subscriber, Subscription.Ended.UNSUBSCRIBED)
    return True


def _move(subscriber: Subscriber, address: str) -> None:
    people = Subscriber.objects.filter(pk=subscriber.pk)
    people.update(email=address, confirmed_at=Now(), epoch=F("epoch") + 1)
    leases.recall(subscriber)
