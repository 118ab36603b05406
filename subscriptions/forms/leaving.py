"""What one may leave by the link in a mail."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from statements.languages import listed
from subscriptions import leaving
from subscriptions.leaving import Left
from subscriptions.models import Frequency, Subscriber

EVERYTHING = "everything"


class LeavingForm(forms.Form):
    """Everything, what the mail was about, one subscription; or only less, or a break."""

    choice = forms.ChoiceField(
        label=gettext_lazy("What would you like to stop getting?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose what you would like to stop getting."),
            "invalid_choice": gettext_lazy("You do not get this any more. Please choose again."),
        },
    )

    def __init__(self, *args: Any, subscriber: Subscriber, statement: int | None, **kwargs: Any) -> None:
        """`statement`: what the mail was about, if the link says so."""
        super().__init__(*args, **kwargs)
        self.initial = {"choice": EVERYTHING, **self.initial}
        self.subscriber = subscriber
        self.active = list(subscriber.subscriptions.active().select_related("topic").order_by("pk"))
        self.names: dict[str, str] = {}
        self._acts: dict[str, Callable[[], Left | None]] = {}
        self._add(EVERYTHING, _("Everything"), leaving.leave_everything)
        self._add_what_it_was_about(statement)
        self._add_each()
        self._number_of_stops = len(self.names)
        self._add_less()
        self.fields["choice"].choices = self.names.items()  # type: ignore[attr-defined]

    def _add(self, value: str, name: str, act: Callable[..., Left | None], *what: Any) -> None:
        self.names[value], self._acts[value] = name, partial(act, self.subscriber, *what)

    def _add_what_it_was_about(self, statement: int | None) -> None:
        topics = leaving.topics_of(statement) if statement else []
        brought_it = [one for one in self.active if one.topic is None or one.topic in topics]
        leaves_some = len(brought_it) < len(self.active) or any(one.topic is None for one in brought_it)
        if topics and brought_it and leaves_some:
            names = _("Statements on %(topics)s") % {"topics": listed(topics)}
            self._add("about", names, leaving.leave_topics, topics)

    def _add_each(self) -> None:
        for one in self.active if len(self.active) > 1 else []:
            name = f"{one.topic or _('All topics')} · {one.get_frequency_display()}"
            self._add(f"subscription-{one.pk}", name, leaving.leave_one, one)

    def _add_less(self) -> None:
        frequencies = {one.frequency for one in self.active}
        if Frequency.IMMEDIATE in frequencies:
            self._add(Frequency.DAILY, _("Everything in one message a day"), leaving.take_less, Frequency.DAILY)
        if frequencies - {Frequency.WEEKLY}:
            self._add(Frequency.WEEKLY, _("Everything in one message a week"), leaving.take_less, Frequency.WEEKLY)
        if leaving.may_take_a_break(self.subscriber):
            self._add("break", _("Nothing for four weeks"), leaving.take_a_break)

    def breaks_up_all_topics(self) -> bool:
        """Tell whether there is something to stop that leaves, of all topics, those of today."""
        return "about" in self.names and any(one.topic is None for one in self.active)

    def stops(self) -> list[Any]:
        """Return the buttons of what may be stopped."""
        return list(self["choice"])[: self._number_of_stops]

    def less(self) -> list[Any]:
        """Return the buttons of what may be had instead."""
        return list(self["choice"])[self._number_of_stops :]

    def leave(self) -> Left | None:
        """Do what was chosen."""
        return self._acts[self.cleaned_data["choice"]]()
