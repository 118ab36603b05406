"""What a subscriber chose, and chooses anew."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from subscriptions.choosing import choose, choose_languages
from subscriptions.forms.choices import ChoicesForm
from subscriptions.links import Wish
from subscriptions.models import Subscriber, Suppression


class PreferencesForm(ChoicesForm):
    """All a subscriber may choose. It begins with what they have, and with what they asked for beyond that."""

    def __init__(self, *args: Any, subscriber: Subscriber, asked_for: Wish | None = None, **kwargs: Any) -> None:
        self.subscriber = subscriber
        self.present = _wish_of(subscriber)
        self.begins_with = self.present.joined_by(asked_for) if asked_for else self.present
        super().__init__(*args, wish=self.begins_with, **kwargs)

    def news(self) -> list[tuple[forms.BoundField, str]]:
        """What they asked for beyond what they have: the fields that say so, and what these say."""
        present, begins_with = self.fields_of(self.present), self.fields_of(self.begins_with)
        return [(self[name], self._label(name, value)) for name, value in begins_with.items() if value != present[name]]

    def _label(self, name: str, value: str) -> str:
        field: Any = self.fields[name]  # A choice, as all of them are.
        return str(dict(field.choices)[value])

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.chosen_topics() and Suppression.covers(self.subscriber.email):
            raise ValidationError(
                _("We may not write to this address: it refused our mail, or someone complained. Please contact us.")
            )
        return self.cleaned_data

    def save(self) -> None:
        """Make the preferences so, for mails already under way too."""
        wish = self.wish()
        chosen = dict(wish.topics)
        with transaction.atomic():
            choose_languages(self.subscriber, list(wish.languages), wish.while_missing)
            choose(self.subscriber, {topic: chosen.get(topic.slug if topic else "", "") for topic in self.topics})


def _wish_of(subscriber: Subscriber) -> Wish:
    active = subscriber.subscriptions.active().values_list("topic__slug", "frequency")
    topics = tuple((slug or "", frequency) for slug, frequency in active)
    return Wish(subscriber.email, tuple(subscriber.languages), topics, subscriber.while_missing)
