"""From the box on every page to the press of the button that makes a subscriber."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from statements.languages import direction, language_name
from subscriptions import links, signing_up
from subscriptions.forms import FullSignUpForm, SignUpForm
from subscriptions.models import Subscriber
from subscriptions.views.answers import AGAIN, broken_link, used_link
from subscriptions.views.asking import NotNow, ask_for_letter
from subscriptions.views.session import open_preferences
from subscriptions.views.switching import SWITCH, carried_over, submitted


# No token against forgery: the form carries no authority, any site may have it, and a reader who only reads gets no
# cookie.
@csrf_exempt
@never_cache
def sign_up(request: HttpRequest) -> HttpResponse:
    """The box: to sign up or to get at one's preferences. It answers the same for every address."""
    form = SignUpForm(submitted(request), initial=carried_over(request))
    return _take(request, form, "subscriptions/sign_up.html")


@csrf_exempt
@never_cache
def choose(request: HttpRequest) -> HttpResponse:
    """The same with all choices. Links and forms on other sites may have chosen some beforehand."""
    filled_in = _in_this_language(carried_over(request))
    preset = request.GET.copy()
    preset.update(request.POST)
    form = FullSignUpForm(submitted(request), preset=preset, initial=filled_in)
    return _take(request, form, "subscriptions/choose.html")


def _in_this_language(filled_in: dict[str, str]) -> dict[str, str]:
    """Let what the page chose by itself, its own language alone, go with the page."""
    others = [value for name, value in filled_in.items() if name.startswith("language_") and value]
    untouched = bool(filled_in) and others == [filled_in[SWITCH]]
    return {**filled_in, "language_0": str(get_language())} if untouched else filled_in


def _take(request: HttpRequest, form: SignUpForm, template: str) -> HttpResponse:
    """Have the letter sent that the form asks for, or show the form and say what is wrong."""
    if form.is_bound and form.is_valid():
        try:
            ask_for_letter(request, form.wish())
        except NotNow as problem:
            form.add_error(None, str(problem))
            return problem.said_on(render(request, template, {"form": form}))
        return redirect("subscriptions:check_inbox")
    return render(request, template, {"form": form}, status=422 if form.is_bound else 200)


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
    ask_again = partial(ask_for_letter, request, signed.wish)
    if signed.expired or AGAIN in request.POST or signing_up.is_used(signed):
        return used_link(request, ask_again, expired=signed.expired)
    if request.method != "POST":
        return _ask_whether_theirs(request, signed.wish)
    subscriber = signing_up.confirm(signed)
    if subscriber is None:
        return used_link(request, ask_again)
    open_preferences(request, subscriber, signed.wish)
    return redirect("subscriptions:welcome")


def _ask_whether_theirs(request: HttpRequest, wish: links.Wish) -> HttpResponse:
    subscriptions = signing_up.wanted(wish)
    context = {
        "wish": wish,
        "subscriptions": subscriptions,
        "gone": len(subscriptions) < len(wish.topics),
        "languages": [(code, direction(code), language_name(code)) for code in wish.languages],
        "while_missing": Subscriber.WhileMissing(wish.while_missing).label,
    }
    return render(request, "subscriptions/confirm.html", context)
