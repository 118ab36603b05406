"""Unsubscribing, by the link in a mail or by one click in the mail program."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from subscriptions import links
from subscriptions.models import Subscriber, Subscription
from subscriptions.suppressing import end_subscriptions
from subscriptions.views.answers import broken_link


# The token is the authority, and a mail program that POSTs for its user (RFC 8058) has no cookie to show.
@csrf_exempt
@never_cache
def unsubscribe(request: HttpRequest, token: str, former_language: str = "") -> HttpResponse:
    """Offer to end one subscription or all; a POST ends them, however often it comes.

    `former_language`: the link stood in a mail in a language that the site has given up since.
    """
    try:
        subscriber = links.read_unsubscribe(token)
    except links.LinkError:
        return broken_link(request)
    if subscriber is None:
        return render(request, "subscriptions/unsubscribed.html", {"everything": True})
    return _end(request, subscriber) if request.method == "POST" else _ask_what_to_end(request, subscriber)


def _ask_what_to_end(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    active = subscriber.subscriptions.active().select_related("topic")
    template = "unsubscribe" if active.exists() else "unsubscribed"
    return render(request, f"subscriptions/{template}.html", {"subscriptions": active, "everything": True})


def _end(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    if request.POST.get("List-Unsubscribe") == "One-Click":
        end_subscriptions(subscriber, Subscription.Ended.ONE_CLICK)
        return HttpResponse("Unsubscribed.\n", content_type="text/plain")
    chosen = request.POST.get("subscription", "")
    active = {str(subscription.pk): subscription for subscription in subscriber.subscriptions.active()}
    if chosen and chosen not in active:
        return _ask_what_to_end(request, subscriber)  # Ended meanwhile, or nobody's: better asked than ended all.
    end_subscriptions(subscriber, Subscription.Ended.UNSUBSCRIBED, only=active.get(chosen))
    everything = not subscriber.subscriptions.active().exists()
    return render(request, "subscriptions/unsubscribed.html", {"everything": everything})
