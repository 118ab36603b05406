from subscriptions.forms.embedding import EmbeddingForm
from subscriptions.forms.preferences import PreferencesForm
from subscriptions.forms.sign_up import FullSignUpForm, SignUpForm

__all__ = ["EmbeddingForm", "FullSignUpForm", "PreferencesForm", "SignUpForm"]
