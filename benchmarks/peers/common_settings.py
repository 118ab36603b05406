"""Django's settings that the peers share. The benchmark says by environment where its servers are."""

import os
from urllib.parse import urlsplit

_database = urlsplit(os.environ["BENCH_DATABASE"])

SECRET_KEY = "the peers' own secret key, of no use anywhere else"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": _database.hostname,
        "PORT": _database.port,
        "USER": _database.username,
        "NAME": _database.path.removeprefix("/"),
    }
}
EMAIL_HOST = "127.0.0.1"
EMAIL_PORT = int(os.environ["BENCH_SMTP_PORT"])
DEFAULT_FROM_EMAIL = "Ministry of Rivers <statements@example.org>"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
