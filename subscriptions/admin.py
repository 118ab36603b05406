"""What staff see of readers and of the ledger: to look things up, to resume what was paused, to help one person."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from subscriptions.delivery import ledger
from subscriptions.models import (
    Announcement,
    Delivery,
    DigestRun,
    LanguagePreference,
    Subscriber,
    Subscription,
    Suppression,
)
from subscriptions.suppressing import end_subscriptions


class ReadOnly:
    """Nothing here is typed in by hand: it says what people asked for and what was sent."""

    def has_add_permission(self, *args: Any, **kwargs: Any) -> bool:
        return False

    def has_change_permission(self, *args: Any, **kwargs: Any) -> bool:
        return False

    def has_delete_permission(self, *args: Any, **kwargs: Any) -> bool:
        return False


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


class WithBooks(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """A header of the ledger with its sums: owed = sent + failed + cancelled + expired + waiting."""

    books = ["owed", *Delivery.Status.values]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        sums = {
            f"{status}_sum": Count("deliveries", filter=Q(deliveries__status=status))
            for status in Delivery.Status.values
        }
        return cast("QuerySet[Any]", super().get_queryset(request).annotate(owed_sum=Count("deliveries"), **sums))

    @admin.display(description=_("owed"))
    def owed(self, row: Any) -> int:
        return int(row.owed_sum)

    @admin.display(description=Delivery.Status.SENT.label)
    def sent(self, row: Any) -> int:
        return int(row.sent_sum)

    @admin.display(description=Delivery.Status.FAILED.label)
    def failed(self, row: Any) -> int:
        return int(row.failed_sum)

    @admin.display(description=Delivery.Status.CANCELLED.label)
    def cancelled(self, row: Any) -> int:
        return int(row.cancelled_sum)

    @admin.display(description=Delivery.Status.EXPIRED.label)
    def expired(self, row: Any) -> int:
        return int(row.expired_sum)

    @admin.display(description=Delivery.Status.WAITING.label)
    def waiting(self, row: Any) -> int:
        return int(row.waiting_sum)


@admin.register(Announcement)
class AnnouncementAdmin(WithBooks):
    list_display = ["release", "created_at", *WithBooks.books, "paused_at", "completed_at"]
    list_select_related = ["release__statement"]
    fields = [
        "release",
        "created_at",
        "filled_at",
        "completed_at",
        "paused_at",
        "pause_reason",
        *WithBooks.books,
    ]
    readonly_fields = WithBooks.books
    actions = ["pause", "resume"]

    def has_announce_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("statements.publish_statement")

    @admin.action(permissions=["announce"], description=_("Pause the chosen announcements"))
    def pause(self, request: HttpRequest, queryset: QuerySet[Announcement]) -> None:
        for announcement in queryset:
            ledger.pause(announcement, _("Paused by %(user)s.") % {"user": request.user})
        self.message_user(request, _("Paused. What is not sent yet waits."), messages.SUCCESS)

    @admin.action(permissions=["announce"], description=_("Resume the chosen announcements"))
    def resume(self, request: HttpRequest, queryset: QuerySet[Announcement]) -> None:
        for announcement in queryset:
            ledger.resume(announcement)
        self.message_user(request, _("Resumed. Sending goes on within seconds."), messages.SUCCESS)


@admin.register(DigestRun)
class DigestRunAdmin(WithBooks):
    list_display = ["__str__", "starts_at", "ends_at", *WithBooks.books]
    fields = ["frequency", "starts_at", "ends_at", *WithBooks.books]
    readonly_fields = WithBooks.books


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["pk", "subscriber", "edition", "language", "status", "attempts", "due_at", "settled_at"]
    list_filter = ["status", "language"]
    list_select_related = ["subscriber", "edition"]
    search_fields = ["subscriber__email"]
    show_full_result_count = False
