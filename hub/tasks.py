"""Doorbells, on a queue of their own: machines of strangers may be slow, and nobody else should wait for them."""

from celery import shared_task

from hub.telling import tell_due
from hub.verifying import verify_due
from statements.doorbell import ring


@shared_task
def verify() -> None:
    """Ask callbacks whether they meant it; if there were any, look again."""
    if verify_due():
        ring(verify)


@shared_task
def tell() -> None:
    """Tell listeners what is new; if there were any, look again, for the time of one task is bounded."""
    if tell_due():
        ring(tell)
