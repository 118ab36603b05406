"""What a site must have before it serves anyone. Each error says what to put where."""

from email.utils import getaddresses
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

# Setting, what is wrong, what to put there.
_REQUIRED = [
    ("SECRET_KEY", "a long random string: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"),
    ("ADDRESS_KEY", "another long random string, kept for ever: it keys the hashes of suppressed addresses"),
    ("SITE_URL", "the public address of the site, such as https://statements.example.org"),
    ("DEFAULT_FROM_EMAIL", "the sender of every mail, such as Ministry of Rivers <statements@example.org>"),
    ("WEBHOOK_SECRET", "user:password, both random; give it to your mail provider with the webhook's address"),
    ("REDIS_URL", "the address of Redis or Valkey, such as redis://redis:6379/0"),
]


def _value(name: str) -> Any:
    try:
        return getattr(settings, name)
    except ImproperlyConfigured:
        return None  # Django's own way to say that SECRET_KEY is empty.


@register()
def required_settings(**kwargs: Any) -> list[CheckMessage]:
    """Nothing that a site in production needs is missing. (The embedded mode has a default for each.)"""
    if settings.EMBEDDED:
        return []
    errors: list[CheckMessage] = [
        Error(f"{name} is not set.", hint=f"Set {name} to {hint}.", id=f"config.E{number:03}")
        for number, (name, hint) in enumerate(_REQUIRED, start=1)
        if not _value(name)
    ]
    if not settings.EMAIL_URL and not settings.ANYMAIL_PROVIDER:
        hint = "Set EMAIL_URL to smtp://user:password@host:587/?tls=True, or ANYMAIL_PROVIDER to postmark, mailgun, …"
        errors.append(Error("There is no mail transport.", hint=hint, id="config.E010"))
    if settings.DATABASES["default"]["NAME"] == ":memory:":
        hint = "Set DATABASE_URL to postgres://user:password@host:5432/communique."
        errors.append(Error("DATABASE_URL is not set.", hint=hint, id="config.E011"))
    return errors


@register()
def settings_make_sense(**kwargs: Any) -> list[CheckMessage]:
    """What has a form of its own has it. Where a setting is missing the check above says so."""
    sender = 'Ministry <statements@example.org>; a name with a comma stands in ""'
    brokers = ("redis://", "rediss://", "memory://")
    wrong = [
        ("DEFAULT_FROM_EMAIL", not _is_sender(settings.DEFAULT_FROM_EMAIL), sender),
        ("REPLY_TO", not _is_sender(settings.REPLY_TO), "an address, such as press@example.org"),
        ("WEBHOOK_SECRET", ":" not in settings.WEBHOOK_SECRET, "user:password"),
        ("REDIS_URL", not settings.REDIS_URL.startswith(brokers), "redis://host:6379/0"),
        ("LIST_ID", not settings.LIST_ID.isascii(), "a name in ASCII, such as statements.example.org"),
    ]
    return [
        # Without the value: it may be a secret, and this goes to a log.
        Error(f"{name} cannot be used as it is.", hint=f"Set {name} to {hint}.", id="config.E014")
        for name, is_wrong, hint in wrong
        if is_wrong and getattr(settings, name)
    ]


def _is_sender(text: str) -> bool:
    addresses = getaddresses([text])
    return len(addresses) == 1 and "@" in addresses[0][1].strip("@")


@register()
def mail_transport_exists(**kwargs: Any) -> list[CheckMessage]:
    """The mail backend can be loaded: a misspelt provider would else show at the first mail."""
    try:
        import_string(settings.EMAIL_BACKEND)
    except ImportError as error:
        hint = "Set ANYMAIL_PROVIDER to the name of a module in anymail.backends, such as postmark or amazon_ses."
        return [Error(f"The mail transport cannot be loaded: {error}", hint=hint, id="config.E012")]
    return []


@register()
def lease_outlasts_a_mail(**kwargs: Any) -> list[CheckMessage]:
    """A worker may hold its mails for longer than the slowest answer to one takes."""
    if settings.DELIVERY_LEASE.total_seconds() > 2 * settings.EMAIL_TIMEOUT:
        return []
    hint = "Set DELIVERY_LEASE_SECONDS to more than twice EMAIL_TIMEOUT."
    return [Error("A mail could outlast its lease, and be sent twice.", hint=hint, id="config.E013")]


@register()
def site_url_is_an_origin(**kwargs: Any) -> list[CheckMessage]:
    """SITE_URL is scheme and host alone: mails and feeds build every link from it."""
    parts = urlsplit(settings.SITE_URL)
    if not settings.SITE_URL or (parts.scheme in {"http", "https"} and parts.hostname and not parts.path.strip("/")):
        return []
    hint = "Set SITE_URL to scheme and host alone, such as https://statements.example.org."
    return [Error(f"SITE_URL is not the address of a site: {settings.SITE_URL}", hint=hint, id="config.E020")]
