"""Asking for a letter, within limits. Whoever's address it is, the answer and the work for it are the same."""

from collections.abc import Callable
from math import ceil

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from statements.languages import Count
from subscriptions.links import Wish, seal_wish
from subscriptions.tasks import NotSent, request_link
from subscriptions.throttle import MINUTE, seconds_to_wait


class NotNow(Exception):
    """No letter is sent at present, to anybody. Says why, and when to ask again."""

    def __init__(self, words: str, status: int, seconds: int) -> None:
        super().__init__(words)
        self.status = status
        self.seconds = seconds

    def said_on(self, page: HttpResponse) -> HttpResponse:
        """Make a page that says so say it to machines too."""
        page.status_code = self.status
        page.headers["Retry-After"] = str(self.seconds)
        return page


def ask_for_letter(request: HttpRequest, wish: Wish) -> None:
    """Have the letter sent that answers a wish. Raises NotNow."""
    within_limits(request, lambda: request_link(seal_wish(wish)))


def within_limits(request: HttpRequest, ask: Callable[[], None]) -> None:
    """Have a letter sent by `ask`, which may raise NotSent, unless this visitor or all together asked too often.

    Raises NotNow.
    """
    if seconds := seconds_to_wait(request):
        minutes = Count(ceil(seconds / MINUTE))
        words = ngettext(
            "Too many messages were asked for in a short time. Please try again in %(minutes)s minute.",
            "Too many messages were asked for in a short time. Please try again in %(minutes)s minutes.",
            minutes,
        )
        raise NotNow(words % {"minutes": minutes}, 429, seconds)
    try:
        ask()
    except NotSent:
        words = _("We could not send the message just now. Please try again in a few minutes.")
        raise NotNow(words, 503, 5 * MINUTE) from None
