"""From the box on every page to the press of the button that makes a subscriber."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from statements.languages import language_name
from subscriptions import links, signing_up
from subscriptions.forms import SignUpForm
from subscriptions.tasks import NotSent, request_link
from subscriptions.views.answers import broken_link, used_link
from subscriptions.views.session import open_preferences


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
        return broken_link(request)
    if signed.expired:
        return used_link(request, email=signed.wish.email)
    if request.method != "POST":
        names = [language_name(language) for language in signed.wish.languages]
        return render(request, "subscriptions/confirm.html", {"wish": signed.wish, "languages": names})
    subscriber = signing_up.confirm(signed)
    if subscriber is None:
        return used_link(request, email=signed.wish.email)
    open_preferences(request, subscriber)
    return redirect("subscriptions:welcome")
