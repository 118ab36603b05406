"""Whom a release concerns: one question, asked by the preview, the ledger and the digests alike."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from statements.languages import enabled_languages
from statements.models import Edition, Release, Statement, Topic
from statements.publishing import Draft
from subscriptions.models import (
    Delivery,
    DigestItem,
    Frequency,
    LanguagePreference,
    Subscriber,
    Subscription,
)

# A correction or a withdrawal goes to those who have the text, whatever they asked for about new ones.
CORRECTIONS = (Release.Kind.CORRECTED, Release.Kind.WITHDRAWN)


# Subscribers with annotations that their model does not name.
Readers = QuerySet[Any]


@dataclass(frozen=True)
class Tidings:
    """What is to be told, of a release or of the draft of one."""

    statement: Statement
    kind: str
    languages: Collection[str]
    topics: QuerySet[Topic]
    moment: datetime | None = None
    release: Release | None = None

    @classmethod
    def of_release(cls, release: Release) -> "Tidings":
        languages = list(release.editions.values_list("language", flat=True))
        return cls(release.statement, release.kind, languages, release.topics.all(), release.publish_at, release)

    @classmethod
    def of_draft(cls, draft: Draft) -> "Tidings":
        return cls(draft.statement, draft.kind, draft.languages, draft.statement.topics.all(), draft.publish_at)


def audience(tidings: Tidings) -> Readers:
    """Return the subscribers it concerns, each once, with the `language` they get it in and the `frequency`."""
    if tidings.kind in CORRECTIONS:
        return _holders(tidings)
    subscribers = _in_best_language(_interested(tidings), tidings)
    if tidings.kind == Release.Kind.PUBLISHED:
        return subscribers.exclude(_already_told(tidings.statement))
    # An update is news to everyone, once: who took it at once and then changed to a digest is not told again.
    told = Delivery.objects.told().filter(subscriber=OuterRef("pk"), announcement__release=tidings.release)
    return subscribers.exclude(Exists(told)) if tidings.release else subscribers


def _interested(tidings: Tidings) -> Readers:
    """Those subscribed to it when it became public, with the most immediate frequency they had then, and still now.

    The frequency of that moment: who changes it between a release and a digest is told neither twice nor never.
    """
    active = Subscription.objects.active().matching(tidings.topics).filter(subscriber=OuterRef("pk"))
    then = active
    if tidings.moment:
        then = Subscription.objects.matching(tidings.topics).filter(subscriber=OuterRef("pk")).at(tidings.moment)
    # One CASE, and no EXISTS beside it: PostgreSQL would join that, with a guess of a few dozen rows, and compare every
    # subscriber with every subscription. In the CASE it looks each up by index.
    still = Q(Exists(active))
    most_immediate = [
        When(still & Exists(then.filter(frequency=frequency)), then=Value(frequency.value)) for frequency in Frequency
    ]
    subscribers: Readers = Subscriber.objects.annotate(frequency=Case(*most_immediate, output_field=CharField()))
    return subscribers.filter(frequency__isnull=False)


def _in_best_language(subscribers: Readers, tidings: Tidings) -> Readers:
    """Those who read one of its languages, each with the best; who waits for the first takes no other.

    The first is the first that the site has: one that it gave up is not waited for.
    """
    chosen = LanguagePreference.objects.filter(subscriber=OuterRef("pk"), language__in=enabled_languages())
    best = chosen.filter(language__in=tidings.languages).order_by("rank")
    subscribers = subscribers.annotate(
        language=Subquery(best.values("language")[:1]),
        rank=Subquery(best.values("rank")[:1]),
        first=Subquery(chosen.order_by("rank").values("rank")[:1]),
    )
    waits = Q(while_missing=Subscriber.WhileMissing.WAIT)
    return subscribers.filter(Q(rank=F("first")) | Q(rank__gt=F("first")) & ~waits)


def _already_told(statement: Statement) -> Exists:
    """That they have the text, or are about to, in this language or one they like better."""
    told = Delivery.objects.told().filter(subscriber=OuterRef("subscriber"))
    as_good = LanguagePreference.objects.filter(subscriber=OuterRef("pk"), rank__lte=OuterRef("rank"))
    return Exists(
        as_good.filter(
            Exists(told.filter(edition__statement=statement, language=OuterRef("language")))
            | Exists(_digested(statement, OuterRef("subscriber")).filter(edition__language=OuterRef("language")))
        )
    )


def _digested(statement: Statement, subscriber: OuterRef) -> QuerySet[DigestItem]:
    return DigestItem.objects.filter(
        edition__statement=statement, delivery__subscriber=subscriber, delivery__in=Delivery.objects.told()
    )


def _holders(tidings: Tidings) -> Readers:
    """Those who have the text it corrects and are still subscribers, each in the language they got last.

    Who is still owed the text gets the correction in its place; who is owed a text that is withdrawn gets nothing.
    """
    lines = Delivery.objects.filter(status=Delivery.Status.SENT)
    if tidings.kind == Release.Kind.CORRECTED:
        lines = Delivery.objects.told()
    held = Edition.objects.filter(statement=tidings.statement, language__in=tidings.languages)
    if tidings.release:
        held = held.filter(release__lt=tidings.release.pk)  # Of one statement each release is later than the last.
    mails = lines.filter(subscriber=OuterRef("pk"), edition__in=held).order_by("-pk")
    items = DigestItem.objects.filter(delivery__subscriber=OuterRef("pk"), delivery__in=lines, edition__in=held)
    active = Subscription.objects.active().filter(subscriber=OuterRef("pk"))
    subscribers: Readers = Subscriber.objects.filter(Exists(active))
    subscribers = subscribers.annotate(
        mailed=Subquery(mails.values("language")[:1]),
        digested=Subquery(items.order_by("-pk").values("edition__language")[:1]),
        frequency=Value(Frequency.IMMEDIATE.value, output_field=CharField()),
    )
    subscribers = subscribers.annotate(language=Coalesce("mailed", "digested"))
    return subscribers.filter(language__isnull=False)
