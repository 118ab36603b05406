"""Unsubscribing, by the link in a mail or by one click in the mail program; and taking that back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from statements.doorbell import ring
from subscriptions import leaving, links
from subscriptions.forms import LeavingForm
from subscriptions.leaving import Act, Left
from subscriptions.models import Subscriber, Subscription
from subscriptions.suppressing import end_subscriptions
from subscriptions.tasks import deliver, request_goodbye
from subscriptions.views.answers import broken_link
from subscriptions.views.switching import carried_over, submitted


# The token is the authority, and a mail program that POSTs for its user (RFC 8058) has no cookie to show.
@csrf_exempt
@never_cache
def unsubscribe(request: HttpRequest, token: str, former_language: str = "") -> HttpResponse:
    """Offer to end what they get, or to make it less; a POST does what was chosen, however often it comes.

    `former_language`: the link stood in a mail in a language that the site has given up since. The query may name the
    statement that the mail was about.
    """
    try:
        subscriber = links.read_unsubscribe(token)
    except links.LinkError:
        return broken_link(request)
    if request.POST.get("List-Unsubscribe") == "One-Click":
        return _one_click(subscriber)
    if subscriber is None:
        return render(request, "subscriptions/unsubscribed.html")
    initial = carried_over(request)
    form = LeavingForm(submitted(request), subscriber=subscriber, statement=_statement(request), initial=initial)
    return _leave(request, form) if form.is_bound and form.is_valid() else _ask(request, form)


def _one_click(subscriber: Subscriber | None) -> HttpResponse:
    """End everything. No goodbye follows by mail: the mail program has promised silence."""
    if subscriber:
        end_subscriptions(subscriber, Subscription.Ended.ONE_CLICK)
    return HttpResponse("Unsubscribed.\n", content_type="text/plain")


def _statement(request: HttpRequest) -> int | None:
    number = request.GET.get("statement", "")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else None


def _ask(request: HttpRequest, form: LeavingForm) -> HttpResponse:
    if not form.active:
        return render(request, "subscriptions/unsubscribed.html")
    return render(request, "subscriptions/unsubscribe.html", {"form": form}, status=422 if form.is_bound else 200)


def _leave(request: HttpRequest, form: LeavingForm) -> HttpResponse:
    left = form.leave()
    if left is None:
        return _ask(request, form)
    token = left.seal()
    if form.active and not form.subscriber.subscriptions.active().exists():
        request_goodbye(token, str(get_language()))
    return redirect("subscriptions:left", token)


# For the reason given above.
@csrf_exempt
@never_cache
def left(request: HttpRequest, token: str) -> HttpResponse:
    """Say what was done, and for a day offer to take it back; a POST does."""
    try:
        left = Left.open(token)
    except links.LinkError:
        return broken_link(request)
    if request.method == "POST" and leaving.undo(left):
        ring(deliver)
        return redirect("subscriptions:left", token)
    subscriber = Subscriber.objects.filter(pk=left.subscriber).first()
    active = subscriber and list(subscriber.subscriptions.active().select_related("topic").order_by("pk"))
    undone = subscriber is None or leaving.is_undone(left, subscriber)
    if undone and not active:
        return render(request, "subscriptions/unsubscribed.html")
    ended = left.ended()
    context = {
        "left": left,
        "subscriber": subscriber,
        "ended": ended,
        "broke_up_all_topics": left.act == Act.SOME and any(one.topic is None for one in ended),
        "active": active,
        "undone": undone,
        "may_undo": left.holder() is not None,
    }
    return render(request, "subscriptions/left.html", context, status=410 if request.method == "POST" else 200)
