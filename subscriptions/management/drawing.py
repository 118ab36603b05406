"""How announcements and digest runs look on a terminal."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _
from rich.console import Group
from rich.text import Text

from subscriptions.books import Books
from subscriptions.models import Announcement, DigestRun
from subscriptions.standing import standing, sums

BAR = 40  # characters


def drawn(headers: Sequence[Any]) -> Group:
    """Return what to print: for each header what it is, its books, a bar and how it stands."""
    lines = [line for header in headers for line in _lines(header)]
    return Group(*(lines or [Text(_("Nothing is under way."))]))


def _lines(header: Any) -> Iterator[Text]:
    yield Text(_heading(header), style="bold")
    yield Text(f"  {standing(header)}")
    if isinstance(header, Announcement) and header.paused_at:
        yield Text(f"  {isolated(header.pause_reason)}", style="red")
        yield Text(f"  manage.py deliveries resume {header.pk}")
    yield Text(f"  {_equation(header.books)}")
    yield Text.assemble("  ", *_bar(header.books))


def _heading(header: Any) -> str:
    if isinstance(header, DigestRun):
        return _("Digest run %(number)s: %(what)s") % {"number": header.pk, "what": header}
    what = f"{isolated(header.title)} · {header.release.get_kind_display()}"
    return _("Announcement %(number)s: %(what)s") % {"number": header.pk, "what": what}


def isolated(text: str) -> str:
    """Return a text that runs in its own direction, and takes nothing around it along (Unicode's FSI and PDI)."""
    return f"\u2068{text}\u2069"


def _equation(books: Books) -> str:
    """Write the books as what they are: owed 3 = sent 1 + failed 0 + …"""
    whole, *parts = (f"{label} {number}" for label, number in sums(books))
    return f"{whole} = {' + '.join(parts)}"


def _bar(books: Books) -> Iterator[tuple[str, str]]:
    done = BAR * books.settled // books.owed if books.owed else 0
    yield "█" * done, "green"
    yield "░" * (BAR - done), "dim"
    yield f" {books.percent:3}%", ""
