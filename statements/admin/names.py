"""Issuers, statement types and topics: a slug, and a name in every language of the site."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import Field, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from statements.admin.translated import TranslatedAdmin, columns, language_label
from statements.languages import enabled_languages, language_name, listed
from statements.models import Issuer, StatementType, Topic, TopicCategory
from statements.publishing import translated
from statements.text import clean_line


class NamedForm(ModelForm):  # type: ignore[type-arg]
    def clean(self) -> dict[str, Any] | None:
        """A name in any language will do: which one that is depends on the site."""
        cleaned = super().clean()
        if not any(clean_line(self.cleaned_data.get(column) or "") for column in columns("name")):
            raise ValidationError(_("Give it a name in at least one language."))
        return cleaned


class NamedAdmin(TranslatedAdmin):
    form: type[ModelForm] = NamedForm  # type: ignore[type-arg]
    fields_of_its_own: tuple[str, ...] = ("slug",)
    list_display: tuple[str, ...] = ("__str__", "slug", "named_in")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [
            (_("Name"), {"fields": columns("name"), "description": self.why_names()}),
            (None, {"fields": self.fields_of_its_own}),
        ]

    def why_names(self) -> str:
        return str(_("A statement can be published only in languages in which this has a name."))

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        return ["slug", *columns("name")]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Sequence[str]]:
        return {"slug": columns("name", slug_languages())}

    def fit(self, field: Field, db_field: Any, language: str) -> None:
        super().fit(field, db_field, language)
        field.label = language_label(language)
        field.required = False

    @admin.display(description=_("named in"))
    def named_in(self, named: Issuer | StatementType | Topic | TopicCategory) -> str:
        return listed(language_name(code) for code in enabled_languages() if translated(named, "name", code))


def slug_languages() -> list[str]:
    """Return the language whose words make a slug: English for its letters, or else the site's first."""
    return ["en"] if "en" in enabled_languages() else enabled_languages()[:1]


class IssuerForm(NamedForm):
    def clean_parent(self) -> Issuer | None:
        """An office has a department, and a department none: a page names these two."""
        parent: Issuer | None = self.cleaned_data["parent"]
        if parent and self.instance.pk and parent == self.instance:
            raise ValidationError(_("Nobody is an office of itself."))
        if parent and self.instance.pk and self.instance.offices.exists():
            raise ValidationError(_("This department has offices: it cannot become an office itself."))
        return parent


@admin.register(Issuer)
class IssuerAdmin(NamedAdmin):
    form = IssuerForm
    fields_of_its_own = ("parent", "slug")
    list_display = ("__str__", "parent", "slug", "named_in")
    list_select_related = ("parent",)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = Issuer.objects.filter(parent=None)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(StatementType)
class StatementTypeAdmin(NamedAdmin):
    pass


@admin.register(TopicCategory)
class TopicCategoryAdmin(NamedAdmin):
    def why_names(self) -> str:
        return str(_("Where readers choose topics, those of a category stand under its name."))


@admin.register(Topic)
class TopicAdmin(NamedAdmin):
    fields_of_its_own = ("category", "slug")
    list_display = ("__str__", "category", "slug", "named_in")
    list_select_related = ("category",)

    def why_names(self) -> str:
        return str(_("Readers find and choose topics by these names."))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not once something was published on it: its page and its feed would be gone, and what stands there."""
        return super().has_delete_permission(request, obj) and obj is not None and not obj.release_set.exists()
