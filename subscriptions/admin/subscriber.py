"""Who asked for what, and who must not be mailed."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from subscriptions.addresses import address_hash
from subscriptions.admin.read_only import ReadOnly
from subscriptions.erasing import erase
from subscriptions.models import LanguagePreference, Subscriber, Subscription, Suppression
from subscriptions.suppressing import end_subscriptions


class LanguagePreferences(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = LanguagePreference
    fields = ["rank", "language"]


class Subscriptions(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = Subscription
    fields = ["topic", "frequency", "started_at", "ended_at", "ended_because"]


@admin.register(Subscriber)
class SubscriberAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["email", "while_missing", "confirmed_at"]
    search_fields = ["email"]
    fields = ["email", "while_missing", "confirmed_at"]
    inlines = [LanguagePreferences, Subscriptions]
    actions = ["unsubscribe", "erase"]

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("subscriptions.change_subscriber")

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("subscriptions.delete_subscriber")

    @admin.action(permissions=["end"], description=_("End all subscriptions of the chosen people"))
    def unsubscribe(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> None:
        ended = sum(end_subscriptions(subscriber, Subscription.Ended.BY_STAFF) for subscriber in queryset)
        text = ngettext("%(count)s subscription ended.", "%(count)s subscriptions ended.", ended) % {"count": ended}
        self.message_user(request, text, messages.SUCCESS)

    # Erasing, which a page of its own asks about -----------------------------------------------------------------

    @admin.action(permissions=["erase"], description=_("Erase the chosen people…"))
    def erase(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> HttpResponse:
        query = urlencode([("number", number) for number in queryset.values_list("pk", flat=True)])
        return HttpResponseRedirect(f"{reverse('admin:subscriptions_subscriber_erase')}?{query}")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.erase_view)
        return [path("erase/", view, name="subscriptions_subscriber_erase"), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["may_erase"] = self.has_erase_permission(request)
        return super().render_change_form(request, context, *args, **kwargs)

    def erase_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_erase_permission(request) or not self.has_view_permission(request):
            raise PermissionDenied
        numbers = [number for number in request.GET.getlist("number") if number.isdecimal() and len(number) < 19]
        people = list(self.get_queryset(request).filter(pk__in=numbers))
        if request.method == "POST":
            self._erase(request, people, never_again="never_again" in request.POST)
        elif people:
            context = {**self.admin_site.each_context(request), "title": gettext("Erase"), "opts": self.opts}
            template = "admin/subscriptions/subscriber/erase.html"
            return TemplateResponse(request, template, {**context, "people": people})
        return HttpResponseRedirect(reverse("admin:subscriptions_subscriber_changelist"))

    def _erase(self, request: HttpRequest, people: Iterable[Subscriber], *, never_again: bool) -> None:
        erased = [str(person.pk) for person in people]
        for person in people:
            erase(person, never_again=never_again)
        for number in erased:
            # By number: Django's own entries would go on naming them.
            LogEntry.objects.create(
                user_id=str(request.user.pk),
                content_type=ContentType.objects.get_for_model(Subscriber),
                object_id=number,
                object_repr=number,
                action_flag=DELETION,
            )
        text = ngettext("%(count)s person erased.", "%(count)s people erased.", len(erased)) % {"count": len(erased)}
        self.message_user(request, text, messages.SUCCESS)


@admin.register(Suppression)
class SuppressionAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["__str__", "reason", "created_at"]
    list_filter = ["reason"]
    search_fields = ["address_hash"]
    search_help_text = _("Enter the whole address. It is not stored: only its hash can be compared.")
    actions = ["lift"]

    def has_lift_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("subscriptions.delete_suppression")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Suppression], search_term: str
    ) -> tuple[QuerySet[Suppression], bool]:
        address = search_term.strip()
        return queryset.filter(address_hash=address_hash(address)) if address else queryset, False

    @admin.action(permissions=["lift"], description=_("Lift the chosen suppressions"))
    def lift(self, request: HttpRequest, queryset: QuerySet[Suppression]) -> None:
        """Let an address be mailed again, once its owner signs up or chooses anew."""
        self.log_deletions(request, queryset)
        lifted, _details = queryset.delete()
        text = ngettext(
            "%(count)s suppression lifted. Whoever has the address can sign up again.",
            "%(count)s suppressions lifted. Whoever has the addresses can sign up again.",
            lifted,
        )
        self.message_user(request, text % {"count": lifted}, messages.SUCCESS)
