"""What a subscriber chose, and chooses anew."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from statements.languages import enabled_languages, language_name
from statements.models import Topic
from subscriptions.choosing import choose
from subscriptions.models import Frequency, Subscriber, Suppression

# Sources of order: first, second, third … A select each, so that it works without a script and by keyboard.
MOST_LANGUAGES = 4


class PreferencesForm(forms.Form):
    """All a subscriber may choose: topics with how often, languages in order, what to do while one is missing."""

    while_missing = forms.ChoiceField(
        label=_("If a statement is not in my first language yet"),
        choices=Subscriber.WhileMissing.choices,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, subscriber: Subscriber, **kwargs: Any) -> None:
        self.subscriber = subscriber
        self.topics: list[Topic | None] = [None, *sorted(Topic.objects.all(), key=str)]
        super().__init__(*args, **kwargs)
        self.initial = {"while_missing": subscriber.while_missing}
        self._add_topics()
        self._add_languages()

    def _add_topics(self) -> None:
        active = self.subscriber.subscriptions.active()
        chosen: dict[int | None, str] = dict(active.values_list("topic", "frequency"))
        choices = [("", _("Not at all")), *Frequency.choices]
        for topic in self.topics:
            name = _topic_field(topic)
            label = str(topic) if topic else _("All topics")
            self.fields[name] = forms.ChoiceField(label=label, choices=choices, required=False)
            self.initial[name] = chosen.get(topic.pk if topic else None, "")

    def _add_languages(self) -> None:
        labels = [_("First language"), _("Second language"), _("Third language"), _("Fourth language")]
        names = [(code, language_name(code)) for code in enabled_languages()]
        for rank in range(min(MOST_LANGUAGES, len(names))):
            choices = names if rank == 0 else [("", _("No other language")), *names]
            field = forms.ChoiceField(label=labels[rank], choices=choices, required=rank == 0)
            self.fields[f"language_{rank}"] = field
            self.initial[f"language_{rank}"] = "".join(self.subscriber.languages[rank : rank + 1])

    def topic_fields(self) -> Iterator[forms.BoundField]:
        return (self[_topic_field(topic)] for topic in self.topics)

    def language_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("language_")]

    def clean(self) -> dict[str, Any]:
        languages = [self.cleaned_data.get(field.name, "") for field in self.language_fields()]
        chosen = [language for language in languages if language]
        if len(set(chosen)) < len(chosen):
            raise ValidationError(_("Choose each language only once."))
        wanted = [self.cleaned_data.get(_topic_field(topic)) for topic in self.topics]
        if any(wanted) and Suppression.covers(self.subscriber.email):
            raise ValidationError(
                _("We may not write to this address: it refused our mail, or someone complained. Please contact us.")
            )
        return {**self.cleaned_data, "languages": chosen}

    def save(self) -> None:
        """Make the preferences so, for mails already under way too."""
        with transaction.atomic():
            Subscriber.objects.select_for_update().get(pk=self.subscriber.pk)
            self.subscriber.while_missing = self.cleaned_data["while_missing"]
            self.subscriber.save(update_fields=["while_missing"])
            self.subscriber.set_languages(self.cleaned_data["languages"])
            choose(self.subscriber, {topic: self.cleaned_data[_topic_field(topic)] for topic in self.topics})


def _topic_field(topic: Topic | None) -> str:
    return f"topic_{topic.pk}" if topic else "topic_all"
