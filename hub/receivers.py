"""What the hub does when something happens elsewhere."""

from typing import Any

from django.dispatch import receiver

from hub.tasks import tell
from statements.doorbell import ring
from statements.signals import released


@receiver(released, dispatch_uid="hub.tell")
def tell_of_release(sender: Any, **kwargs: Any) -> None:
    """Nudge: the clock would find the release too, some seconds later."""
    ring(tell)
