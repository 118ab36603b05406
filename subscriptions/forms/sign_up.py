"""Asking to become a subscriber, or to get at one's preferences."""

from django import forms
from django.utils.translation import gettext_lazy as _

from subscriptions.addresses import clean_address


class SignUpForm(forms.Form):
    """The box on every page."""

    email = forms.CharField(
        label=_("Your email address"),
        max_length=254,
        error_messages={"required": _("Enter your email address."), "max_length": _("This email address is too long.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr", "spellcheck": "false"}),
        strip=False,
    )

    def clean_email(self) -> str:
        return clean_address(self.cleaned_data["email"])
