"""What a form on another site is to say."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from statements.languages import language_choices
from statements.models import Topic
from subscriptions.models import Frequency


class EmbeddingForm(forms.Form):
    """Topics, frequency, language and words of a sign-up form for another site."""

    frequency = forms.ChoiceField(label=_("How often"), choices=Frequency)
    words = forms.CharField(label=_("Words above the field"), max_length=200, required=False)
    button = forms.CharField(label=_("Words on the button"), max_length=50, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.topics = sorted(Topic.objects.all(), key=str)
        self.fields["language"] = forms.ChoiceField(label=_("Language"), choices=language_choices())
        self.fields["topic"] = forms.MultipleChoiceField(
            label=_("Topics"),
            choices=[(topic.slug, str(topic)) for topic in self.topics],
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )

    def chosen_topics(self) -> list[Topic]:
        return [topic for topic in self.topics if topic.slug in self.cleaned_data["topic"]]

    def preset(self) -> list[str]:
        """Return the slugs that the form is to preset: "" for all topics, none where that goes without saying."""
        without_saying = self.cleaned_data["frequency"] == Frequency.IMMEDIATE
        return [topic.slug for topic in self.chosen_topics()] or ([] if without_saying else [""])
