"""`{% paused_announcements %}`: tells staff what stands still, and why."""

from typing import Any

from django import template

from subscriptions.models import Announcement
from subscriptions.standing import titled

register = template.Library()


@register.inclusion_tag("admin/subscriptions/paused.html", takes_context=True)
def paused_announcements(context: Any) -> dict[str, Any]:
    if not context["request"].user.has_perm("subscriptions.view_announcement"):
        return {}
    return {"announcements": titled(Announcement.objects.exclude(paused_at=None)).order_by("paused_at", "pk")}
