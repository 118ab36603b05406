"""Shows how far the sending is, and steers it: `manage.py deliveries [--once]`, `… pause|resume|cancel NUMBER…`."""

import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rich.console import Console
from rich.live import Live

from subscriptions import steering
from subscriptions.books import with_books
from subscriptions.management.drawing import drawn
from subscriptions.models import Announcement
from subscriptions.standing import is_over, titled, unfinished

LOOK_EVERY = 1.0  # seconds
YES = "yes"  # in every language: what one types, not what one reads


class Command(BaseCommand):
    help = "Show the announcements and digest runs under way; pause, resume or cancel announcements."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Print it once, on a terminal too.")
        acts = parser.add_subparsers(dest="act", metavar="pause | resume | cancel")
        pause = acts.add_parser("pause", help="Send nothing more of these until they are resumed.")
        resume = acts.add_parser("resume", help="Let these go on where they stopped.")
        cancel = acts.add_parser("cancel", help="Tell nobody else of these, for good.")
        for act in (pause, resume):
            which = act.add_mutually_exclusive_group(required=True)
            which.add_argument("numbers", nargs="*", default=[], type=int, metavar="NUMBER")
            which.add_argument("--all", action="store_true", help="All that are under way.")
        cancel.add_argument("numbers", nargs="+", type=int, metavar="NUMBER")
        cancel.add_argument("--no-input", action="store_true", help="Do not ask first.")
        for act in (pause, cancel):
            act.add_argument("--reason", default="", help="Why: staff see it in the admin.")

    def handle(
        self, *, act: str | None, once: bool, numbers: Iterable[int] = (), reason: str = "", **options: Any
    ) -> None:
        self.stdout.ending = ""  # Rich ends its lines itself.
        self.console = Console(file=cast("IO[str]", self.stdout), no_color=options["no_color"] or None, highlight=False)
        match act:
            case "pause":
                self._each(numbers or _numbers(Announcement.objects.under_way()), lambda number: _pause(number, reason))
            case "resume":
                self._each(numbers or _numbers(Announcement.objects.exclude(paused_at=None)), _resume)
            case "cancel":
                if options["no_input"] or self._confirmed(numbers):
                    self._each(numbers, lambda number: _cancel(number, reason))
            case _ if once or not self.console.is_terminal:
                self._print(unfinished())
            case _:
                self._watch()

    def _print(self, headers: list[Any]) -> None:
        self.console.print(drawn(headers), soft_wrap=True)

    def _watch(self) -> None:
        """Look again and again, until nothing is under way or somebody presses Ctrl-C."""
        headers = unfinished()
        with suppress(KeyboardInterrupt), Live(drawn(headers), console=self.console, auto_refresh=False) as live:
            wait = LOOK_EVERY
            while not all(is_over(header) for header in headers):
                time.sleep(wait)
                begun = time.monotonic()
                headers = unfinished(headers)
                live.update(drawn(headers), refresh=True)
                # A look at a million lines takes most of a second, which the sending should not lack.
                wait = max(LOOK_EVERY, 4 * (time.monotonic() - begun))

    def _each(self, numbers: Iterable[int], act: Callable[[int], str]) -> None:
        """Do one act to each announcement. Where it is not possible, the others come first and the errors last."""
        problems = []
        for number in numbers:
            try:
                self.console.print(act(number), markup=False)
            except steering.NotPossible as problem:
                problems.append(str(problem))
        if problems:
            raise CommandError("\n".join(problems))

    def _confirmed(self, numbers: Iterable[int]) -> bool:
        opened = with_books(titled(Announcement.objects.filter(pk__in=numbers, completed_at=None)))
        if not opened:
            return True  # There is nothing to ask, and `_each` says why.
        self._print(opened)
        question = _("What waits of these will never be sent. Type “%(yes)s” to cancel them:") % {"yes": YES}
        try:
            return input(f"{question} ").strip() == YES
        except EOFError:
            raise CommandError(_("There is nobody to ask: add --no-input.")) from None


def _numbers(announcements: QuerySet[Announcement]) -> Iterable[int]:
    return announcements.order_by("pk").values_list("pk", flat=True)


def _pause(number: int, reason: str) -> str:
    steering.pause(number, reason or _("Paused from the command line."))
    return _("Announcement %(number)s is paused. What is not sent yet waits.") % {"number": number}


def _resume(number: int) -> str:
    steering.resume(number)
    return _("Announcement %(number)s goes on within seconds.") % {"number": number}


def _cancel(number: int, reason: str) -> str:
    mails = steering.cancel(number, reason or _("Cancelled from the command line."))
    return ngettext(
        "Announcement %(number)s is cancelled: %(mails)s mail will not be sent.",
        "Announcement %(number)s is cancelled: %(mails)s mails will not be sent.",
        mails,
    ) % {"number": number, "mails": mails}
