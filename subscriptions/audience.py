"""Whom a release concerns: one question, asked by the preview, the ledger and the digests alike."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Case, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Now

from statements.languages import enabled_languages
from statements.models import Edition, Release, Statement, Topic
from statements.publishing import Draft
from subscriptions.models import (
    Announcement,
    Delivery,
    DigestItem,
    EarlierPause,
    Frequency,
    LanguagePreference,
    Subscriber,
    Subscription,
)

# A correction or a withdrawal goes to those who have the text, whatever they asked for about new ones.
CORRECTIONS = (Release.Kind.CORRECTED, Release.Kind.WITHDRAWN)
# Who chose another frequency so shortly before a release may have been told of it by neither: the ledger was filled
# before their choice was committed. So digests look whether they were.
CHANGING = timedelta(minutes=1)


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

    @cached_property
    def other_announcements(self) -> list[int]:
        """The announcements of the statement's other releases. Lines asked for by these numbers are found by their
        unique index; and mostly there is none to ask for."""
        others = Announcement.objects.filter(release__statement=self.statement)
        if self.release:
            others = others.exclude(release=self.release)
        return list(others.values_list("pk", flat=True))

    @cached_property
    def was_digested(self) -> bool:
        """Whether a digest told of the statement."""
        return DigestItem.objects.filter(edition__statement=self.statement).exists()


def audience(tidings: Tidings, frequency: str) -> Readers:
    """Return the subscribers it concerns who take news this often, each once, with the `language` they get it in."""
    if tidings.kind in CORRECTIONS:
        holders = _holders(tidings)
        return holders if frequency == Frequency.IMMEDIATE else holders.none()
    readers = _not_paused(_interested(tidings, frequency), tidings, frequency)
    return _not_told(_in_best_language(readers, tidings), tidings, frequency)


def _interested(tidings: Tidings, frequency: str) -> Readers:
    """Those subscribed to it when it became public, this often at the most immediate, and still now.

    The frequency of that moment: who changes it between a release and a digest is told neither twice nor never.
    """
    ever = Subscription.objects.matching(tidings.topics).filter(subscriber=OuterRef("pk"))
    active = then = sooner = ever.active()
    if moment := tidings.moment:
        then = sooner = ever.at(moment)
        # Not for a draft: its moment is to come, or one that staff typed wrong, in the year 1.
        if tidings.release and frequency != Frequency.IMMEDIATE:
            then, sooner = ever.at(moment, since=moment - CHANGING), sooner.filter(started_at__lte=moment - CHANGING)
    subscribers: Readers = Subscriber.objects.filter(Exists(active), Exists(then.filter(frequency=frequency)))
    more_immediate = Frequency.values[: Frequency.values.index(frequency)]
    return subscribers.exclude(Exists(sooner.filter(frequency__in=more_immediate))) if more_immediate else subscribers


def _not_paused(subscribers: Readers, tidings: Tidings, frequency: str) -> Readers:
    """Those who had no pause when it became public.

    A pause that began afterwards ends what is told at once, a digest it only puts off.
    """
    moment = tidings.moment or Now()
    if frequency == Frequency.IMMEDIATE:
        return subscribers.filter(unpaused(moment))
    during = Q(paused_at__lte=moment, paused_until__gt=moment)
    earlier = EarlierPause.objects.filter(during, subscriber=OuterRef("pk"))
    return subscribers.exclude(during).exclude(Exists(earlier))


def unpaused(at: datetime | Now, whose: str = "") -> Q:
    """Return the condition that a subscriber's last pause was over by then; `whose` is the way to them in a lookup."""
    return Q(**{f"{whose}paused_until": None}) | Q(**{f"{whose}paused_until__lte": at})


def _in_best_language(subscribers: Readers, tidings: Tidings) -> Readers:
    """Those who read one of its languages, each with the best; who waits for the first takes no other.

    The first is the first that the site has: one that it gave up is not waited for.
    """
    languages = [language for language in tidings.languages if language in enabled_languages()]
    # By a join. As so many subqueries the same took ten times as long, and PostgreSQL could not guess their outcome.
    best = FilteredRelation("preferences", condition=Q(preferences__language__in=languages))
    subscribers = subscribers.annotate(best=best).filter(best__isnull=False)
    # Named here once: each OuterRef through the relation would be a join of its own.
    subscribers = subscribers.annotate(language=F("best__language"), rank=F("best__rank"))
    better = LanguagePreference.objects.filter(subscriber=OuterRef("pk"), rank__lt=OuterRef("rank"))
    if len(languages) > 1:
        subscribers = subscribers.filter(~Exists(better.filter(language__in=languages)))
    waits = Q(while_missing=Subscriber.WhileMissing.WAIT)
    return subscribers.filter(~waits | ~Q(Exists(better.filter(language__in=enabled_languages()))))


