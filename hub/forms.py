"""What somebody may ask of the hub (WebSub, section 5.1)."""

from datetime import timedelta
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models.functions import Now
from django.http import QueryDict

from hub.models import URL_LENGTH, Intent, Listener
from statements.feeds.selection import is_feed

SHORTEST, USUAL, LONGEST = timedelta(hours=1), timedelta(days=10), timedelta(days=30)


class IntentForm(forms.Form):
    """A request to the hub. Its errors are for the people who wrote the machine that sent it."""

    mode = forms.ChoiceField(choices=Intent.Mode)
    callback = forms.CharField(max_length=URL_LENGTH)
    topic = forms.CharField(max_length=URL_LENGTH)
    secret = forms.CharField(required=False, strip=False)
    lease_seconds = forms.IntegerField(required=False, min_value=0)

    @classmethod
    def of(cls, data: QueryDict) -> "IntentForm":
        return cls({name.removeprefix("hub."): value for name, value in data.items()})

    def clean_callback(self) -> str:
        callback: str = self.cleaned_data["callback"]
        if not _may_be_called(callback):
            raise ValidationError("Give an http: or https: address in ASCII, without user, password or fragment.")
        return callback

    def clean_topic(self) -> str:
        topic: str = self.cleaned_data["topic"]
        if not is_feed(topic):
            raise ValidationError('Give the address of a feed of this site, as its link with rel="self" has it.')
        return topic

    def clean_secret(self) -> str:
        secret: str = self.cleaned_data["secret"]
        if len(secret.encode()) >= 200:
            raise ValidationError("Give a secret of less than 200 bytes.")
        return secret

    def clean_lease_seconds(self) -> int:
        """Return what was asked for, within our bounds: the hub decides (section 5.1)."""
        wanted = self.cleaned_data["lease_seconds"] or USUAL.total_seconds()
        return int(min(max(wanted, SHORTEST.total_seconds()), LONGEST.total_seconds()))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if callback := cleaned.get("callback"):
            cleaned["host"] = urlsplit(callback).hostname
            if cleaned.get("topic") and self._are_too_many(cleaned):
                raise ValidationError("There are too many callbacks on this host.")
        return cleaned

    def _are_too_many(self, cleaned: dict[str, Any]) -> bool:
        """Tell whether a host has all the callbacks it may have. One that is known already may always ask again."""
        others = [
            model.objects.filter(host=cleaned["host"]).exclude(callback=cleaned["callback"], topic=cleaned["topic"])
            for model in (Intent, Listener)
        ]
        return any(lines.count() >= settings.HUB_CALLBACKS_PER_HOST for lines in others)

    def save(self) -> None:
        """Note the intent, in place of one that the same callback has already for this feed."""
        key = {name: self.cleaned_data.pop(name) for name in ("callback", "topic")}
        defaults = {**self.cleaned_data, "due_at": Now(), "lease": None, "attempts": 0}
        Intent.objects.update_or_create(**key, defaults=defaults)


def _may_be_called(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return url.isascii() and url.isprintable() and " " not in url and _is_plain(parts)
    except ValueError:
        return False


def _is_plain(parts: SplitResult) -> bool:
    # Below 1024 other protocols listen, to which a request of ours might mean something.
    ports_are_right = parts.port is None or parts.port in (80, 443) or parts.port >= 1024
    return (
        parts.scheme in ("http", "https")
        and bool(parts.hostname)
        and ports_are_right
        and not (parts.username or parts.password or parts.fragment)
    )
