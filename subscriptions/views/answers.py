"""What several pages answer: to links that do nothing any more, and to those who have not opened their preferences."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from subscriptions.forms import SignUpForm


def broken_link(request: HttpRequest) -> HttpResponse:
    """Answer a link that is none of ours, or not whole."""
    return render(request, "subscriptions/broken_link.html", status=404)


def used_link(request: HttpRequest, **initial: Any) -> HttpResponse:
    """Answer a link that has done its work, or is too old, and offer a new one."""
    return render(request, "subscriptions/used_link.html", {"form": SignUpForm(initial=initial)}, status=410)


def ask_for_link(request: HttpRequest) -> HttpResponse:
    """Answer who has not opened their preferences here: offer to send the link that does."""
    return render(request, "subscriptions/sign_up.html", {"form": SignUpForm(), "for_preferences": True})


def say(request: HttpRequest, sentence: str, **names: object) -> None:
    """Have the next page say what was done, with names in it that may run the other way than the sentence."""
    # Between isolates, and not in <bdi>: the message is plain text until it is shown.
    messages.success(request, sentence % {key: f"\u2068{name}\u2069" for key, name in names.items()})