def _not_told(subscribers: Readers, tidings: Tidings, frequency: str) -> Readers:
    """Those who do not have the text, and are not about to, in this language or one they like better.

    An update is told to those who do not have it as it is since then.
    """
    earlier, editions = tidings.other_announcements, _standing(tidings)
    if tidings.kind == Release.Kind.UPDATED:
        editions = editions.filter(release__gte=tidings.release.pk) if tidings.release else editions.none()
    mailed = editions
    if tidings.release and frequency == Frequency.IMMEDIATE:
        # Lines of its own announcement are no reason against another: nobody gets two, and it is being filled just now.
        mailed = editions.exclude(release=tidings.release)
    elif tidings.release:
        own = Announcement.objects.filter(release=tidings.release)
        earlier = [*earlier, *own.values_list("pk", flat=True)]
    if earlier:
        told = Delivery.objects.told().filter(
            subscriber=OuterRef("pk"),
            announcement__in=earlier,
            edition__in=list(mailed.values_list("pk", flat=True)),
            subscriber__preferences__language=F("language"),
            subscriber__preferences__rank__lte=OuterRef("rank"),
        )
        subscribers = subscribers.filter(~Exists(told))
    if tidings.was_digested:
        items = Q(edition__in=list(editions.values_list("pk", flat=True)))
        if frequency != Frequency.IMMEDIATE:
            # A digest that waits tells the text as it stands when it goes, whichever edition it was written for.
            items |= Q(delivery__status=Delivery.Status.WAITING, edition__statement=tidings.statement)
        digested = DigestItem.objects.filter(
            items,
            delivery__in=Delivery.objects.told(),
            delivery__subscriber=OuterRef("pk"),
            delivery__subscriber__preferences__language=F("edition__language"),
            delivery__subscriber__preferences__rank__lte=OuterRef("rank"),
        )
        subscribers = subscribers.filter(~Exists(digested))
    return subscribers


def _standing(tidings: Tidings) -> QuerySet[Edition]:
    """The statement's editions that were not withdrawn before it: whoever has another is told anew."""
    texts = Edition.objects.filter(statement=tidings.statement).standing()
    return texts.exclude(pk__in=texts.withdrawn(before=tidings.release).values("pk"))


def _holders(tidings: Tidings) -> Readers:
    """Those who have the text it corrects and are still subscribers, each in the language they got last.

    Who is still owed the text by itself gets the correction in its place. What a digest owes it tells as it stands
    then: who waits for one hears of a correction there, and of what is withdrawn nothing.
    """
    sent = Delivery.objects.filter(status=Delivery.Status.SENT)
    lines = Delivery.objects.told() if tidings.kind == Release.Kind.CORRECTED else sent
    lines = lines.filter(subscriber=OuterRef("pk"))
    items = DigestItem.objects.filter(delivery__in=sent, delivery__subscriber=OuterRef("pk"))
    # Of one statement each release is later than the last.
    editions = _standing(tidings).filter(language__in=tidings.languages)
    corrected: list[int] = []
    if tidings.release:
        editions = editions.filter(release__lt=tidings.release.pk)
        corrected = list(tidings.release.editions.values_list("pk", flat=True))
    held = list(editions.values_list("pk", flat=True))
    mailed = lines.filter(edition__in=held).order_by("-pk")
    digested = items.filter(edition__in=held).order_by("-delivery")
    active = Subscription.objects.active().filter(subscriber=OuterRef("pk"))
    subscribers: Readers = Subscriber.objects.filter(Exists(active))
    subscribers = subscribers.annotate(
        mailed=Subquery(mailed.values("pk")[:1]), digested=Subquery(digested.values("delivery")[:1])
    )
    by_mail = Subquery(mailed.values("language")[:1])
    by_digest = Subquery(digested.values("edition__language")[:1])
    in_digest = Q(mailed=None) | Q(digested__gt=F("mailed"))
    subscribers = subscribers.annotate(language=Case(When(in_digest, then=by_digest), default=by_mail))
    # Who was told the correction meanwhile, in place of what it corrects, is not told again.
    told = ~Exists(lines.filter(edition__in=corrected)), ~Exists(items.filter(edition__in=corrected))
    return subscribers.filter(*told, language__isnull=False)


def had_in(tidings: Tidings) -> Combinable:
    """Return the SQL that names the language in which each of an audience has the text already; "" if in none.

    By it the words of their mail are chosen. An update says the same to all.
    """
    if tidings.kind == Release.Kind.UPDATED or not (tidings.other_announcements or tidings.was_digested):
        return Value("")
    lines, standing = Delivery.objects.told(), _standing(tidings)
    if tidings.kind in CORRECTIONS:
        # What is only owed is replaced; what a worker holds is likely to arrive.
        lines = lines.filter(Q(status=Delivery.Status.SENT) | Q(lease__isnull=False))
        standing = standing.filter(language__in=tidings.languages)
    had = list(standing.values_list("pk", flat=True))
    mails, items = lines.filter(edition__in=had), DigestItem.objects.filter(edition__in=had)
    parts: list[Combinable] = []
    if tidings.other_announcements:
        mails = mails.filter(subscriber=OuterRef("pk"), announcement__in=tidings.other_announcements)
        parts.append(Subquery(mails.order_by("-pk").values("language")[:1]))
    if tidings.was_digested:
        items = items.filter(delivery__subscriber=OuterRef("pk"), delivery__in=lines)
        parts.append(Subquery(items.order_by("-pk").values("edition__language")[:1]))
    return Coalesce(*parts, Value(""))
