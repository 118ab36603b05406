"""django-post_office with its defaults, but for the size of a batch."""

from common_settings import *  # noqa: F403

INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "post_office"]
EMAIL_BACKEND = "post_office.EmailBackend"
POST_OFFICE = {"BATCH_SIZE": 2500}
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
