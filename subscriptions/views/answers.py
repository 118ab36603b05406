"""What a link says that does nothing any more."""

from typing import Any

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
