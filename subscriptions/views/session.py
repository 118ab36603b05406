"""Whose preferences this browser has opened."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from subscriptions.links import LinkError, Wish, open_wish, seal_wish
from subscriptions.models import Subscriber
from subscriptions.views.answers import ask_for_link

# Nothing but a link from their inbox sets it: who they are, and in which epoch.
SESSION_KEY = "opened"
SESSION_SECONDS = 3600
# What they asked for on the way in and have not said yes to.
ASKED_FOR = "asked_for"


def signed_in(request: HttpRequest) -> Subscriber | None:
    """Return the subscriber whose preferences are open here, if any."""
    pk, epoch = request.session.get(SESSION_KEY, (None, None))
    return Subscriber.objects.filter(pk=pk, epoch=epoch).first() if pk else None


def open_preferences(request: HttpRequest, subscriber: Subscriber, wish: Wish | None = None) -> None:
    """Open the preferences of this subscriber in this browser, for an hour, with what they asked for."""
    # A session that was there before may be known to somebody else; staff who try the form stay signed in.
    request.session.cycle_key()
    request.session[SESSION_KEY] = subscriber.pk, subscriber.epoch
    if not request.user.is_authenticated:
        request.session.set_expiry(SESSION_SECONDS)
    forget_asked_for(request)
    if wish and wish.topics:
        request.session[ASKED_FOR] = seal_wish(wish)


def asked_for(request: HttpRequest) -> Wish | None:
    """Return what the subscriber asked for on the way in."""
    try:
        return open_wish(request.session[ASKED_FOR]).wish
    except (KeyError, LinkError):
        return None


def forget_asked_for(request: HttpRequest) -> None:
    request.session.pop(ASKED_FOR, None)


def close_preferences(request: HttpRequest) -> None:
    request.session.pop(SESSION_KEY, None)
    forget_asked_for(request)


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
