"""What is held about a subscriber, why, and for how long: one list, for their page and for their file."""

from dataclasses import dataclass, field
from datetime import time
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from statements.languages import language_name, listed, written_time
from subscriptions.addresses import address_hash
from subscriptions.changing_address import address_before
from subscriptions.history import Mail, lines_of
from subscriptions.local_time import zone_name
from subscriptions.models import Delivery, Subscriber, Subscription, Suppression


@dataclass(frozen=True)
class Fact:
    """One thing that is known: what programs call it, what people call it, its value, and that in words."""

    key: str
    name: str
    value: Any
    words: Any = None


@dataclass(frozen=True)
class Holding:
    """Things of one kind that are held, each a list of facts; why; and for how long."""

    key: str
    name: str
    why: str
    kept: str
    held: list[list[Fact]] = field(default_factory=list)

    @property
    def known(self) -> list[list[Fact]]:
        """What is held of each thing, without what is left open."""
        known = [[fact for fact in facts if fact.words or fact.value not in (None, "")] for facts in self.held]
        return [facts for facts in known if facts]


def holdings(subscriber: Subscriber, *, every_mail: bool = False) -> list[Holding]:
    """Return all that is held about a subscriber, in the active language; of mails how many, or if asked for all."""
    return [
        _address(subscriber),
        _languages(subscriber),
        _subscriptions(subscriber),
        _digest_time(subscriber),
        _pause(subscriber),
        _address_changes(subscriber),
        _every_mail(subscriber) if every_mail else _number_of_mails(subscriber),
        *_suppression(subscriber),
        _session(),
    ]


def _address(subscriber: Subscriber) -> Holding:
    facts = [
        Fact("email", _("Email address"), subscriber.email),
        Fact("confirmed_at", _("Confirmed"), subscriber.confirmed_at),
        Fact("signed_in_at", _("Preferences last opened by a link"), subscriber.signed_in_at),
        Fact("sign_ins", _("How often they were opened by a link"), subscriber.sign_ins),
        Fact("epoch", _("How often they were closed on all devices"), subscriber.epoch),
    ]
    why = _("To send you what you asked for, and to let nobody but you see and change it.")
    return Holding("address", _("Your address"), why, _until_erased(), [facts])


def _languages(subscriber: Subscriber) -> Holding:
    codes = [preference.language for preference in subscriber.preferences.all()]
    facts = [
        Fact("order", _("Languages, in your order"), codes, _named(codes)),
        Fact(
            "while_missing",
            _("If a statement is not in my first language yet"),
            subscriber.while_missing,
            subscriber.get_while_missing_display(),
        ),
    ]
    why = _("To send you each statement in the language that suits you best.")
    return Holding("languages", _("Your languages"), why, _until_erased(), [facts])


def _named(languages: list[str]) -> str:
    # Each between isolates: some run the other way than the list.
    return listed(f"\u2068{language_name(language)}\u2069" for language in languages)


def _subscriptions(subscriber: Subscriber) -> Holding:
    why = _("To know what to send you. Those that have ended say what you had asked for when something was sent.")
    kept = _("Until you erase it, those that have ended too.")
    subscriptions = subscriber.subscriptions.select_related("topic").order_by("pk")
    return Holding("subscriptions", _("Your subscriptions"), why, kept, [_facts_of(one) for one in subscriptions])


def _facts_of(subscription: Subscription) -> list[Fact]:
    topic = subscription.topic
    facts = [
        Fact("topic", _("Topic"), topic and topic.slug, str(topic) if topic else _("All topics")),
        Fact("frequency", _("How often"), subscription.frequency, subscription.get_frequency_display()),
        Fact("started_at", _("Since"), subscription.started_at),
    ]
    if subscription.ended_at is None:
        return facts
    because = subscription.get_ended_because_display()
    return [
        *facts,
        Fact("ended_at", _("Ended"), subscription.ended_at),
        Fact("ended_because", _("Because"), subscription.ended_because, because),
    ]


