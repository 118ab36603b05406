"""How far a statement is, for the list and the form: draft, scheduled, public, withdrawn."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from statements.models import Release, Statement

Kind = Release.Kind


def with_state(statements: "QuerySet[Statement]") -> "QuerySet[Statement]":
    """Add what `state` and the filter ask about: the last public release and the scheduled one."""
    releases = Release.objects.filter(statement=OuterRef("pk"))
    last = releases.public().order_by("-publish_at", "-pk")
    return statements.annotate(
        scheduled_for=Subquery(releases.scheduled().order_by("publish_at").values("publish_at")[:1]),
        released_at=Subquery(last.values("publish_at")[:1]),
        released_as=Subquery(last.values("kind")[:1]),
    )


def state(statement: Any) -> str:
    """Return in words how far a statement out of `with_state` is."""
    if not statement.released_as and not statement.scheduled_for:
        return _("Draft")
    return " · ".join(filter(None, [_released(statement), _scheduled(statement)]))


def _released(statement: Any) -> str:
    if not statement.released_as:
        return ""
    words = {
        Kind.PUBLISHED: _("Public since %(moment)s"),
        Kind.UPDATED: _("Public, updated %(moment)s"),
        Kind.CORRECTED: _("Public, corrected %(moment)s"),
        Kind.WITHDRAWN: _("Withdrawn %(moment)s"),
    }
    return words[statement.released_as] % {"moment": written_moment(statement.released_at)}


def _scheduled(statement: Any) -> str:
    if not statement.scheduled_for:
        return ""
    return _("Scheduled for %(moment)s") % {"moment": written_moment(statement.scheduled_for)}


def written_moment(moment: Any) -> str:
    """Return a moment in the site's time zone, as the staff member's language writes it."""
    return date_format(localtime(moment), "DATETIME_FORMAT")


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("draft", _("Draft")),
            ("scheduled", _("Scheduled")),
            ("public", _("Public")),
            ("withdrawn", _("Withdrawn")),
        ]

    def queryset(self, request: HttpRequest, statements: "QuerySet[Any]") -> "QuerySet[Any]":
        match self.value():
            case "draft":
                return statements.filter(released_as=None, scheduled_for=None)
            case "scheduled":
                return statements.exclude(scheduled_for=None)
            case "public":
                return statements.exclude(released_as=None).exclude(released_as=Kind.WITHDRAWN)
            case "withdrawn":
                return statements.filter(released_as=Kind.WITHDRAWN)
        return statements
