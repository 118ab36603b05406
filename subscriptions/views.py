"""Sign-up, preferences, leaving. A GET asks and a POST acts, everywhere: mail scanners follow links."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from statements.languages import language_name
from subscriptions import links, signing_up
from subscriptions.forms import PreferencesForm, SignUpForm
from subscriptions.models import Subscriber, Subscription
from subscriptions.suppressing import end_subscriptions
from subscriptions.tasks import NotSent, request_link

# Whose preferences this browser has opened. Nothing but a link from their inbox sets it.
SESSION_KEY = "subscriber"
SESSION_SECONDS = 3600


# No token against forgery: the form carries no authority, and a reader who only reads gets no cookie.
@csrf_exempt
@never_cache
def sign_up(request: HttpRequest) -> HttpResponse:
    """The one form: to sign up or to get at one's preferences. It answers the same for every address."""
    form = SignUpForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "subscriptions/sign_up.html", {"form": form}, status=422 if form.is_bound else 200)
    wish = links.Wish(form.cleaned_data["email"], (str(get_language()),))
    try:
        request_link(links.seal_wish(wish))
    except NotSent:
        form.add_error(None, _("We could not send the message just now. Please try again in a few minutes."))
        return render(request, "subscriptions/sign_up.html", {"form": form}, status=503)
    return redirect("subscriptions:check_inbox")


@require_safe
def check_inbox(request: HttpRequest) -> HttpResponse:
    """What to do next; the same whoever asked."""
    return render(request, "subscriptions/check_inbox.html")


@never_cache
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether the wish is theirs; the button makes them a subscriber and opens their preferences."""
    try:
        signed = links.open_wish(token)
    except links.LinkError:
        return _broken(request)
    if signed.expired:
        return _used_up(request, email=signed.wish.email)
    if request.method != "POST":
        names = [language_name(language) for language in signed.wish.languages]
        return render(request, "subscriptions/confirm.html", {"wish": signed.wish, "languages": names})
    subscriber = signing_up.confirm(signed)
    if subscriber is None:
        return _used_up(request, email=signed.wish.email)
    _open_preferences(request, subscriber)
    return redirect("subscriptions:welcome")


@never_cache
def sign_in(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for a press of the button, which opens the preferences once."""
    try:
        subscriber, sign_ins = links.read_sign_in(token)
    except links.LinkError:
        return _broken(request)
    if subscriber is None or subscriber.sign_ins > sign_ins + 1:
        return _used_up(request)
    if request.method != "POST":
        return render(request, "subscriptions/sign_in.html", {"subscriber": subscriber})
    if not signing_up.sign_in(subscriber, sign_ins):
        return _used_up(request)
    _open_preferences(request, subscriber)
    return redirect("subscriptions:preferences")


@never_cache
def preferences(request: HttpRequest, *, welcome: bool = False) -> HttpResponse:
    """A subscriber's choices; without a sign-in, the form that asks for a link to them."""
    subscriber = _signed_in(request)
    if subscriber is None:
        return render(request, "subscriptions/sign_up.html", {"form": SignUpForm(), "for_preferences": True})
    form = PreferencesForm(request.POST if request.method == "POST" else None, subscriber=subscriber)
    saved = form.is_bound and form.is_valid()
    if saved:
        form.save()
        request.session["saved"] = True
        return redirect("subscriptions:preferences")
    context = {
        "form": form,
        "subscriber": subscriber,
        "welcome": welcome,
        "saved": request.session.pop("saved", False),
        "nothing": not subscriber.subscriptions.active().exists(),
    }
    return render(request, "subscriptions/preferences.html", context, status=422 if form.is_bound else 200)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Close the preferences on this browser."""
    request.session.pop(SESSION_KEY, None)
    return redirect("statements:latest")


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
        return _broken(request)
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


def _signed_in(request: HttpRequest) -> Subscriber | None:
    pk = request.session.get(SESSION_KEY)
    return Subscriber.objects.filter(pk=pk).first() if pk else None


def _open_preferences(request: HttpRequest, subscriber: Subscriber) -> None:
    # A session that was there before may be known to somebody else; staff who try the form stay signed in.
    request.session.cycle_key()
    request.session[SESSION_KEY] = subscriber.pk
    if not request.user.is_authenticated:
        request.session.set_expiry(SESSION_SECONDS)


def _broken(request: HttpRequest) -> HttpResponse:
    return render(request, "subscriptions/broken_link.html", status=404)


def _used_up(request: HttpRequest, **initial: Any) -> HttpResponse:
    return render(request, "subscriptions/used_link.html", {"form": SignUpForm(initial=initial)}, status=410)
