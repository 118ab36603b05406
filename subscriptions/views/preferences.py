"""What a subscriber chooses, behind the link from their inbox."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from subscriptions import links, signing_up
from subscriptions.forms import PreferencesForm
from subscriptions.models import Subscriber
from subscriptions.views.answers import AGAIN, ask_for_link, broken_link, used_link
from subscriptions.views.asking import ask_for_letter
from subscriptions.views.session import (
    asked_for,
    close_preferences,
    for_subscriber,
    forget_asked_for,
    open_preferences,
    signed_in,
)
from subscriptions.views.switching import carried_over, submitted


@never_cache
def sign_in(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for a press of the button, which opens the preferences once."""
    try:
        link = links.read_sign_in(token)
    except links.LinkError:
        return broken_link(request)
    if link.subscriber is None:
        return used_link(request)
    wish = link.wish or links.Wish(link.subscriber.email, (str(get_language()),))
    ask_again = partial(ask_for_letter, request, wish)
    if link.expired or link.subscriber.sign_ins > link.sign_ins + 1 or AGAIN in request.POST:
        return used_link(request, ask_again, expired=link.expired)
    if request.method != "POST":
        return render(request, "subscriptions/sign_in.html", {"subscriber": link.subscriber})
    if not signing_up.sign_in(link):
        return used_link(request, ask_again)
    open_preferences(request, link.subscriber, link.wish)
    return redirect("subscriptions:preferences")


@never_cache
def preferences(request: HttpRequest, *, welcome: bool = False) -> HttpResponse:
    """A subscriber's choices; without a sign-in, the form that asks for a link to them."""
    subscriber = signed_in(request)
    if subscriber is None:
        return ask_for_link(request)
    form = PreferencesForm(
        submitted(request), subscriber=subscriber, asked_for=asked_for(request), initial=carried_over(request)
    )
    saved = form.is_bound and form.is_valid()
    if saved:
        form.save()
        forget_asked_for(request)
        request.session["saved"] = True
        return redirect("subscriptions:preferences")
    context = {
        "form": form,
        "subscriber": subscriber,
        "welcome": welcome,
        "saved": request.session.pop("saved", False),
    }
    return render(request, "subscriptions/preferences.html", context, status=422 if form.is_bound else 200)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Close the preferences on this browser."""
    close_preferences(request)
    return redirect("statements:latest")


@require_POST
@for_subscriber
def sign_out_everywhere(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """Close the preferences on all browsers, and make links that would open them void."""
    signing_up.sign_out_everywhere(subscriber)
    return sign_out(request)
