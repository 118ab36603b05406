"""Who hears it: subscribers, what they asked for, and the ledger of what they are owed."""

from datetime import datetime
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from statements.languages import enabled_languages
from statements.models import LANGUAGE_CHOICES, Edition, Release, Topic
from subscriptions import lookups  # noqa: F401  # registers them
from subscriptions.addresses import address_hash


class Weekday(models.IntegerChoices):
    """ISO 8601's numbers of the days."""

    MONDAY = 1, _("Monday")
    TUESDAY = 2, _("Tuesday")
    WEDNESDAY = 3, _("Wednesday")
    THURSDAY = 4, _("Thursday")
    FRIDAY = 5, _("Friday")
    SATURDAY = 6, _("Saturday")
    SUNDAY = 7, _("Sunday")


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    def at(self, address: str) -> "Subscriber | None":
        """Return the subscriber at this address, however its letters are cased."""
        return self.alias(lowered=Lower("email")).filter(lowered=address.lower()).first()


class Subscriber(models.Model):
    """A person at one address, who said yes."""

    class WhileMissing(models.TextChoices):
        NEXT = "next", _("Send it in my next language")
        WAIT = "wait", _("Wait for my first language")

    email = models.EmailField(_("email address"), max_length=254)
    while_missing = models.CharField(
        _("while the first language is missing"), max_length=4, choices=WhileMissing, default=WhileMissing.NEXT
    )
    # When their digests come; what they left open is as the site has it.
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, db_default="")
    digest_hour = models.PositiveSmallIntegerField(
        _("hour of the digests"), null=True, blank=True, validators=[MaxValueValidator(23)]
    )
    digest_weekday = models.PositiveSmallIntegerField(
        _("day of the weekly digest"), null=True, blank=True, choices=Weekday
    )
    # When they chose another time for their digests; of several such choices soon after each other, the first.
    digest_moved_at = models.DateTimeField(null=True, editable=False)
    # A pause began at the one and ends by itself at the other: what becomes public between them is not sent to them.
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed"), db_default=Now())
    # How often they signed in. A sign-in link is for one number only, so it serves once.
    sign_ins = models.PositiveIntegerField(default=0, editable=False)
    signed_in_at = models.DateTimeField(_("last signed in"), null=True, editable=False)
    # Counts up when all their sessions and pending links shall be void: each is good in one epoch only.
    epoch = models.PositiveIntegerField(db_default=0, editable=False)

    objects: ClassVar = SubscriberQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscriber")
        verbose_name_plural = _("subscribers")
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="subscriber_email"),
            models.CheckConstraint(
                condition=Q(paused_at=None, paused_until=None) | Q(paused_until__gt=F("paused_at")),
                name="subscriber_pause",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def languages(self) -> list[str]:
        """Their languages in order, the enabled ones."""
        chosen = [preference.language for preference in self.preferences.all()]
        return [language for language in chosen if language in enabled_languages()]

    @property
    def language(self) -> str:
        """The language to speak to them in."""
        return next(iter(self.languages), settings.LANGUAGE_CODE)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone they live by; the site's, if they named none, or one that is no more."""
        try:
            return ZoneInfo(self.time_zone or settings.TIME_ZONE)
        except (KeyError, ValueError, OSError):
            return ZoneInfo(settings.TIME_ZONE)

    @property
    def is_paused(self) -> bool:
        return self.paused_until is not None and self.paused_until > timezone.now()

    def set_languages(self, languages: list[str]) -> None:
        """Replace their languages by these, in this order."""
        self.preferences.all().delete()
        LanguagePreference.objects.bulk_create(
            LanguagePreference(subscriber=self, language=language, rank=rank) for rank, language in enumerate(languages)
        )


class EarlierPause(models.Model):
    """A pause that another followed, kept while a digest may look back to it."""

    subscriber = models.ForeignKey(Subscriber, models.CASCADE, related_name="earlier_pauses")
    paused_at = models.DateTimeField()
    paused_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.paused_at:%Y-%m-%d %H:%M}–{self.paused_until:%Y-%m-%d %H:%M}"


class LanguagePreference(models.Model):
    """One of a subscriber's languages, and its place in their order: 0 is the first."""

    subscriber = models.ForeignKey(Subscriber, models.CASCADE, related_name="preferences")
    language = models.CharField(_("language"), max_length=7, choices=LANGUAGE_CHOICES)
    rank = models.PositiveSmallIntegerField(_("rank"))

    class Meta:
        verbose_name = _("language preference")
        verbose_name_plural = _("language preferences")
        ordering: ClassVar = ["subscriber", "rank"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscriber", "language"], name="preference_language"),
            models.UniqueConstraint(fields=["subscriber", "rank"], name="preference_rank"),
        ]

    def __str__(self) -> str:
        return f"{self.rank + 1}. {self.language}"


