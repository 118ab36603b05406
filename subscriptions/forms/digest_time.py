"""When digests shall come."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from subscriptions.choosing import move_digests
from subscriptions.delivery.periods import DigestTime
from subscriptions.local_time import hour_choices, usual_name, weekday_choices, zone_choices, zone_name
from subscriptions.models import Subscriber


class DigestTimeForm(forms.Form):
    """A subscriber's time zone, and by it the hour of both digests and the day of the weekly one."""

    time_zone = forms.ChoiceField(label=_("Your time zone"))
    digest_hour = forms.TypedChoiceField(label=_("Time of your digests"), coerce=int)
    digest_weekday = forms.TypedChoiceField(label=_("Day of your weekly digest"), coerce=int)

    def __init__(self, *args: Any, subscriber: Subscriber, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subscriber = subscriber
        language = str(get_language())
        # What they left open is as the site has it.
        zone = usual_name(subscriber.time_zone or settings.TIME_ZONE)
        hour = settings.DIGEST_HOUR if subscriber.digest_hour is None else subscriber.digest_hour
        weekday = subscriber.digest_weekday or settings.DIGEST_WEEKDAY
        self.initial = {"time_zone": zone, "digest_hour": hour, "digest_weekday": weekday, **self.initial}
        choices: dict[str, Any] = {
            "time_zone": _with(zone, language),
            "digest_hour": hour_choices(language),
            "digest_weekday": weekday_choices(language),
        }
        for name, values in choices.items():
            self.fields[name].choices = values  # type: ignore[attr-defined]

    def save(self) -> Subscriber:
        """Have their digests come then, from the next one on."""
        chosen = self.cleaned_data
        time = DigestTime(chosen["time_zone"], chosen["digest_hour"], chosen["digest_weekday"])
        move_digests(self.subscriber, time)
        return self.subscriber


def _with(zone: str, language: str) -> list[Any]:
    """Return the choices of a zone, before them the one that is chosen if it is none of a place: UTC is not."""
    places = zone_choices(language)
    known = any(zone == value for _region, zones in places for value, _name in zones)
    return places if known else [(zone, zone_name(zone, language)), *places]
