"""The WSGI application that gunicorn serves: `gunicorn config.wsgi`."""

import os
from io import StringIO

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

from config.celery import app, ring_as_it_begins

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
# A site that lacks a setting does not start. Only Django's own server would look without being told.
call_command("check", stdout=StringIO())
# What a bell takes is loaded here, and not while the first person to sign up, or to publish, waits for an answer.
app.finalize()
ring_as_it_begins()
