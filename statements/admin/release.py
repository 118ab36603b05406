"""What was made public, and what is about to be. Nobody changes it here; a scheduled release can be cancelled."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from statements.admin.publish import as_it_will_read
from statements.admin.translated import columns, in_language
from statements.languages import listed
from statements.models import Edition, Release
from statements.publishing import cancel


@admin.register(Release)
class ReleaseAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("statement_title", "kind", "languages", "publish_at", "state", "approved_by", "announce")
    list_filter = ("kind", "announce", "topics")
    list_select_related = ("statement", "approved_by")
    date_hierarchy = "publish_at"
    fields = ("about", "kind", "state", "publish_at", "pages", "on_topics", "announce", "approved_by", "approved_at")
    readonly_fields = ("about", "state", "pages", "on_topics")

    class Media:
        css = {"all": ["admin/statements/statements.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Release]":
        return super().get_queryset(request).prefetch_related("editions__statement")

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        return ["statement__slug", *(f"statement__{column}" for column in columns("title"))]

    # What is shown -------------------------------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("statement"))
    def statement_title(self, release: Release) -> SafeString:
        """The title of the edition in the staff member's language, or else of the original."""
        editions = sorted(_in_order(release), key=lambda edition: edition.language != get_language())
        return in_language(editions[0].title, editions[0].language)

    @admin.display(description=gettext_lazy("statement"))
    def about(self, release: Release) -> SafeString:
        address = reverse("admin:statements_statement_change", args=[release.statement_id])
        return format_html('<a href="{}">{}</a>', address, self.statement_title(release))

    @admin.display(description=gettext_lazy("languages"))
    def languages(self, release: Release) -> str:
        return listed(edition.language_name for edition in _in_order(release))

    @admin.display(description=gettext_lazy("state"))
    def state(self, release: Release) -> str:
        if release.cancelled_at:
            return _("Cancelled")
        return _("Public") if release.publish_at <= timezone.now() else _("Scheduled")

    @admin.display(description=gettext_lazy("pages"))
    def pages(self, release: Release) -> SafeString | str:
        if self.state(release) != _("Public"):
            return "–"
        links = ((edition.get_absolute_url(), edition.language_name) for edition in _in_order(release))
        return format_html_join(" · ", '<a href="{}">{}</a>', links)

    @admin.display(description=gettext_lazy("topics"))
    def on_topics(self, release: Release) -> str:
        return listed(release.topics.all()) or "–"

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        release: Release = context["original"]
        context["editions"] = [(edition, as_it_will_read(edition)) for edition in _in_order(release)]
        context["may_cancel"] = _may_cancel(request) and self.state(release) == _("Scheduled")
        return super().render_change_form(request, context, *args, **kwargs)

    # Cancelling ----------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.cancel_view)
        return [path("<path:object_id>/cancel/", view, name="statements_release_cancel"), *super().get_urls()]

    def cancel_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        release = self.get_object(request, unquote(object_id))
        if release is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        if not _may_cancel(request):
            raise PermissionDenied
        self._cancel(request, release)
        return HttpResponseRedirect(reverse("admin:statements_release_change", args=[release.pk]))

    def _cancel(self, request: HttpRequest, release: Release) -> None:
        if cancel(release):
            self.log_change(request, release, _("Cancelled"))
            messages.success(request, _("This release is cancelled. Nothing of it becomes public."))
        elif release.cancelled_at:
            messages.warning(request, _("This release was cancelled before."))
        else:
            messages.error(
                request,
                _("Too late: this release is public. Take it back by publishing the statement as withdrawn."),
            )


def _may_cancel(request: HttpRequest) -> bool:
    return request.user.has_perm("statements.publish_statement")


def _in_order(release: Release) -> list[Edition]:
    """Return the editions as they were made, the original first."""
    return sorted(release.editions.all(), key=lambda edition: edition.pk)
