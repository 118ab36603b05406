"""Where staff write statements, and from where they publish them."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple, Field, ModelChoiceField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from js_asset import Media

from statements.admin.editor import BodyEditor
from statements.admin.names import slug_languages
from statements.admin.publish import PublishForm, review
from statements.admin.state import StateFilter, state, with_state, written_moment
from statements.admin.translated import TranslatedAdmin, columns, in_language, language_label
from statements.languages import enabled_languages, language_name, listed
from statements.models import Issuer, Release, Statement
from statements.publishing import missing, ready_languages, started_languages, translated

TRANSLATED = ("title", "summary", "release_line", "body", "translation_notice")


def may_publish(request: HttpRequest) -> bool:
    return request.user.has_perm("statements.publish_statement")


class IssuerField(ModelChoiceField):  # type: ignore[type-arg]
    """An office is chosen with its department: every department has a press office."""

    def label_from_instance(self, issuer: Issuer) -> str:
        return f"{issuer.parent} › {issuer}" if issuer.parent else str(issuer)


class OriginalLanguageFilter(admin.SimpleListFilter):
    title = gettext_lazy("original language")
    parameter_name = "original_language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(language, language_label(language)) for language in enabled_languages()]

    def queryset(self, request: HttpRequest, statements: "QuerySet[Any]") -> "QuerySet[Any]":
        return statements.filter(original_language=self.value()) if self.value() else statements


@admin.register(Statement)
class StatementAdmin(TranslatedAdmin):
    list_display = ("shown_title", "written_in", "ready_in", "state", "date", "issuer")
    list_filter = (StateFilter, OriginalLanguageFilter, "type", "topics", "issuer")
    list_per_page = 50
    date_hierarchy = "date"
    save_on_top = True

    # The list ------------------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Statement]":
        return with_state(super().get_queryset(request).select_related("type", "issuer__parent"))

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        return ["slug", *columns("title")]

    @admin.display(description=gettext_lazy("title"))
    def shown_title(self, statement: Statement) -> SafeString | str:
        title, language = _title(statement)
        return in_language(title, language) if language else title

    @admin.display(description=gettext_lazy("original language"), ordering="original_language")
    def written_in(self, statement: Statement) -> SafeString:
        return in_language(language_name(statement.original_language), statement.original_language)

    @admin.display(description=gettext_lazy("languages ready"))
    def ready_in(self, statement: Statement) -> str:
        return listed(map(language_name, ready_languages(statement)))

    @admin.display(description=gettext_lazy("state"))
    def state(self, statement: Statement) -> str:
        return state(statement)

    # The form ------------------------------------------------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Statement | None = None) -> list[Any]:
        original = obj.original_language if obj else settings.LANGUAGE_CODE
        about = ["issuer", "type", "date", "topics", "original_language", "source_url", "slug"]
        return [
            (None, {"fields": ["state", *about] if obj else about}),
            *(self._language_fieldset(language, original, obj) for language in enabled_languages()),
        ]

    def _language_fieldset(self, language: str, original: str, obj: Statement | None) -> tuple[SafeString, Any]:
        about = _("original") if language == original else _progress(obj, language) if obj else ""
        heading = format_html('{} <span class="progress">{}</span>', language_label(language), about)
        fields = [column for name in TRANSLATED for column in columns(name, [language])]
        classes = ["language"] if language == original else ["language", "collapse"]
        return heading, {"fields": fields, "classes": classes}

    def get_readonly_fields(self, request: HttpRequest, obj: Statement | None = None) -> tuple[str, ...]:
        return ("state",)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Sequence[str]]:
        return {"slug": columns("title", slug_languages())}

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        today = {"original_language": settings.LANGUAGE_CODE, "date": timezone.localdate()}
        return {**today, **super().get_changeform_initial_data(request)}

    def fit(self, field: Field, db_field: Any, language: str) -> None:
        name = db_field.translated_field.name
        if name == "body":
            field.widget = BodyEditor(language=language)
        if name in ("summary", "translation_notice"):
            field.widget = AdminTextareaWidget(attrs={"rows": 3})
        field.label = capfirst(db_field.translated_field.verbose_name)
        super().fit(field, db_field, language)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Field | None:
        if db_field.name == "source_url":
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "original_language":
            kwargs["choices"] = _original_languages()
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "issuer":
            kwargs["queryset"] = Issuer.objects.select_related("parent")
            kwargs["form_class"] = IssuerField
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, widget=CheckboxSelectMultiple, **kwargs)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        # The editor's import map is an inline script, which the Content-Security-Policy lets in by its nonce.
        context["media"] = Media.from_media(context["media"], nonce=request.csp_nonce)  # type: ignore[attr-defined]
        context["may_publish"] = may_publish(request)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, set[str], list[Any]]:
        """What is released stays; staff are told that, and not that they lack a permission nobody has."""
        deletable, counts, lacking, protected = super().get_deleted_objects(objs, request)
        return deletable, counts, set() if protected else lacking, protected

    # Publishing ----------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        publish = path(
            "<path:object_id>/publish/",
            self.admin_site.admin_view(self.publish_view),
            name="statements_statement_publish",
        )
        return [publish, *super().get_urls()]

    def response_add(self, request: HttpRequest, obj: Statement, *args: Any, **kwargs: Any) -> HttpResponse:
        return _to_publish(request, obj) or super().response_add(request, obj, *args, **kwargs)

    def response_change(self, request: HttpRequest, obj: Statement) -> HttpResponse:
        return _to_publish(request, obj) or super().response_change(request, obj)

    def publish_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The one page of *Publish…*: what would be released, whom it reaches, and the button that does it."""
        statement = self.get_object(request, unquote(object_id))
        if statement is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        if not may_publish(request) or not self.has_view_permission(request, statement):
            raise PermissionDenied
        form = PublishForm(request.POST or None, statement=statement)
        if "publish" in request.POST and (release := form.publish(by=request.user)):
            return self._published(request, statement, release)
        return self._publish_page(request, statement, form)

    def _publish_page(self, request: HttpRequest, statement: Statement, form: PublishForm) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Publish “%(title)s”") % {"title": _title(statement)[0]},
            "opts": self.opts,
            "original": statement,
            "form": form,
            "scheduled": statement.releases.scheduled().first(),
            "time_zone": timezone.get_current_timezone_name(),
            **review(form.proposal()),
        }
        return TemplateResponse(request, "admin/statements/statement/publish.html", context)

    def _published(self, request: HttpRequest, statement: Statement, release: Release) -> HttpResponse:
        self.log_change(request, statement, str(release.get_kind_display()))
        messages.success(request, _what_happened(release))
        return HttpResponseRedirect(reverse("admin:statements_statement_change", args=[statement.pk]))


