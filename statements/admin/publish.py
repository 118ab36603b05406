"""The form of *Publish…*: choices become a draft release, shown as it will read and published only as it was shown."""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from statements.admin.translated import language_label
from statements.languages import direction, enabled_languages, listed
from statements.models import Edition, Release, Statement
from statements.publishing import Draft, missing, publish, says_the_same, started_languages
from statements.signals import reviewing
from statements.text import clean_line

Kind = Release.Kind
FARTHEST = timedelta(days=5 * 366)


class LanguageChoices(forms.CheckboxSelectMultiple):
    """Checkboxes, of which those in `closed` cannot be ticked."""

    closed: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        if value in self.closed:
            option["attrs"]["disabled"] = True
        return option


class PublishForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("What this is"), choices=Kind.choices, widget=forms.RadioSelect)
    languages = forms.MultipleChoiceField(label=gettext_lazy("Languages"), required=False, widget=LanguageChoices)
    publish_at = forms.DateTimeField(
        label=gettext_lazy("Public from"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    announce = forms.BooleanField(label=gettext_lazy("Tell subscribers"), required=False)
    # Together they make a double click harmless and a late change visible.
    key = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, statement: Statement) -> None:
        self.statement = statement
        super().__init__(data, initial=self._initial())
        self.fields["languages"].choices = [(language, language) for language in self.offered]  # type: ignore[attr-defined]
        self.fields["languages"].widget.closed = frozenset(self.closed)
        self.fields["kind"].widget.choices = [choice for choice in Kind.choices if choice[0] in self.kinds]
        for language in self.offered:
            self.fields[f"note_{language}"] = _note(language)

    # What there is to choose ---------------------------------------------------------------------------------------

    @cached_property
    def current(self) -> dict[str, Edition]:
        """What the public reads now, by language."""
        editions = Edition.objects.filter(statement=self.statement).current().standing().select_related("release")
        return {edition.language: edition for edition in editions}

    @cached_property
    def offered(self) -> list[str]:
        """The site's languages, and any other in which the statement is still public."""
        return [*enabled_languages(), *(language for language in self.current if language not in enabled_languages())]

    @cached_property
    def lacking(self) -> dict[str, list[str]]:
        found = {language: missing(self.statement, language) for language in self.offered}
        return {language: lacks for language, lacks in found.items() if lacks}

    @cached_property
    def closed(self) -> set[str]:
        """Languages that nothing can be done with: not even a withdrawal."""
        return self.lacking.keys() - self.current.keys()

    @cached_property
    def kinds(self) -> list[str]:
        if not self.current:
            return [Kind.PUBLISHED]
        new = [language for language in self.offered if language not in self.current]
        return [*([Kind.PUBLISHED] if new else []), Kind.UPDATED, Kind.CORRECTED, Kind.WITHDRAWN]

    def _initial(self) -> dict[str, Any]:
        ready = [language for language in self.offered if language not in self.lacking]
        new = [language for language in ready if language not in self.current]
        changed = [
            language
            for language in ready
            if language in self.current and not says_the_same(self.current[language], self.statement)
        ]
        only_changes = self.current and not new
        return {
            "kind": Kind.UPDATED if only_changes else Kind.PUBLISHED,
            "languages": changed if only_changes else new,
            "announce": True,
            "key": uuid.uuid4(),
        }

    def rows(self) -> Iterator[dict[str, Any]]:
        """One for each language: its checkbox, how far it is, and the note to its readers."""
        for language, checkbox in zip(self.offered, self["languages"], strict=True):
            yield {
                "language": language,
                "direction": direction(language),
                "label": language_label(language),
                "checkbox": checkbox,
                "about": self._about(language),
                "note": self[f"note_{language}"] if self.current and language not in self.closed else None,
            }

    def _about(self, language: str) -> str:
        if language not in started_languages(self.statement) and language not in self.current:
            return _("nothing written yet")
        if language in self.lacking:
            return _("lacks: %(what)s") % {"what": listed(self.lacking[language])}
        if language not in self.current:
            return _("ready")
        if says_the_same(self.current[language], self.statement):
            return _("public, unchanged since")
        return _("public, the text has changed since")

    # What was chosen -----------------------------------------------------------------------------------------------

    def clean_publish_at(self) -> datetime | None:
        moment: datetime | None = self.cleaned_data["publish_at"]
        if moment and moment.year > (timezone.now() + FARTHEST).year:
            raise ValidationError(_("That is more than five years away. Is the year right?"))
        return moment

    def proposal(self) -> Draft | None:
        """Return the release as chosen so far, or None if the choices cannot be read."""
        if not self.is_bound:
            return self._draft(self.initial)
        return self._draft(self.cleaned_data) if self.is_valid() or not self.errors.keys() - {"__all__"} else None

    def _draft(self, choices: Any) -> Draft:
        notes = {language: choices.get(f"note_{language}", "") for language in choices["languages"]}
        return Draft(
            self.statement,
            tuple(language for language in self.offered if language in choices["languages"]),
            kind=str(choices["kind"]),
            notes=notes,
            publish_at=choices.get("publish_at"),
            announce=choices["announce"],
        )

    def publish(self, *, by: Any) -> Release | None:
        """Release what was reviewed and return it, the same if it is sent twice. None, with errors, if it cannot be."""
        if not self.is_valid():
            return None
        draft = self._draft(self.cleaned_data)
        key = uuid.uuid5(self.cleaned_data["key"], draft.fingerprint())
        if self.cleaned_data["seen"] != draft.fingerprint():
            self.add_error(None, _("This is not what you last looked at. Look through it below, then publish it."))
            return None
        try:
            return publish(draft, by=by, key=key)
        except ValidationError:
            return None  # The review of the same draft says what is wrong with it.


def _note(language: str) -> forms.CharField:
    field = forms.CharField(
        label=_("Note to readers: what changed, and why"),
        required=False,
        max_length=600,
        widget=forms.Textarea({"lang": language, "dir": direction(language), "rows": 2}),
    )
    field.widget.attrs.pop("maxlength", None)  # A browser would cut what is pasted, without a word.
    field.clean = lambda value: clean_line(forms.CharField.clean(field, value))  # type: ignore[method-assign]
    return field


def review(draft: Draft | None) -> dict[str, Any]:
    """Return what the page shows of a draft: its problems, its editions as they will read, and whom they reach."""
    if draft is None:
        return {"editions": [], "audience": [], "problems": [], "seen": ""}
    try:
        draft.clean()
        problems = []
    except ValidationError as error:
        problems = error.messages
    return {
        "draft": draft,
        "problems": problems,
        "editions": [(edition, as_it_will_read(edition)) for edition in _previewed(draft)],
        "audience": [html for _receiver, html in reviewing.send(sender=Draft, draft=draft)],
        "seen": "" if problems else draft.fingerprint(),
    }


def _previewed(draft: Draft) -> list[Edition]:
    release = Release(statement=draft.statement, kind=draft.kind, publish_at=draft.publish_at or timezone.now())
    editions = draft.editions()
    for edition in editions:
        edition.release = release
    return editions


def as_it_will_read(edition: Edition) -> str:
    """Return the edition as its page shows it."""
    with override(edition.language):
        return render_to_string("statements/content.html", {"edition": edition, "heading": True})
