"""Every setting of a site, from the environment. `.env.example` is the manual to it.

A value that is there but wrong stops the start with the variable's name. A value that production must not lack
is asked for by the system checks in `config/checks.py`, all of them at once, each saying what to put there.
"""

import json
import os
import secrets
import sys
from datetime import time, timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import dj_email_url
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import Env, validate

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()


def _count(name: str, default: int, least: int = 1) -> int:
    """Read a number that makes sense from `least` on."""
    error = f"{name}: a whole number, {least} or more"
    number: int = env.int(name, default, validate=validate.Range(min=least, error=error))
    return number


def _hours(name: str) -> tuple[time, time] | None:
    """Read from when until when, such as 22:00-07:00."""
    value = env.str(name, "")
    try:
        begin, end = [time.fromisoformat(part.strip()) for part in value.split("-")] if value else (None, None)
    except ValueError:
        raise ImproperlyConfigured(f"{name}: from when until when, such as 22:00-07:00") from None
    return (begin, end) if begin and end else None


def _file(name: str) -> Path | None:
    """Read the path of a file that must be there; one that is not absolute begins at the project's folder."""
    value = env.str(name, "")
    if value and not (BASE_DIR / value).is_file():
        raise ImproperlyConfigured(f"{name}: there is no file {BASE_DIR / value}")
    return BASE_DIR / value if value else None


def _suffix(language: str) -> str:
    """Return what a variable's name ends in for a language: ZH_HANS."""
    return language.upper().replace("-", "_")


def _links(name: str) -> list[tuple[str, str]]:
    """Read names with addresses: Privacy https://example.org/privacy, Contact https://example.org/contact"""
    written: list[str] = env.list(name, [])
    links = []
    for link in written:
        text, _space, address = link.strip().rpartition(" ")
        if not text or not address.startswith(("https://", "http://", "mailto:", "/")):
            raise ImproperlyConfigured(
                f"{name}: write Privacy https://example.org/privacy, Contact mailto:a@example.org"
            )
        links.append((text.strip(), address))
    return links


# How it runs -------------------------------------------------------------------------------------------------------

# Embedded: one process, SQLite, mails shown on the Mailbox page. It only chooses other defaults and adds the Mailbox
# application; no code asks for it.
EMBEDDED = env.bool("EMBEDDED", False)
if EMBEDDED:
    env.read_env(BASE_DIR / "config" / "embedded" / "samples" / "site.env")
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var")))


def _kept_secret(name: str) -> str:
    """A random secret of the embedded mode: made once and kept in DATA_DIR, so that links survive a restart."""
    path = DATA_DIR / name
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()


DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", _kept_secret("secret_key") if EMBEDDED else "")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])

SITE_URL = env.str("SITE_URL", "http://localhost:8000" if EMBEDDED else "").rstrip("/")
SITE_NAME = env.str("SITE_NAME", "") or "Communiqué"
SITE_LOGO = _file("SITE_LOGO")
BRAND_COLOUR = env.str(
    "BRAND_COLOUR", "", validate=validate.Regexp("(#[0-9a-fA-F]{6})?$", error="BRAND_COLOUR: write it as #0b4a59")
)
SITE_HOST = urlsplit(SITE_URL).hostname or ""
_SECURE = SITE_URL.startswith("https://")

_LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"] if EMBEDDED else []
ALLOWED_HOSTS = [host for host in [SITE_HOST, *_LOCAL_HOSTS, *env.list("ALLOWED_HOSTS", [])] if host]
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL else []

WSGI_APPLICATION = "config.wsgi.application"
ROOT_URLCONF = "config.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "config.apps.ConfigConfig",
    "modeltranslation",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "csp",
    "anymail",
    "django_prose_editor",
    "statements",
    "subscriptions",
    "hub",
]

MIDDLEWARE = [
    "statements.keeping.keep",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.forget_nul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "config.context_processors.site",
            ],
        },
    },
]

# Databases ---------------------------------------------------------------------------------------------------------

# For how long a process that shows no sign of life keeps what it has taken.
_LEASE_SECONDS = _count("DELIVERY_LEASE_SECONDS", 45)

