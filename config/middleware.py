"""What no view should have to think of."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse


def forget_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Read a query without its NULs, and answer 400 to one in a cookie: PostgreSQL fails on them in any look-up."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if any("\0" in value for value in request.COOKIES.values()):
            raise BadRequest
        while "%00" in (query := request.META.get("QUERY_STRING", "")):  # What is left of %0%000 is another.
            request.META["QUERY_STRING"] = query.replace("%00", "")
        return get_response(request)

    return middleware