class AddressChange(models.Model):
    """That a subscriber's address was changed, and may be changed back. When the old one was told, it stands in
    the undo link alone.

    Who undoes one undoes all that came after it: their rows go, and with them their own undo links.
    """

    subscriber = models.ForeignKey(Subscriber, models.CASCADE, related_name="address_changes")
    changed_at = models.DateTimeField(_("changed"), db_default=Now())
    # What the undo link has in it, sealed, until the old address is told: whoever changed it may be a thief.
    untold = models.TextField(db_default="", editable=False)

    class Meta:
        verbose_name = _("change of address")
        verbose_name_plural = _("changes of address")

    def __str__(self) -> str:
        return f"{self.changed_at:%Y-%m-%d %H:%M}"


class Frequency(models.TextChoices):
    IMMEDIATE = "immediate", _("At once")
    DAILY = "daily", _("Once a day")
    WEEKLY = "weekly", _("Once a week")


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def active(self) -> Self:
        return self.filter(ended_at=None)

    def matching(self, topics: models.QuerySet[Topic]) -> Self:
        """Those to all topics or to one of these."""
        return self.filter(Q(topic=None) | Q(topic__in=topics.values("pk")))

    def at(self, moment: datetime, *, since: datetime | None = None) -> Self:
        """Those that were active at a moment; with `since`, those that were at any time from then on."""
        return self.filter(started_at__lte=moment).filter(Q(ended_at=None) | Q(ended_at__gt=since or moment))

    def end(self, because: str, moment: datetime | Now = Now()) -> int:  # noqa: B008
        """End those that are active, and return how many they were."""
        return self.active().update(ended_at=moment, ended_because=because)


class Subscription(models.Model):
    """That a subscriber hears of a topic, or of all topics, and how often. Ended, never deleted."""

    class Ended(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
        ONE_CLICK = "one-click", _("unsubscribed by one click in the mail program")
        PREFERENCES = "preferences", _("changed in the preferences")
        BY_STAFF = "by-staff", _("ended by staff")
        BOUNCED = "bounced", _("the address does not exist")
        COMPLAINED = "complained", _("complained of unwanted mail")

    subscriber = models.ForeignKey(Subscriber, models.CASCADE, related_name="subscriptions")
    topic = models.ForeignKey(
        Topic, models.PROTECT, null=True, blank=True, verbose_name=_("topic"), help_text=_("None is all topics.")
    )
    frequency = models.CharField(_("frequency"), max_length=9, choices=Frequency, default=Frequency.IMMEDIATE)
    started_at = models.DateTimeField(_("started"), db_default=Now())
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_because = models.CharField(_("because"), max_length=12, choices=Ended, blank=True)

    objects: ClassVar = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subscriber", "topic"], condition=Q(ended_at=None), name="subscription_to_topic"
            ),
            models.UniqueConstraint(
                fields=["subscriber"], condition=Q(ended_at=None, topic=None), name="subscription_to_all"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic or _('All topics')}, {self.get_frequency_display()}"


class Suppression(models.Model):
    """An address that must not be mailed, known by its hash alone."""

    class Reason(models.TextChoices):
        BOUNCED = "bounced", _("the address does not exist")
        COMPLAINED = "complained", _("complained of unwanted mail")
        REQUESTED = "requested", _("asked never to be mailed")

    address_hash = models.CharField(max_length=64, unique=True, editable=False)
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    created_at = models.DateTimeField(_("since"), db_default=Now())

    class Meta:
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")

    def __str__(self) -> str:
        return f"{self.address_hash[:12]}…"

    @classmethod
    def covers(cls, address: str) -> bool:
        """Tell whether this address must not be mailed."""
        return cls.objects.filter(address_hash=address_hash(address)).exists()


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def under_way(self) -> Self:
        """Those whose lines may be sent: neither completed nor paused."""
        return self.filter(completed_at=None, paused_at=None)


class Announcement(models.Model):
    """That a release is being told to its readers: the header of its lines in the ledger."""

    release = models.OneToOneField(Release, models.PROTECT, verbose_name=_("release"))
    created_at = models.DateTimeField(_("begun"), db_default=Now())
    filled_at = models.DateTimeField(_("ledger filled"), null=True, blank=True)
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)
    pause_reason = models.CharField(_("because"), max_length=500, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)

    objects: ClassVar = AnnouncementQuerySet.as_manager()

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        indexes: ClassVar = [
            models.Index(fields=["created_at"], condition=Q(completed_at=None), name="announcement_open")
        ]

    def __str__(self) -> str:
        return str(self.release)


class DigestRun(models.Model):
    """One daily or weekly round: those whose digests come at `ends_at`, told of what they were not told of before.

    It looks back to `starts_at`, and for those who come out of a pause to before it.
    """

    frequency = models.CharField(_("frequency"), max_length=9, choices=Frequency)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    created_at = models.DateTimeField(_("begun"), db_default=Now())

    class Meta:
        verbose_name = _("digest run")
        verbose_name_plural = _("digest runs")
        constraints: ClassVar = [models.UniqueConstraint(fields=["frequency", "ends_at"], name="digest_run_once")]

    def __str__(self) -> str:
        return f"{self.get_frequency_display()}, {self.ends_at:%Y-%m-%d %H:%M}"