def _title(statement: Statement) -> tuple[str, str]:
    """Return the title and its language: in the staff member's language, else in the original, else in any."""
    for language in (get_language() or "", statement.original_language, *enabled_languages()):
        if language in settings.MODELTRANSLATION_LANGUAGES and (title := translated(statement, "title", language)):
            return title, language
    return statement.slug, ""


def _progress(statement: Statement, language: str) -> str:
    if language not in started_languages(statement):
        return ""
    lacking = missing(statement, language)
    return _("lacks: %(what)s") % {"what": listed(lacking)} if lacking else _("ready")


def _original_languages() -> list[Any]:
    """Return the choices: a text may be translated here from a language that the site itself does not have."""
    ours = enabled_languages()
    others = [language for language in settings.MODELTRANSLATION_LANGUAGES if language not in ours]
    return [
        ("", "---------"),
        (_("Languages of this site"), [(language, language_name(language)) for language in ours]),
        (_("Other languages"), [(language, language_name(language)) for language in others]),
    ]


def _to_publish(request: HttpRequest, statement: Statement) -> HttpResponse | None:
    """Answer *Save and publish…*."""
    if "_publish" not in request.POST or not may_publish(request):
        return None
    return HttpResponseRedirect(reverse("admin:statements_statement_publish", args=[statement.pk]))


def _what_happened(release: Release) -> SafeString:
    editions = release.editions.select_related("statement").order_by("pk")
    pages = format_html_join(
        ", ", '<a href="{}">{}</a>', ((edition.get_absolute_url(), edition.language_name) for edition in editions)
    )
    if release.publish_at > timezone.now():
        words = _("Scheduled for %(moment)s: %(languages)s.")
        names = listed(edition.language_name for edition in editions)
        return format_html("{}", words % {"moment": written_moment(release.publish_at), "languages": names})
    return format_html("{}: {}", release.get_kind_display(), pages)
