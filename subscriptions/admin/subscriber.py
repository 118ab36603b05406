"""Who asked for what, and who must not be mailed."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from subscriptions.admin.read_only import ReadOnly
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
    actions = ["unsubscribe"]

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("subscriptions.change_subscriber")

    @admin.action(permissions=["end"], description=_("End all subscriptions of the chosen people"))
    def unsubscribe(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> None:
        ended = sum(end_subscriptions(subscriber, Subscription.Ended.BY_STAFF) for subscriber in queryset)
        text = ngettext("%(count)s subscription ended.", "%(count)s subscriptions ended.", ended) % {"count": ended}
        self.message_user(request, text, messages.SUCCESS)


@admin.register(Suppression)
class SuppressionAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["__str__", "reason", "created_at"]
    list_filter = ["reason"]
