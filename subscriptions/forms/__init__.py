"""What people may ask for."""

from subscriptions.forms.address import AddressForm
from subscriptions.forms.digest_time import DigestTimeForm
from subscriptions.forms.embedding import EmbeddingForm
from subscriptions.forms.leaving import LeavingForm
from subscriptions.forms.pause import PauseForm
from subscriptions.forms.preferences import PreferencesForm
from subscriptions.forms.sign_up import FullSignUpForm, SignUpForm

__all__ = [
    "AddressForm",
    "DigestTimeForm",
    "EmbeddingForm",
    "FullSignUpForm",
    "LeavingForm",
    "PauseForm",
    "PreferencesForm",
    "SignUpForm",
]
