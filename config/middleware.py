"""What no view should have to think of."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse


def refuse_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer 400 to a NUL in a cookie or a query: no browser sends one, and PostgreSQL fails on it in any look-up."""

    def middleware(request: HttpRequest) -> HttpResponse:
        values = [*request.COOKIES.values(), *(value for _, values in request.GET.lists() for value in values)]
        if any("\0" in value for value in values):
            raise BadRequest
        return get_response(request)

    return middleware