_SQLITE_URL = f"sqlite:///{DATA_DIR / 'communique.sqlite3'}" if EMBEDDED else None
_database: dict[str, Any] = dict(env.dj_db_url("DATABASE_URL", _SQLITE_URL or "sqlite:///:memory:"))
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # Two writers at once: without IMMEDIATE a transaction that reads first and writes later fails instead of waiting.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    _database["CONN_HEALTH_CHECKS"] = True
    _database["OPTIONS"] = {
        # A process that stands still in the middle of a transaction, or whose machine is lost, would hold its locks for
        # as long as PostgreSQL believes in the connection.
        "options": f"-c idle_in_transaction_session_timeout={_LEASE_SECONDS}s",
        # How long to wait for a database whose machine was lost, in milliseconds. TCP alone would wait many minutes.
        "tcp_user_timeout": 20_000,
        **_database.get("OPTIONS", {}),  # what DATABASE_URL ends in, such as ?sslmode=require
        "pool": {
            "min_size": 1,
            # A worker uses two at once.
            "max_size": _count("DATABASE_POOL_SIZE", 8, least=2),
            "timeout": 10,
            # From try to try the pool waits twice as long. After so many seconds it begins anew, or it would not see
            # before another minute that a database is back after one.
            "reconnect_timeout": 5,
        },
    }
DATABASES = {"default": _database}

REDIS_URL = env.str("REDIS_URL", "memory://localhost" if EMBEDDED else "")
if REDIS_URL.startswith(("redis://", "rediss://")):
    CACHES: dict[str, dict[str, Any]] = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# For how long a process believes that nothing changed for the public since it asked.
STATE_SECONDS = 1

# Languages ---------------------------------------------------------------------------------------------------------

USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str(
    "TIME_ZONE",
    "UTC",
    validate=validate.OneOf(available_timezones(), error="TIME_ZONE: a name such as Europe/Paris, Asia/Amman or UTC"),
)

# The columns of a statement. Fixed and broad, because a language added here is a migration; a site enables a subset.
MODELTRANSLATION_LANGUAGES = (
    *("ar", "bn", "de", "en", "es", "fa", "fr", "he", "hi", "id", "it", "ja"),
    *("ko", "pt", "ru", "sw", "tr", "uk", "ur", "vi", "zh-hans", "zh-hant"),
)
MODELTRANSLATION_DEFAULT_LANGUAGE = "en"
MODELTRANSLATION_ENABLE_FALLBACKS = False

_LANGUAGE_NAMES = {
    "ar": _("Arabic"),
    "bn": _("Bengali"),
    "de": _("German"),
    "en": _("English"),
    "es": _("Spanish"),
    "fa": _("Persian"),
    "fr": _("French"),
    "he": _("Hebrew"),
    "hi": _("Hindi"),
    "id": _("Indonesian"),
    "it": _("Italian"),
    "ja": _("Japanese"),
    "ko": _("Korean"),
    "pt": _("Portuguese"),
    "ru": _("Russian"),
    "sw": _("Swahili"),
    "tr": _("Turkish"),
    "uk": _("Ukrainian"),
    "ur": _("Urdu"),
    "vi": _("Vietnamese"),
    "zh-hans": _("Simplified Chinese"),
    "zh-hant": _("Traditional Chinese"),
}
LANGUAGES = [
    (code, _LANGUAGE_NAMES[code])
    for code in env.list(
        "LANGUAGES",
        ["ar", "zh-hans", "en", "fr", "ru", "es", "fa", "ur"],
        validate=[
            validate.Length(min=1, error="LANGUAGES: name at least one"),
            validate.ContainsOnly(
                MODELTRANSLATION_LANGUAGES, error="LANGUAGES: choose from " + ", ".join(MODELTRANSLATION_LANGUAGES)
            ),
        ],
    )
]
LANGUAGE_CODE = env.str(
    "DEFAULT_LANGUAGE",
    "en" if "en" in dict(LANGUAGES) else LANGUAGES[0][0],
    validate=validate.OneOf(dict(LANGUAGES), error="DEFAULT_LANGUAGE: choose one of LANGUAGES"),
)
# What the site is called, in each language: SITE_NAME_AR, SITE_NAME_ZH_HANS … where it is not SITE_NAME.
SITE_NAMES = {code: env.str(f"SITE_NAME_{_suffix(code)}", "") or SITE_NAME for code, _name in LANGUAGES}
# At the foot of every page, in each language: FOOTER_LINKS_AR … where they are not FOOTER_LINKS.
FOOTER_LINKS = {code: _links(f"FOOTER_LINKS_{_suffix(code)}") or _links("FOOTER_LINKS") for code, _name in LANGUAGES}
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]

# Static files ------------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "config" / "static"]
WHITENOISE_USE_FINDERS = EMBEDDED or DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if WHITENOISE_USE_FINDERS
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Feeds -------------------------------------------------------------------------------------------------------------