class DigestClock(models.Model):
    """Up to when all digests that were due have been begun. It has one row; who holds it begins them."""

    looked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.looked_at)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def waiting(self) -> Self:
        return self.filter(status=Delivery.Status.WAITING)

    def told(self) -> Self:
        """Those whose reader has the text, or is about to."""
        return self.filter(status__in=[Delivery.Status.SENT, Delivery.Status.WAITING])

    def due(self) -> Self:
        """Those to hand over now: owed, not held by a worker, not put off.

        First try, retry and recovery after a crash are all this one question.
        """
        return self.waiting().filter(due_at__lte=Now())

    def settle(self, status: "Delivery.Status", reason: str = "") -> int:
        """Close those that are waiting, and return how many they were.

        They are locked first, and asked once more under their lock: an UPDATE with a condition on another table would
        wait for a line that is just being recorded as sent, and then cancel it all the same. Locked by number, in the
        order in which workers record what they sent, so that neither waits for the other for ever.
        """
        with transaction.atomic():
            waiting = self.waiting().order_by("pk").select_for_update(of=("self",))
            numbers = set(waiting.values_list("pk", flat=True))
            closed = {"status": status, "settled_at": Now(), "reason": reason[:500]}
            return Delivery.objects.filter(pk__any=numbers).update(**closed)


class Delivery(models.Model):
    """A line of the ledger: one mail owed to one subscriber, and how far it is."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")
        EXPIRED = "expired", _("expired")

    # Without the database's own constraints, which take more time than writing the lines: announcements, runs and
    # editions are never deleted, and a line whose reader was erased while it was written is cancelled when it is taken.
    announcement = models.ForeignKey(
        Announcement,
        models.PROTECT,
        null=True,
        related_name="deliveries",
        db_constraint=False,
        db_index=False,
        verbose_name=_("announcement"),
    )
    digest_run = models.ForeignKey(
        DigestRun,
        models.PROTECT,
        null=True,
        related_name="deliveries",
        db_constraint=False,
        db_index=False,
        verbose_name=_("digest run"),
    )
    subscriber = models.ForeignKey(
        Subscriber,
        models.SET_NULL,
        null=True,
        related_name="deliveries",
        db_constraint=False,
        verbose_name=_("subscriber"),
    )
    edition = models.ForeignKey(
        Edition, models.PROTECT, null=True, db_constraint=False, db_index=False, verbose_name=_("edition")
    )
    language = models.CharField(_("language"), max_length=7, choices=LANGUAGE_CHOICES)
    # The language in which its reader had the text before, if they had: it decides the words of the mail.
    had_in = models.CharField(_("had it before in"), max_length=7, choices=LANGUAGE_CHOICES, blank=True, db_default="")
    status = models.CharField(_("status"), max_length=9, choices=Status, db_default=Status.WAITING)
    created_at = models.DateTimeField(_("owed since"), db_default=Now())
    # When to try (again). While a worker holds the line this is when its lease runs out.
    due_at = models.DateTimeField(_("due"), db_default=Now())
    # Who holds it: only the worker that made this number may record what became of the mail, save that it was sent.
    lease = models.UUIDField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), db_default=0)
    # How often whoever held it died or froze with it. Not an attempt: the relay is not to be asked less often for that.
    drops = models.PositiveSmallIntegerField(db_default=0, editable=False)
    settled_at = models.DateTimeField(_("settled"), null=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    reason = models.CharField(_("reason"), max_length=500, db_default="")
    provider_id = models.CharField(_("provider's number"), max_length=255, db_default="")

    objects: ClassVar = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["announcement", "subscriber"],
                condition=Q(announcement__isnull=False),
                name="delivery_of_announcement",
            ),
            models.UniqueConstraint(
                fields=["digest_run", "subscriber"], condition=Q(digest_run__isnull=False), name="delivery_of_digest"
            ),
            models.CheckConstraint(
                condition=Q(announcement=None, digest_run__isnull=False)
                | Q(announcement__isnull=False, digest_run=None),
                name="delivery_of_one",
            ),
        ]
        indexes: ClassVar = [
            # Not by `due_at`: a line is then taken, put off and given back without a change to any index.
            models.Index(fields=["announcement", "id"], condition=Q(status="waiting"), name="delivery_waiting"),
            models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="delivery_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.get_status_display()}"


class DigestItem(models.Model):
    """An edition that a digest tells of. Once it is sent, exactly what it told."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="items")
    edition = models.ForeignKey(Edition, models.PROTECT)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["delivery", "edition"], name="digest_item")]

    def __str__(self) -> str:
        return str(self.edition)


class Pace(models.Model):
    """From when the next mail may go, for a site that sends so many in a second and no more. It has one row."""

    free_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.free_at:%Y-%m-%d %H:%M:%S}"
