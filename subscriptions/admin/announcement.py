"""Announcements under way and past: how far they are, and the buttons that pause, resume and cancel them."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from statements.admin.translated import in_language
from statements.fields import BodyField
from statements.models import Statement
from subscriptions import steering
from subscriptions.admin.books import WithBooks
from subscriptions.books import with_books
from subscriptions.models import Announcement
from subscriptions.standing import titled


@admin.register(Announcement)
class AnnouncementAdmin(WithBooks):
    list_display = ["announced", "standing", *WithBooks.numbers]
    readonly_fields = ["about", "standing", "why", "books"]
    actions = ["pause", "resume", "cancel"]

    def has_announce_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("statements.publish_statement")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Announcement]:
        # Django names each by its statement's title, and needs nothing of its text.
        texts = [field.name for field in Statement._meta.concrete_fields if isinstance(field, BodyField)]
        announcements = super().get_queryset(request).select_related("release__statement")
        return titled(announcements.defer(*(f"release__statement__{name}" for name in texts)))

    def get_fields(self, request: HttpRequest, obj: Announcement | None = None) -> Any:
        why = ["why"] if obj and obj.paused_at else []
        return ["about", "standing", *why, "books", "created_at", "filled_at"]

    # What is shown -------------------------------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("statement"))
    def announced(self, announcement: Any) -> SafeString:
        title = in_language(announcement.title, announcement.language)
        return format_html("{} · {}", title, announcement.release.get_kind_display())

    @admin.display(description=gettext_lazy("release"))
    def about(self, announcement: Any) -> SafeString:
        address = reverse("admin:statements_release_change", args=[announcement.release_id])
        return format_html('<a href="{}">{}</a>', address, self.announced(announcement))

    @admin.display(description=gettext_lazy("because"))
    def why(self, announcement: Announcement) -> SafeString:
        return format_html("<bdi>{}</bdi>", announcement.pause_reason)

    def moves(self, header: Any) -> bool:
        return super().moves(header) and not header.paused_at

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        announcement = context["original"]
        context["subtitle"] = f"{announcement.title} · {announcement.release.get_kind_display()}"
        context["may_steer"] = self.has_announce_permission(request) and not announcement.completed_at
        return super().render_change_form(request, context, *args, **kwargs)

    # What is done --------------------------------------------------------------------------------------------------

    @admin.action(permissions=["announce"], description=gettext_lazy("Pause the chosen announcements"))
    def pause(self, request: HttpRequest, queryset: QuerySet[Announcement]) -> None:
        reason = _("Paused by %(user)s.") % {"user": request.user}
        if self._each(request, queryset, _("Paused"), lambda number: steering.pause(number, reason)):
            messages.success(request, _("Paused. What is not sent yet waits."))

    @admin.action(permissions=["announce"], description=gettext_lazy("Resume the chosen announcements"))
    def resume(self, request: HttpRequest, queryset: QuerySet[Announcement]) -> None:
        if self._each(request, queryset, _("Resumed"), steering.resume):
            messages.success(request, _("Resumed. Sending goes on within seconds."))

    @admin.action(permissions=["announce"], description=gettext_lazy("Cancel the chosen announcements…"))
    def cancel(self, request: HttpRequest, queryset: QuerySet[Announcement]) -> HttpResponse:
        """Ask first. Of those that are closed there is nothing to ask."""
        numbers = queryset.filter(completed_at=None).values_list("pk", flat=True)
        query = urlencode([("number", number) for number in numbers])
        return HttpResponseRedirect(f"{reverse('admin:subscriptions_announcement_cancel')}?{query}")

    def _each(
        self, request: HttpRequest, announcements: Iterable[Announcement], done: str, act: Callable[[int], Any]
    ) -> list[Any]:
        """Do one act to each; say why where it is not possible, and return what came of it where it is."""
        results = []
        for announcement in announcements:
            try:
                results.append(act(announcement.pk))
            except steering.NotPossible as problem:
                messages.warning(request, str(problem))
            else:
                self.log_change(request, announcement, done)
        return results

    # From the page of one, and the page that asks before it cancels -------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        act, cancel = self.admin_site.admin_view(self.act_view), self.admin_site.admin_view(self.cancel_view)
        return [
            path("<int:number>/pause/", act, {"act": "pause"}, name="subscriptions_announcement_pause"),
            path("<int:number>/resume/", act, {"act": "resume"}, name="subscriptions_announcement_resume"),
            path("cancel/", cancel, name="subscriptions_announcement_cancel"),
            *super().get_urls(),
        ]

    def act_view(self, request: HttpRequest, number: int, act: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self._refuse_strangers(request)
        getattr(self, act)(request, self.get_queryset(request).filter(pk=number))
        return HttpResponseRedirect(reverse("admin:subscriptions_announcement_change", args=[number]))

    def cancel_view(self, request: HttpRequest) -> HttpResponse:
        self._refuse_strangers(request)
        numbers = [number for number in request.GET.getlist("number") if number.isdecimal() and len(number) < 19]
        chosen = self.get_queryset(request).filter(pk__in=numbers)
        if request.method == "POST":
            self._cancel(request, chosen)
        elif opened := with_books(chosen.filter(completed_at=None)):
            return self._ask(request, opened)
        else:
            messages.warning(request, _("There is nothing to cancel: all of these are completed or cancelled."))
        return HttpResponseRedirect(reverse("admin:subscriptions_announcement_changelist"))

    def _ask(self, request: HttpRequest, announcements: list[Announcement]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Cancel announcements"),
            "opts": self.opts,
            "announcements": announcements,
        }
        return TemplateResponse(request, "admin/subscriptions/announcement/cancel.html", context)

    def _cancel(self, request: HttpRequest, chosen: QuerySet[Announcement]) -> None:
        reason = _("Cancelled by %(user)s.") % {"user": request.user}
        cancelled = self._each(request, chosen, _("Cancelled"), lambda number: steering.cancel(number, reason))
        if cancelled:
            mails = sum(cancelled)
            words = ngettext(
                "Cancelled. %(count)s mail will not be sent.", "Cancelled. %(count)s mails will not be sent.", mails
            )
            messages.success(request, words % {"count": mails})

    def _refuse_strangers(self, request: HttpRequest) -> None:
        if not self.has_announce_permission(request) or not self.has_view_permission(request):
            raise PermissionDenied
