"""What staff do to an announcement by hand, in the admin or by a command: each act once, or the reason why not."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils.translation import gettext as _

from subscriptions.delivery import ledger
from subscriptions.models import Announcement


class NotPossible(Exception):
    """Says, in the language of whoever asked, why an act is not possible."""


def pause(number: int, reason: str) -> None:
    """Stop announcement `number` until it is resumed. Raises NotPossible."""
    with _open(number) as announcement:
        if announcement.paused_at:
            raise NotPossible(_("Announcement %(number)s is paused already.") % {"number": number})
        ledger.pause(announcement, reason)


def resume(number: int) -> None:
    """Let announcement `number` go on where it stopped. Raises NotPossible."""
    with _open(number) as announcement:
        if not announcement.paused_at:
            raise NotPossible(_("Announcement %(number)s is not paused.") % {"number": number})
        ledger.resume(announcement)


def cancel(number: int, reason: str) -> int:
    """Tell nobody else of announcement `number`; return how many mails will not be sent. Raises NotPossible."""
    with _open(number) as announcement:
        return ledger.cancel(announcement, reason)


@contextmanager
def _open(number: int) -> Iterator[Announcement]:
    """Hold an announcement that is not closed: of two who press a button at once, the second finds it done."""
    with transaction.atomic():
        announcement = Announcement.objects.select_for_update().filter(pk=number).first()
        if announcement is None:
            raise NotPossible(_("There is no announcement %(number)s.") % {"number": number})
        if announcement.cancelled_at:
            raise NotPossible(_("Announcement %(number)s is cancelled already.") % {"number": number})
        if announcement.completed_at:
            raise NotPossible(_("Announcement %(number)s is completed: nothing of it waits.") % {"number": number})
        yield announcement
