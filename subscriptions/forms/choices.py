"""The choices of a reader, as signing up and the preferences both offer them."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from statements.languages import enabled_languages, language_choices
from statements.models import Topic
from subscriptions.forecast import forecast, in_words
from subscriptions.links import Wish
from subscriptions.models import Frequency, Subscriber

# First, second, third … A select each, so that it works without a script and by keyboard.
MOST_LANGUAGES = 4


class ChoicesForm(forms.Form):
    """Topics with how often, languages in order, what to do while one is missing.

    It begins with what a wish has, and what is chosen is a wish again.
    """

    not_chosen: str | Promise = gettext_lazy("Not at all")

    while_missing = forms.ChoiceField(
        label=gettext_lazy("If a statement is not in my first language yet"),
        choices=Subscriber.WhileMissing.choices,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, wish: Wish, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address = wish.email
        self.topics: list[Topic | None] = [None, *sorted(Topic.objects.select_related("category"), key=_in_categories)]
        self.forecast = forecast(_languages_of_mails(wish))
        self._add_topics()
        self._add_languages()
        self.initial = {**self.fields_of(wish), **self.initial}

    def _add_topics(self) -> None:
        for topic in self.topics:
            expected = self.forecast.get(topic.pk if topic else None, {})
            choices = [
                ("", self.not_chosen),
                *((value, _often(label, expected.get(value, 0))) for value, label in Frequency.choices),
            ]
            label = str(topic) if topic else _("All topics")
            self.fields[_topic_field(topic)] = forms.ChoiceField(label=label, choices=choices, required=False)

    def _add_languages(self) -> None:
        labels = [_("First language"), _("Second language"), _("Third language"), _("Fourth language")]
        names = language_choices()
        for rank in range(min(MOST_LANGUAGES, len(names))):
            choices = names if rank == 0 else [("", _("No other language")), *names]
            field = forms.ChoiceField(label=labels[rank], choices=choices, required=rank == 0)
            self.fields[f"language_{rank}"] = field

    def fields_of(self, wish: Wish) -> dict[str, str]:
        """Return the values of the fields that say what the wish says. Topics that are gone are left out."""
        chosen = dict(wish.topics)
        languages = [language for language in wish.languages if language in enabled_languages()]
        return {
            "while_missing": wish.while_missing,
            **{_topic_field(topic): chosen.get(_slug(topic), "") for topic in self.topics},
            **{f.name: "".join(languages[rank : rank + 1]) for rank, f in enumerate(self.language_fields())},
        }

    def mails_about_all(self) -> str:
        """How many mails to expect from all topics, at once."""
        return in_words(self.forecast.get(None, {}).get(Frequency.IMMEDIATE, 0))

    def all_topics(self) -> forms.BoundField:
        return self[_topic_field(None)]

    def topic_groups(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        """The topics by category, under its name; last, under no name if there are no others, those without one."""
        topics = [topic for topic in self.topics if topic]
        are_sorted = any(topic.category_id for topic in topics)
        for _number, group in groupby(topics, key=lambda topic: topic.category_id):
            members = list(group)
            without = _("Other topics") if are_sorted else ""
            yield str(members[0].category or without), [self[_topic_field(topic)] for topic in members]

    def language_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("language_")]

    def clean(self) -> dict[str, Any]:
        seen: set[str] = set()
        for field in self.language_fields():
            language = self.cleaned_data.get(field.name)
            if language and language in seen:
                self.add_error(field.name, _("Choose each language only once."))
            seen.add(language or "")
        return self.cleaned_data

    def chosen_topics(self) -> tuple[tuple[str, str], ...]:
        chosen = [(_slug(topic), self.cleaned_data.get(_topic_field(topic))) for topic in self.topics]
        return tuple((slug, frequency) for slug, frequency in chosen if frequency)

    def wish(self) -> Wish:
        """Return what was chosen."""
        languages = [self.cleaned_data[field.name] for field in self.language_fields()]
        chosen = tuple(language for language in languages if language)
        return Wish(self.address, chosen, self.chosen_topics(), self.cleaned_data["while_missing"])


def _languages_of_mails(wish: Wish) -> tuple[str, ...]:
    """Return in which languages a statement reaches them at once: who waits gets it in their first alone."""
    return wish.languages[:1] if wish.while_missing == Subscriber.WhileMissing.WAIT else wish.languages


def _in_categories(topic: Topic) -> tuple[bool, str, int, str]:
    """Sort by the categories' names, and by their own in each; those without a category last."""
    return not topic.category, str(topic.category or ""), topic.category_id or 0, str(topic)


def _often(frequency: str | Promise, mails_a_week: float) -> str:
    # Translators: how often mails come, and how many that is: "Once a day, about 3 a week".
    return _("%(often)s, %(mails)s") % {"often": frequency, "mails": in_words(mails_a_week)}


def _topic_field(topic: Topic | None) -> str:
    return f"topic_{topic.pk}" if topic else "topic_all"


def _slug(topic: Topic | None) -> str:
    return topic.slug if topic else ""
