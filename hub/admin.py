"""What staff see of the hub: to look things up, and to end what is a nuisance."""

from typing import Any

from django.contrib import admin

from hub.models import Intent, Listener


class ByMachines:
    """Nothing here is typed in by hand."""

    def has_add_permission(self, *args: Any, **kwargs: Any) -> bool:
        return False

    def has_change_permission(self, *args: Any, **kwargs: Any) -> bool:
        return False


@admin.register(Listener)
class ListenerAdmin(ByMachines, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["host", "topic", "until", "attempts", "due_at"]
    search_fields = ["host", "topic"]
    fields = ["host", "topic", "until", "attempts", "due_at"]


@admin.register(Intent)
class IntentAdmin(ByMachines, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["host", "mode", "topic", "attempts", "due_at"]
    search_fields = ["host", "topic"]
    fields = ["host", "mode", "topic", "attempts", "due_at"]
