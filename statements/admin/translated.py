"""Forms for what has a column per language: every field in the language and direction of what is written in it."""

from collections.abc import Iterable
from typing import Any

from django.forms import Field
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info
from modeltranslation.admin import TranslationAdmin
from modeltranslation.utils import build_localized_fieldname

from statements.languages import direction, enabled_languages, language_name


def language_label(language: str) -> SafeString:
    """Return the language's name in itself, and in the language of whoever reads it if that is another."""
    own, ours = language_name(language), str(get_language_info(language)["name_translated"])
    if own.casefold() == ours.casefold():
        return format_html("{}", own)
    return format_html('<bdi lang="{}" dir="{}">{}</bdi> · {}', language, direction(language), own, ours)


def in_language(text: str, language: str) -> SafeString:
    return format_html('<bdi lang="{}" dir="{}">{}</bdi>', language, direction(language), text)


def columns(name: str, languages: Iterable[str] | None = None) -> list[str]:
    """Return the names of a translated field's columns in these languages, or in those that are enabled."""
    return [build_localized_fieldname(name, language) for language in languages or enabled_languages()]


class TranslatedAdmin(TranslationAdmin):  # type: ignore[type-arg]
    """A model admin that knows which language each column is in. Only columns named in `get_fieldsets` are shown."""

    class Media:
        css = {"all": ["admin/statements/statements.css"]}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Field | None:
        field: Field | None = super().formfield_for_dbfield(db_field, request, **kwargs)
        language = getattr(db_field, "language", None)
        if field is not None and language:
            self.fit(field, db_field, language)
        if field is not None and db_field.name in ("slug", "source_url"):
            field.widget.attrs["dir"] = "ltr"  # Parts of an address, on a page from the right too.
        return field

    def fit(self, field: Field, db_field: Any, language: str) -> None:
        """Make the form field one for text in `language`."""
        field.widget.attrs |= {"lang": language, "dir": direction(language)}
        # A browser cuts what is pasted at `maxlength` without a word; the form says what is too long.
        field.widget.attrs.pop("maxlength", None)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> list[dict[str, dict[str, list[str]]]]:
        """Name fields in the history with their language: on the form their heading says it."""
        for name in form.changed_data:
            form.fields[name].label = getattr(self.opts.get_field(name), "verbose_name", name)
        message: list[dict[str, dict[str, list[str]]]] = super().construct_change_message(request, form, formsets, add)
        return message
