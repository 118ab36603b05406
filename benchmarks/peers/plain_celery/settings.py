"""A Django project that sends by Celery as one would at first: its defaults, Django's EmailMultiAlternatives."""

from common_settings import *  # noqa: F403

INSTALLED_APPS = ["readers"]