def _digest_time(subscriber: Subscriber) -> Holding:
    zone, hour, weekday = subscriber.time_zone, subscriber.digest_hour, subscriber.digest_weekday
    language = str(get_language())
    clock = None if hour is None else written_time(time(hour), language)
    facts = [
        Fact("time_zone", _("Your time zone"), zone, zone and zone_name(zone, language)),
        Fact("digest_hour", _("Time of your digests"), hour, clock),
        Fact("digest_weekday", _("Day of your weekly digest"), weekday, subscriber.get_digest_weekday_display()),
        Fact("digest_moved_at", _("Since"), subscriber.digest_moved_at),
    ]
    why = _("To send you digests when you want them. What you have not chosen is as usual on this site.")
    return Holding("digest_time", _("When your digests come"), why, _until_erased(), [facts])


def _pause(subscriber: Subscriber) -> Holding:
    pauses = [(subscriber.paused_at, subscriber.paused_until)]
    pauses += subscriber.earlier_pauses.order_by("-pk").values_list("paused_at", "paused_until")
    held = [
        [Fact("paused_at", _("Paused since"), since), Fact("paused_until", _("Paused until"), until)]
        for since, until in pauses
    ]
    why = _("To send you nothing new meanwhile.")
    return Holding("pause", _("Your pause"), why, _until_erased(), held)


def _address_changes(subscriber: Subscriber) -> Holding:
    changes = subscriber.address_changes.order_by("pk")
    why = _(
        "To let you take back a change that somebody else made. The address you had before is kept only until we have "
        "told it."
    )
    held = [
        [
            Fact("changed_at", _("Changed"), change.changed_at),
            *([Fact("before", _("Address before"), before)] if (before := address_before(change)) else []),
        ]
        for change in changes
    ]
    return Holding("address_changes", _("Changes of your address"), why, _until_erased(), held)


def _number_of_mails(subscriber: Subscriber) -> Holding:
    return _mails([[Fact("number", _("How many"), subscriber.deliveries.count())]])


def _every_mail(subscriber: Subscriber) -> Holding:
    return _mails([_facts_of_mail(line) for line in lines_of(subscriber)])


def _mails(held: list[list[Fact]]) -> Holding:
    why = _("To send you each statement once, and to tell you when one that you have is corrected or withdrawn.")
    kept = _("Until you erase it. Then they stay in our books as numbers, and nothing leads from them to you.")
    return Holding("mails", _("The mails we sent you"), why, kept, held)


def _facts_of_mail(line: Delivery) -> list[Fact]:
    mail = Mail.of(line)
    editions = [{"title": edition.title, "url": edition.get_absolute_url()} for edition in mail.editions]
    columns = (
        *("had_in", "status", "created_at", "due_at", "attempts", "drops"),
        *("settled_at", "delivered_at", "reason", "provider_id"),
    )
    return [
        Fact("number", "", line.pk),
        Fact("kind", "", mail.kind),
        Fact("language", "", line.language),
        Fact("editions", "", editions),
        *(Fact(column, "", getattr(line, column)) for column in columns),
    ]


def _suppression(subscriber: Subscriber) -> list[Holding]:
    found = Suppression.objects.filter(address_hash=address_hash(subscriber.email)).first()
    if found is None:
        return []
    facts = [
        Fact("created_at", _("Since"), found.created_at),
        Fact("reason", _("Because"), found.reason, found.get_reason_display()),
    ]
    why = _("To write to this address no more. We keep a code made from it, from which nobody can read the address.")
    return [Holding("suppression", _("That we may not write to you"), why, _("Until you ask us to lift it."), [facts])]


def _session() -> Holding:
    why = _("A cookie on your device, to keep your preferences open. Who only reads our pages gets none.")
    return Holding("cookie", _("While your preferences are open"), why, _("An hour, or until you close them."))


def _until_erased() -> str:
    return _("Until you erase it.")
