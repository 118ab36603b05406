"""Whose preferences this browser has opened."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from subscriptions.models import Subscriber
from subscriptions.views.answers import ask_for_link

# Nothing but a link from their inbox sets it: who they are, and in which epoch.
SESSION_KEY = "opened"
SESSION_SECONDS = 3600


def signed_in(request: HttpRequest) -> Subscriber | None:
    """Return the subscriber whose preferences are open here, if any."""
    pk, epoch = request.session.get(SESSION_KEY, (None, None))
    return Subscriber.objects.filter(pk=pk, epoch=epoch).first() if pk else None


def open_preferences(request: HttpRequest, subscriber: Subscriber) -> None:
    """Open the preferences of this subscriber in this browser, for an hour."""
    # A session that was there before may be known to somebody else; staff who try the form stay signed in.
    request.session.cycle_key()
    request.session[SESSION_KEY] = subscriber.pk, subscriber.epoch
    if not request.user.is_authenticated:
        request.session.set_expiry(SESSION_SECONDS)


def close_preferences(request: HttpRequest) -> None:
    request.session.pop(SESSION_KEY, None)


def for_subscriber(view: Callable[[HttpRequest, Subscriber], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Give the view the subscriber whose preferences are open, and their time; ask everybody else for their address."""

    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        subscriber = signed_in(request)
        if subscriber is None:
            return ask_for_link(request)
        with timezone.override(subscriber.zone):
            return view(request, subscriber)

    return wrapped
