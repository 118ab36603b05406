"""django-newsletter as its manual sets it up, its templates filled with the statement's mail."""

from common_settings import *  # noqa: F403
from letter import WORDS, personal

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sites",
    "sorl.thumbnail",
    "newsletter",
]
SITE_ID = 1
ROOT_URLCONF = "newsletter.urls"
NEWSLETTER_THUMBNAIL = "sorl-thumbnail"

_OWN = "{{ subscription.activation_code }}"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.locmem.Loader",
                    {
                        "newsletter/message/message_subject.txt": WORDS["subject"],
                        "newsletter/message/message.txt": personal(WORDS["text"], _OWN),
                        "newsletter/message/message.html": personal(WORDS["html"], _OWN),
                    },
                )
            ]
        },
    }
]
