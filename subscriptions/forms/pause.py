"""Asking to be left alone for a while."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy

from subscriptions.models import Subscriber
from subscriptions.pausing import pause

LONGEST = timedelta(days=365)
OUT_OF_RANGE = gettext_lazy("Choose a day from tomorrow to a year from now.")


class PauseForm(forms.Form):
    """Until which day: from tomorrow to a year from now, by the time zone that is active, which should be theirs."""

    until = forms.DateField(
        label=gettext_lazy("Pause until"),
        input_formats=["%Y-%m-%d"],
        error_messages={
            "required": gettext_lazy("Enter the day from which you want updates again."),
            "invalid": gettext_lazy("Enter a day as year, month and day, such as 2027-02-28."),
        },
    )

    def __init__(self, *args: Any, subscriber: Subscriber, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subscriber = subscriber
        today = timezone.localdate()
        self.first, self.last = today + timedelta(days=1), today + LONGEST
        bounds = {"min": self.first.isoformat(), "max": self.last.isoformat()}
        self.fields["until"].widget = forms.DateInput({"type": "date", "dir": "ltr", **bounds}, "%Y-%m-%d")

    def clean_until(self) -> date:
        day: date = self.cleaned_data["until"]
        if not self.first <= day <= self.last:
            raise ValidationError(OUT_OF_RANGE)
        return day

    def save(self) -> bool:
        """Pause until that day begins where they live. Return False, with an error, if it has begun by now."""
        try:
            pause(self.subscriber, datetime.combine(self.cleaned_data["until"], time(), self.subscriber.zone))
        except ValueError:
            self.add_error("until", OUT_OF_RANGE)
        return self.is_valid()
