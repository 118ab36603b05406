"""What several pages answer: to links that do nothing any more, and to those who have not opened their preferences."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from subscriptions.forms import SignUpForm
from subscriptions.views.asking import NotNow

# The button on a link that does nothing any more.
AGAIN = "again"


def broken_link(request: HttpRequest) -> HttpResponse:
    """Answer a link that is none of ours, or not whole."""
    return render(request, "subscriptions/broken_link.html", status=404)


def used_link(
    request: HttpRequest, ask_again: Callable[[], None] | None = None, *, expired: bool = False
) -> HttpResponse:
    """Answer a link that has done its work, or is too old.

    Its button has a new one for the same sent by `ask_again`, which may raise NotNow; where nothing can be sent for it,
    a form asks for the address.
    """
    # Not the function itself: a template would call it.
    context = {"again": ask_again is not None, "expired": expired, "form": SignUpForm()}
    if ask_again is None or AGAIN not in request.POST:
        return render(request, "subscriptions/used_link.html", context, status=410)
    try:
        ask_again()
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
