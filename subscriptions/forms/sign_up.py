"""Asking to become a subscriber, or to get at one's preferences."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from subscriptions.addresses import clean_address
from subscriptions.forms.choices import ChoicesForm
from subscriptions.links import Wish
from subscriptions.models import Frequency


class SignUpForm(forms.Form):
    """The box on every page: an address, and all that is left open is as the page is."""

    email = forms.CharField(
        label=_("Your email address"),
        max_length=254,
        error_messages={"required": _("Enter your email address."), "max_length": _("This email address is too long.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr", "spellcheck": "false"}),
        strip=False,
    )

    def clean_email(self) -> str:
        return clean_address(self.cleaned_data["email"])

    def wish(self) -> Wish:
        """Return what is asked for."""
        return Wish(self.cleaned_data["email"], (str(get_language()),))


class FullSignUpForm(SignUpForm, ChoicesForm):
    """An address with all choices.

    `preset`: what a link or a form on another site says beforehand: topics by their slugs, each as `topic`, and a
    `frequency`. What the data leave out is as preset: a form on another site has an address, and often no more.
    """

    not_chosen = _("Not chosen")
    field_order = ("email",)

    def __init__(self, data: QueryDict | None = None, *, preset: QueryDict, **kwargs: Any) -> None:
        asked = preset.get("frequency", "")
        frequency = asked if asked in Frequency.values else str(Frequency.IMMEDIATE)
        self.preset_topics = tuple((slug, frequency) for slug in preset.getlist("topic"))
        super().__init__(data, wish=Wish("", (str(get_language()),), self.preset_topics), **kwargs)
        if data is not None:
            self.data = {**self.initial, **data.dict()}

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.preset_topics and not self.chosen_topics():
            raise ValidationError(_("The topic this form was made for is no longer there. Choose others, or none."))
        return self.cleaned_data

    def wish(self) -> Wish:
        self.address = self.cleaned_data["email"]
        return ChoicesForm.wish(self)
