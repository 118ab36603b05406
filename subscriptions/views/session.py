"""Whose preferences this browser has opened."""

from django.http import HttpRequest

from subscriptions.models import Subscriber

# Nothing but a link from their inbox sets it.
SESSION_KEY = "subscriber"
SESSION_SECONDS = 3600


def signed_in(request: HttpRequest) -> Subscriber | None:
    """Return the subscriber whose preferences are open here, if any."""
    pk = request.session.get(SESSION_KEY)
    return Subscriber.objects.filter(pk=pk).first() if pk else None


def open_preferences(request: HttpRequest, subscriber: Subscriber) -> None:
    """Open the preferences of this subscriber in this browser, for an hour."""
    # A session that was there before may be known to somebody else; staff who try the form stay signed in.
    request.session.cycle_key()
    request.session[SESSION_KEY] = subscriber.pk
    if not request.user.is_authenticated:
        request.session.set_expiry(SESSION_SECONDS)


def close_preferences(request: HttpRequest) -> None:
    request.session.pop(SESSION_KEY, None)
