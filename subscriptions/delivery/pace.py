"""How fast and when a site may send: so many mails a second, and none in its quiet hours."""

import math
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from subscriptions.models import Pace


def is_quiet(now: datetime | None = None) -> bool:
    """Tell whether this is one of the site's quiet hours, in its time zone. They may go over midnight."""
    if settings.DELIVERY_QUIET_HOURS is None:
        return False
    begin, end = settings.DELIVERY_QUIET_HOURS
    clock = timezone.localtime(now).time()
    return begin <= clock < end if begin <= end else clock >= begin or clock < end


# With what was reserved so many seconds ago the relay does not keep up.
LATE = 1.0


class Metronome:
    """Gives one worker its beats, so that all workers together keep to DELIVERY_RATE."""

    def __init__(self) -> None:
        self._rate = settings.DELIVERY_RATE
        self._next = 0.0
        self.is_free = not self._rate  # There is no beat to keep to.
        # For how many mails to reserve at a time: those of a second, and never more than a batch.
        self.limit = min(settings.DELIVERY_BATCH, math.ceil(self._rate) or settings.DELIVERY_BATCH)

    def reserve(self, mails: int) -> None:
        """Reserve the next so many beats that no worker has reserved yet."""
        if self.is_free:
            return
        with transaction.atomic():
            Pace.objects.get_or_create(pk=1)
            pace = Pace.objects.select_for_update().annotate(now=Now()).get(pk=1)
            start = max(pace.free_at, pace.now)
            pace.free_at = start + timedelta(seconds=mails / self._rate)
            pace.save(update_fields=["free_at"])
        self._next = time.monotonic() + (start - pace.now).total_seconds()

    @property
    def is_behind(self) -> bool:
        """Whether the next mail is late, or there is no rate."""
        return time.monotonic() - self._next > LATE

    def beats(self) -> bool:
        """Tell whether the next mail may go now, and if so count it as gone."""
        if self.is_free:
            return True
        if time.monotonic() < self._next:
            return False
        self._next += 1 / self._rate
        return True
