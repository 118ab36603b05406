"""What readers may look for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from statements.models import EditionQuerySet
from statements.ways import NARROWED, Ways

# What the field takes. The view takes any length: there is no error to show to who wrote the address by hand.
LONGEST = 200

LABELS = {"topic": _("Topic"), "type": _("Type"), "issuer": _("Issuer"), "year": _("Year")}


class SearchForm(forms.Form):
    """Words, and lists to look in. What does not exist is left out: no search is an error."""

    q = forms.CharField(
        label=_("Search statements"),
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "maxlength": LONGEST}),
    )

    def __init__(self, *args: Any, ways: Ways, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, found in ways.items():
            used = [(way.slug, str(way)) for way in found if way.is_used]
            self.fields[kind] = forms.ChoiceField(label=LABELS[kind], required=False, choices=[("", _("All")), *used])

    def narrowing(self) -> list[forms.BoundField]:
        return [self[kind] for kind in LABELS]

    def is_narrowed(self) -> bool:
        return any(self.cleaned_data.get(kind) for kind in LABELS)

    def search(self, editions: EditionQuerySet, language: str) -> EditionQuerySet:
        """Return those of these editions in a language that the form asks for."""
        self.full_clean()
        asked = self.cleaned_data
        if query := asked.get("q"):
            editions = editions.matching(query, language)
        for kind, narrowed in NARROWED.items():
            if slug := asked.get(kind):
                editions = narrowed(editions, slug)
        return editions
