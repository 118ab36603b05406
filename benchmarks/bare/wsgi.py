"""A project of one file: no middleware, no database, no template. Its views answer octets that are there already.

BARE names them, each with how many octets it answers: `page=19000 nothing=0`.
"""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(SECRET_KEY="of no use", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], MIDDLEWARE=[], USE_TZ=True)  # noqa: S106


def view(request: HttpRequest, octets: bytes) -> HttpResponse:
    # Without a length the server would send it in chunks, which costs it more.
    return HttpResponse(octets, headers={"Content-Length": str(len(octets))})


urlpatterns = [
    path(name, view, {"octets": b"x" * int(count)})
    for name, count in (view.split("=") for view in os.environ["BARE"].split())
]
application = get_wsgi_application()
