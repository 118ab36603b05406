"""Being forgotten."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache

from subscriptions.erasing import erase, seal_reader
from subscriptions.models import Subscriber
from subscriptions.tasks import request_erased
from subscriptions.views.answers import ask_for_link
from subscriptions.views.session import SESSION_KEY, close_preferences, signed_in
from subscriptions.views.switching import carried_over, submitted

# Notes in the session that it was done, and nothing of whom: a second press comes without a subscriber.
ERASED = "erased"


@never_cache
def erase_all(request: HttpRequest) -> HttpResponse:
    """Ask whether all that is held of them shall go; the button erases it."""
    subscriber = signed_in(request)
    pressed = submitted(request) is not None
    if subscriber and pressed:
        _erase(request, subscriber, never_again="never_again" in request.POST)
        return redirect("subscriptions:erased")
    if subscriber:
        context = {"subscriber": subscriber, "never_again": "never_again" in carried_over(request)}
        return render(request, "subscriptions/erase.html", context)
    pressed_twice = pressed and {SESSION_KEY, ERASED} & set(request.session.keys())
    return redirect("subscriptions:erased") if pressed_twice else ask_for_link(request)


def _erase(request: HttpRequest, subscriber: Subscriber, *, never_again: bool) -> None:
    last_letter = seal_reader(subscriber.email, str(get_language()))
    erase(subscriber, never_again=never_again)
    close_preferences(request)
    request.session[ERASED] = "never again" if never_again else "once more"
    if not never_again:
        request_erased(last_letter)


@never_cache
def erased(request: HttpRequest) -> HttpResponse:
    """That it was done."""
    never_again = request.session.get(ERASED) == "never again"
    return render(request, "subscriptions/erased.html", {"never_again": never_again})