# Begins the permanent names of feeds and statements, tag:statements.example.org,2026:… (RFC 4151).
TAG_AUTHORITY = env.str(
    "TAG_AUTHORITY",
    f"{SITE_HOST or 'localhost'},2026",
    validate=validate.Regexp(
        r"[a-z0-9.-]+,\d{4}(-\d\d){0,2}\Z", error="TAG_AUTHORITY: a host and a date, statements.example.org,2026"
    ),
)
# Where feeds send those who want to be told of changes (WebSub).
HUB_URL = f"{SITE_URL}/hub/"
HUB_CALLBACKS_PER_HOST = _count("HUB_CALLBACKS_PER_HOST", 2000)
# A callback on a private address could reach what is not meant to be reached.
HUB_PRIVATE_CALLBACKS = EMBEDDED

# Mail --------------------------------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "statements@localhost" if EMBEDDED else "")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
REPLY_TO = env.str("REPLY_TO", "")
MAIL_DOMAIN = parseaddr(DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
# ASCII only, and no phrase before it: a phrase in another script makes Django encode the whole header, id included.
LIST_ID = env.str("LIST_ID", f"statements.{SITE_HOST or 'localhost'}")

EMAIL_URL = env.str("EMAIL_URL", "")
EMAIL_TIMEOUT = _count("EMAIL_TIMEOUT", 20)  # seconds; Django's own default waits for ever
ANYMAIL_PROVIDER = env.str("ANYMAIL_PROVIDER", "")
if ANYMAIL_PROVIDER:
    EMAIL_BACKEND = f"anymail.backends.{ANYMAIL_PROVIDER}.EmailBackend"
elif EMBEDDED and not EMAIL_URL:
    EMAIL_BACKEND = "config.embedded.backend.EmailBackend"
else:
    _smtp = dj_email_url.parse(EMAIL_URL or "smtp://localhost:25")
    if "EMAIL_BACKEND" not in _smtp:
        raise ImproperlyConfigured("EMAIL_URL: write smtp://user:password@host:587/?tls=True")
    EMAIL_BACKEND = _smtp["EMAIL_BACKEND"]
    EMAIL_HOST = _smtp["EMAIL_HOST"]
    EMAIL_PORT = _smtp["EMAIL_PORT"]
    EMAIL_HOST_USER = _smtp["EMAIL_HOST_USER"]
    EMAIL_HOST_PASSWORD = _smtp["EMAIL_HOST_PASSWORD"]
    EMAIL_USE_TLS = _smtp["EMAIL_USE_TLS"]
    EMAIL_USE_SSL = _smtp["EMAIL_USE_SSL"]

# Without it anyone could tell us that any address bounced, and so unsubscribe everyone.
WEBHOOK_SECRET = env.str("WEBHOOK_SECRET", "")
ANYMAIL = {
    # A provider that takes no metadata or tags still sends: they only make its reports easier to match.
    "IGNORE_UNSUPPORTED_FEATURES": True,
    "WEBHOOK_SECRET": WEBHOOK_SECRET,
    **{
        name.removeprefix("ANYMAIL_"): json.loads(value) if value.startswith(("{", "[")) else value
        for name, value in os.environ.items()
        if name.startswith("ANYMAIL_") and name != "ANYMAIL_PROVIDER"
    },
}

# Readers -----------------------------------------------------------------------------------------------------------

# Keys the hashes of suppressed addresses. Its own key, because those hashes must survive a change of SECRET_KEY.
ADDRESS_KEY = env.str("ADDRESS_KEY", _kept_secret("address_key") if EMBEDDED else "")
CONFIRMATION_LIFETIME = timedelta(days=3)
SIGN_IN_LIFETIME = timedelta(hours=1)
# For how long a change of address, and leaving, can be taken back.
ADDRESS_UNDO_LIFETIME = timedelta(days=7)
LEAVING_UNDO_LIFETIME = timedelta(hours=24)
LETTERS_PER_ADDRESS_AND_HOUR = _count("LETTERS_PER_ADDRESS_AND_HOUR", 6)
SIGN_UPS_PER_VISITOR_AND_HOUR = _count("SIGN_UPS_PER_VISITOR_AND_HOUR", 100)
SIGN_UPS_PER_MINUTE = _count("SIGN_UPS_PER_MINUTE", 600)
# In production one proxy speaks HTTPS before the site, at the least.
TRUSTED_PROXIES = env.int(
    "TRUSTED_PROXIES",
    0 if EMBEDDED else 1,
    validate=validate.Range(min=0, error="TRUSTED_PROXIES: how many proxies are before the site, 0 or more"),
)

DIGEST_HOUR = env.int("DIGEST_HOUR", 7, validate=validate.Range(0, 23, error="DIGEST_HOUR: an hour, 0 to 23"))
DIGEST_WEEKDAY = env.int(
    "DIGEST_WEEKDAY", 1, validate=validate.Range(1, 7, error="DIGEST_WEEKDAY: 1 (Monday) to 7 (Sunday)")
)

# How many mails a worker takes at a time, and for how long they are its own: longer than the slowest single mail (the
# lease is renewed between two), and short, because what a lost machine had taken waits for its end.
DELIVERY_BATCH = _count("DELIVERY_BATCH", 1000)
# How many connections, or calls to a provider, a worker has open at once; and how many mails go into one call where a
# provider takes several. What is under way when a process is killed may arrive twice. Two processes stay below what
# mail servers allow one client (Postfix: 50), and a near one is not left without work while a worker takes lines.
DELIVERY_CONNECTIONS = _count("DELIVERY_CONNECTIONS", 16)
DELIVERY_PER_CALL = _count("DELIVERY_PER_CALL", 100)
# How many mails a second all workers together may send; 0 is as many as they can.
DELIVERY_RATE = env.float("DELIVERY_RATE", 0.0, validate=validate.Range(min=0, error="DELIVERY_RATE: 0 or more"))
DELIVERY_QUIET_HOURS = _hours("DELIVERY_QUIET_HOURS")
DELIVERY_LEASE = timedelta(seconds=_LEASE_SECONDS)
# What workers sent and have not recorded yet. The workers of one machine share it: each reads what a dead one left.
DELIVERY_JOURNAL = Path(env.str("DELIVERY_JOURNAL", str(DATA_DIR / "journal")))
# How often a mail is tried: with pauses that grow from 15 seconds to an hour, 56 times are two days. Attempts and not
# hours, so that time in which the relay was away or the announcement paused costs nobody their mail.
DELIVERY_ATTEMPTS = _count("DELIVERY_ATTEMPTS", 56)

if ANYMAIL_PROVIDER == "amazon_ses":
    # boto3 repeats a call by itself: one answer that is lost would become several mails.
    _client: dict[str, Any] = ANYMAIL.setdefault("AMAZON_SES_CLIENT_PARAMS", {})  # type: ignore[assignment]
    _client["config"] = {
        "retries": {"total_max_attempts": 1},
        "max_pool_connections": DELIVERY_CONNECTIONS,
        **_client.get("config", {}),
    }

# Work --------------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"polling_interval": 0.1}
    if REDIS_URL.startswith("memory://")
    # A broker that accepts and never answers must not hold a web request: sign-up falls back to sending by itself.
    else {"socket_timeout": 5, "socket_connect_timeout": 2, "visibility_timeout": 600}
)
CELERY_TASK_IGNORE_RESULT = True
# No worker keeps a bell for later while another could answer it.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_DEFAULT_QUEUE = "deliveries"
# Confirmation and sign-in mails have a queue and workers of their own: a person is waiting for them.
# The short tasks go there too: a release must not wait for a drain to end before its ledger is filled.
CELERY_TASK_ROUTES = {
    "subscriptions.tasks.send_*": {"queue": "letters"},
    "subscriptions.tasks.announce": {"queue": "letters"},
    "subscriptions.tasks.digest": {"queue": "letters"},
    # Callbacks are strangers' machines, and slow if they like: nobody else should wait for them.
    "hub.tasks.*": {"queue": "hub"},
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# After so many tasks, and so never: Celery would close the pool of database connections before and after each of them
# (celery/celery#10554). See give_back_connections in config/celery.py.
CELERY_DB_REUSE_MAX = sys.maxsize
CELERY_BEAT_SCHEDULE = {
    # Each expires when the next is rung: while the workers are away no pile of them grows.
    "announce": {"task": "subscriptions.tasks.announce", "schedule": 10.0, "options": {"expires": 10}},
    "deliver": {"task": "subscriptions.tasks.deliver", "schedule": 10.0, "options": {"expires": 10}},
    "digest": {"task": "subscriptions.tasks.digest", "schedule": 60.0, "options": {"expires": 60}},
    "notices": {"task": "subscriptions.tasks.send_address_notices", "schedule": 60.0, "options": {"expires": 60}},
    "verify": {"task": "hub.tasks.verify", "schedule": 10.0, "options": {"expires": 10}},
    "tell": {"task": "hub.tasks.tell", "schedule": 10.0, "options": {"expires": 10}},
}

# Security ----------------------------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = _SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000 if _SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _SECURE
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
# Preloading binds every host of the institution's domain: theirs to decide, not ours to default to.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = _SECURE
CSRF_COOKIE_SECURE = _SECURE
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"()": "config.logging.TextFormatter"},
        "json": {"()": "config.logging.JsonFormatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": env.str(
                "LOG_FORMAT", "text", validate=validate.OneOf(["text", "json"], error="LOG_FORMAT: text or json")
            ),
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
}

if EMBEDDED:
    INSTALLED_APPS += ["config.embedded"]
