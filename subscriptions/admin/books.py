"""Headers of the ledger with their books: how far each is, and sums that visibly add up."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.read_only import ReadOnly
from subscriptions.books import Books, with_books
from subscriptions.standing import ENTRIES, is_over, standing, sums

# So often a page renews itself while there is something to see, in seconds.
RENEW_EVERY = 5


def _column(name: str, label: Any) -> Callable[[Any], str]:
    @admin.display(description=label)
    def column(header: Any) -> str:
        return number_format(getattr(header.books, name), force_grouping=True)

    column.__name__ = name
    return column


class ListWithBooks(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        """Read the books of the headers on this page of the list, and of no others."""
        super().get_results(request)
        self.result_list = with_books(self.result_list)


class WithBooks(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    numbers = [_column("owed", _("owed")), *(_column(entry.value, entry.label) for entry in ENTRIES)]
    list_per_page = 25  # The books of a page are added up line by line.
    ordering = ["-pk"]
    change_form_template = "admin/subscriptions/header.html"

    class Media:
        css = {"all": ["admin/subscriptions/books.css"]}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ListWithBooks

    def get_object(self, *args: Any, **kwargs: Any) -> Any:
        header = super().get_object(*args, **kwargs)
        return header and with_books([header])[0]

    @admin.display(description=_("state"))
    def standing(self, header: Any) -> SafeString | str:
        """In words, and while it is under way with a bar."""
        books: Books = header.books
        if is_over(header) or not books.owed:
            return standing(header)
        bar = '{}<div class="bar"><progress max="{}" value="{}" aria-hidden="true"></progress> <bdi>{}%</bdi></div>'
        return format_html(bar, standing(header), books.owed, books.settled, books.percent)

    @admin.display(description=_("books"))
    def books(self, header: Any) -> SafeString:
        return render_to_string("admin/subscriptions/books.html", {"sums": sums(header.books)})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Let the page renew itself while something is sent, unless its reader has stopped that."""
        context["moves"] = self.moves(context["original"])
        context["renewed_every"] = RENEW_EVERY if context["moves"] and "still" not in request.GET else None
        response = super().render_change_form(request, context, *args, **kwargs)
        if context["renewed_every"]:
            response["Refresh"] = str(RENEW_EVERY)
        return response

    def moves(self, header: Any) -> bool:
        return not is_over(header)
