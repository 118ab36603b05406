"""What several pages answer: to links that do nothing any more, and to those who have not opened their preferences."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from subscriptions.forms import SignUpForm
from subscriptions.links import Wish
from subscriptions.views.asking import NotNow, ask_for_letter

# The button on a link that does nothing any more.
AGAIN = "again"


def broken_link(request: HttpRequest) -> HttpResponse:
    """Answer a link that is none of ours, or not whole."""
    return render(request, "subscriptions/broken_link.html", status=404)


def used_link(request: HttpRequest, wish: Wish | None = None, *, expired: bool = False, **initial: Any) -> HttpResponse:
    """Answer a link that has done its work, or is too old.

    Its button asks for a new one for the same wish; where there is none, a form asks for the address.
    """
    context = {"wish": wish, "expired": expired, "form": SignUpForm(initial=initial)}
    if wish is None or AGAIN not in request.POST:
        return render(request, "subscriptions/used_link.html", context, status=410)
    try:
        ask_for_letter(request, wish)
    except NotNow as problem:
        return problem.said_on(render(request, "subscriptions/used_link.html", {**context, "problem": problem}))
    return redirect("subscriptions:check_inbox")


def ask_for_link(request: HttpRequest) -> HttpResponse:
    """Answer who has not opened their preferences here: offer to send the link that does."""
    return render(request, "subscriptions/sign_up.html", {"form": SignUpForm(), "for_preferences": True})


def say(request: HttpRequest, sentence: str, **names: object) -> None:
    """Have the next page say what was done, with names in it that may run the other way than the sentence."""
    # Between isolates, and not in <bdi>: the message is plain text until it is shown.
    messages.success(request, sentence % {key: f"\u2068{name}\u2069" for key, name in names.items()})
