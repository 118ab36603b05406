"""A project of one file: no middleware, no database, no template. Its view answers octets that are there already."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

OCTETS = b"x" * int(os.environ["BARE_OCTETS"])

settings.configure(SECRET_KEY="of no use", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], MIDDLEWARE=[], USE_TZ=True)  # noqa: S106


def view(request: HttpRequest) -> HttpResponse:
    # Without a length the server would send it in chunks, which costs it more.
    return HttpResponse(OCTETS, headers={"Content-Length": str(len(OCTETS))})


urlpatterns = [path("", view)]
application = get_wsgi_application()
