"""The rest of the ledger: digest runs, and its single lines."""

from django.contrib import admin

from subscriptions.admin.books import WithBooks
from subscriptions.admin.read_only import ReadOnly
from subscriptions.models import Delivery, DigestRun


@admin.register(DigestRun)
class DigestRunAdmin(WithBooks):
    list_display = ["__str__", "standing", *WithBooks.numbers]
    fields = ["frequency", "starts_at", "ends_at", "standing", "books"]
    readonly_fields = ["standing", "books"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["pk", "subscriber", "edition", "language", "status", "attempts", "due_at", "settled_at"]
    list_filter = ["status", "language"]
    list_select_related = ["subscriber", "edition"]
    search_fields = ["subscriber__email"]
    show_full_result_count = False
