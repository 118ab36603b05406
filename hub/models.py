"""Whom the hub tells of a feed, and what it was asked to do. The row is the queue, as in the ledger of the mails.

A line is due, then held by a worker under a lease, then settled or due again. First try, retry and recovery after a
crash are one query: the lines that are due.
"""

import random
import uuid
from datetime import timedelta
from typing import Any, ClassVar, Self

from django.db import models, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

BATCH = 32
# Longer than a batch takes in which nobody answers.
LEASE = timedelta(minutes=2)
# Of a callback and a feed: both together are a key, and PostgreSQL's indexes hold no longer one.
URL_LENGTH = 1000


class OwedQuerySet(models.QuerySet[Any]):
    def claim(self) -> list[Any]:
        """Take some of these that are due; nobody else takes them before their lease runs out."""
        lease = uuid.uuid4()
        with transaction.atomic():
            # On SQLite the row locks are no-ops, and the transaction, IMMEDIATE, is the lock.
            due = self.filter(due_at__lte=Now()).order_by("due_at", "pk").select_for_update(skip_locked=True)
            taken = list(due.values_list("pk", flat=True)[:BATCH])
            self.model.objects.filter(pk__in=taken).update(
                due_at=Now() + LEASE, lease=lease, attempts=F("attempts") + 1
            )
        return list(self.model.objects.filter(pk__in=taken, lease=lease))

    def held(self, line: "Owed") -> Self:
        """The line, if it is still held under the lease it was claimed with: asked anew meanwhile, it is not."""
        return self.filter(pk=line.pk, lease=line.lease)


class Owed(models.Model):
    """That a callback is owed a request about a feed."""

    callback = models.CharField(_("callback"), max_length=URL_LENGTH)
    host = models.CharField(_("host"), max_length=253, db_index=True)
    topic = models.CharField(_("feed"), max_length=URL_LENGTH)
    secret = models.CharField(max_length=199, blank=True, editable=False)
    # When to try (again). While a worker holds the line this is when its lease runs out.
    due_at = models.DateTimeField(_("due"), db_default=Now())
    lease = models.UUIDField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), db_default=0)

    objects: ClassVar = OwedQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.host}: {self.topic}"

    def put_off(self) -> None:
        """Let it be tried again: after half a minute, then twice as long each time, six hours at most."""
        # Scattered by a quarter: what was put off together should not come back together.
        seconds = min(30 * 2 ** min(self.attempts - 1, 10), 6 * 3600) * random.uniform(0.75, 1.25)  # noqa: S311
        type(self).objects.held(self).update(due_at=Now() + timedelta(seconds=seconds), lease=None)


class Intent(Owed):
    """What somebody asked of the hub for a callback. It is done when the callback confirms it (WebSub, section 5.3)."""

    class Mode(models.TextChoices):
        SUBSCRIBE = "subscribe"
        UNSUBSCRIBE = "unsubscribe"

    mode = models.CharField(_("mode"), max_length=11, choices=Mode)
    lease_seconds = models.PositiveIntegerField(_("seconds"))

    class Meta(Owed.Meta):
        verbose_name = _("intent")
        verbose_name_plural = _("intents")
        constraints: ClassVar = [models.UniqueConstraint(fields=["callback", "topic"], name="intent_of_callback")]


class ListenerQuerySet(OwedQuerySet):
    def behind(self, state: int) -> Self:
        """Those who were not told yet of what is public now, or may have to be."""
        return self.filter(until__gt=Now()).exclude(seen=state)

    def expired(self) -> Self:
        return self.filter(until__lte=Now())


class Listener(Owed):
    """A machine that is told of a feed's changes, until some moment. Ended by it, by time, or when it stays silent."""

    until = models.DateTimeField(_("until"), db_index=True)
    # The state of the public when it was last looked after, and the ETag of the feed as it has it.
    seen = models.BigIntegerField(editable=False)
    told = models.CharField(max_length=64, editable=False)

    objects: ClassVar = ListenerQuerySet.as_manager()

    class Meta(Owed.Meta):
        verbose_name = _("listener")
        verbose_name_plural = _("listeners")
        constraints: ClassVar = [models.UniqueConstraint(fields=["callback", "topic"], name="listener_of_callback")]
