"""What people may ask for."""

from subscriptions.forms.preferences import PreferencesForm
from subscriptions.forms.sign_up import SignUpForm

__all__ = ["PreferencesForm", "SignUpForm"]
