"""What the site serves beside its pages."""

import mimetypes

from django.conf import settings
from django.db import connection
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control

from config.colours import style_sheet

DAY = 24 * 60 * 60


def health(request: HttpRequest) -> HttpResponse:
    """Answer 200 if this process reaches the database: for the health check of a container or a balancer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


@cache_control(public=True, max_age=DAY)
def logo(request: HttpRequest) -> FileResponse:
    """The institution's own logo."""
    if not settings.SITE_LOGO:
        raise Http404
    return FileResponse(settings.SITE_LOGO.open("rb"), content_type=mimetypes.guess_type(settings.SITE_LOGO)[0])


@cache_control(public=True, max_age=DAY)
def colours(request: HttpRequest) -> HttpResponse:
    """The institution's own colours: a style sheet over site.css."""
    if not settings.BRAND_COLOUR:
        raise Http404
    return HttpResponse(style_sheet(settings.BRAND_COLOUR), content_type="text/css")
