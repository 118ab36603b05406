"""Asking for another address."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from subscriptions.forms.sign_up import SignUpForm
from subscriptions.models import Subscriber


class AddressForm(SignUpForm):
    """One address, and not the one they have. Whose it is besides, only a letter to it says."""

    def __init__(self, *args: Any, subscriber: Subscriber, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subscriber = subscriber
        self.fields["email"].label = gettext_lazy("New email address")

    def clean_email(self) -> str:
        address = super().clean_email()
        if address.lower() == self.subscriber.email.lower():
            raise ValidationError(_("Your updates come to this address already. Enter another one."))
        return address
