"""A file that can be imported: a statement in one language."""

import datetime
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_slug
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt

from statements.importing.front_matter import Entry, Page
from statements.importing.problems import Problem
from statements.languages import enabled_languages, written_date
from statements.text import clean_html

REQUIRED = ("statement", "language", "title", "department", "kind", "date", "original_language")
OPTIONAL = ("summary", "office", "release", "date_as_printed", "source_url", "translation_notice", "topics")
LONGEST = {
    "statement": 80,
    "title": 300,
    "summary": 600,
    "department": 200,
    "office": 200,
    "release": 100,
    "translation_notice": 600,
    "source_url": 500,
}

# HTML in the Markdown stays, as far as a statement may have it: a <span lang="…"> has no other notation.
_markdown = MarkdownIt("commonmark", {"html": True}).enable("table")


@dataclass(frozen=True, eq=False)
class Document:
    """A statement in one language, as its file has it. What is not in the file is empty."""

    path: Path
    entries: dict[str, Entry]
    statement: str
    language: str
    date: datetime.date
    original_language: str
    body: str

    def text(self, key: str) -> str:
        return self.entries[key].text if key in self.entries else ""

    @property
    def topics(self) -> tuple[str, ...]:
        return self.entries["topics"].items or () if "topics" in self.entries else ()

    def problem(self, key: str, text: str) -> Problem:
        return Problem(self.path, self.entries[key].line if key in self.entries else 1, text)


def read_document(page: Page, problems: list[Problem]) -> Document | None:
    """Return what the file says, or add to `problems` all that is wrong with it."""
    reading = _Reading(page)
    document = reading.document()
    problems += reading.problems
    return None if reading.problems else document


def warnings(document: Document) -> Iterable[Problem]:
    """Yield what staff should know about a file that can be imported."""
    printed, ours = document.text("date_as_printed"), written_date(document.date, document.language)
    if printed and printed != ours:
        yield document.problem("date_as_printed", _("the page will show the date as “%(date)s”.") % {"date": ours})


class _Reading:
    """One file, looked through key by key; all that is wrong is collected."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.problems: list[Problem] = []

    def document(self) -> Document:
        self._look_for_keys()
        self._look_at_lengths()
        self._parsed("source_url", _address)
        return Document(
            path=self.page.path,
            entries=self.page.entries,
            statement=self._parsed("statement", _slug),
            language=self._parsed("language", _enabled_language),
            date=self._parsed("date", _date),
            original_language=self._parsed("original_language", _language),
            body=self._body(),
        )

    def _report(self, key: str, text: str) -> None:
        """Say what is wrong at the key's line, or at the first if the key is not there."""
        line = self.page.entries[key].line if key in self.page.entries else 1
        self.problems.append(Problem(self.page.path, line, text))

    def _text(self, key: str) -> str:
        return self.page.entries[key].text if key in self.page.entries else ""

    def _look_for_keys(self) -> None:
        for key in self.page.entries:
            self._look_at_key(key)
        for key in REQUIRED:
            if not self._text(key) and not self.page.entries.get(key, Entry(1)).items:
                self._report(key, _("“%(key)s” is missing. Write “%(key)s: …”.") % {"key": key})

    def _look_at_key(self, key: str) -> None:
        entry = self.page.entries[key]
        if key not in (*REQUIRED, *OPTIONAL):
            self._report(key, _("unknown key “%(key)s”. %(hint)s") % {"key": key, "hint": _nearest_key(key)})
        elif key == "topics" and entry.text:
            self._report(key, _("“topics” is a list. Write “topics: [%(text)s]”.") % {"text": entry.text})
        elif key != "topics" and entry.items is not None:
            self._report(key, _("“%(key)s” is one line of text, not a list.") % {"key": key})

    def _look_at_lengths(self) -> None:
        for key, longest in LONGEST.items():
            if (length := len(self._text(key))) > longest:
                values = {"key": key, "length": length, "longest": longest}
                words = _("“%(key)s” has %(length)d characters. Shorten it to at most %(longest)d.")
                self._report(key, words % values)

    def _parsed(self, key: str, parse: Callable[[str], Any]) -> Any:
        try:
            return parse(self._text(key)) if self._text(key) else None
        except ValueError as error:
            self._report(key, f"“{key}: {self._text(key)}”: {error}")

    def _body(self) -> str:
        body = clean_html(_markdown.render(self.page.text))
        if not strip_tags(body).strip():
            problem = _("no text. Write it after the second line ---.")
            self.problems.append(Problem(self.page.path, self.page.text_line, problem))
        return body


def _nearest_key(key: str) -> str:
    known = (*REQUIRED, *OPTIONAL)
    if near := get_close_matches(key, known, n=1):
        return _("Did you mean “%(key)s”?") % {"key": near[0]}
    return _("Choose from: %(known)s.") % {"known": ", ".join(known)}


def _slug(text: str) -> str:
    try:
        validate_slug(text)
    except ValidationError:
        raise ValueError(
            _("it stands in the address. Use Latin letters, digits and hyphens: spring-floods-2026.")
        ) from None
    return text


def _enabled_language(text: str) -> str:
    code = text.lower()
    if code in enabled_languages():
        return code
    ours = ", ".join(enabled_languages())
    if code in settings.MODELTRANSLATION_LANGUAGES:
        raise ValueError(
            _("this site does not have that language. Add it to LANGUAGES, or choose from %(codes)s.") % {"codes": ours}
        )
    raise ValueError(_("unknown language. Choose from %(codes)s.") % {"codes": ours})


def _language(text: str) -> str:
    code = text.lower()
    if code not in settings.MODELTRANSLATION_LANGUAGES:
        known = ", ".join(settings.MODELTRANSLATION_LANGUAGES)
        raise ValueError(_("unknown language. Choose from %(codes)s.") % {"codes": known})
    return code


def _date(text: str) -> datetime.date:
    try:
        # `fromisoformat` alone takes weeks and dates without hyphens too, which are likelier to be slips.
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return datetime.date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(_("not a date. Write year, month and day: 2019-02-06."))


def _address(text: str) -> str:
    try:
        URLValidator(schemes=["http", "https"])(text)
    except ValidationError:
        raise ValueError(_("not an address. Write it whole: https://www.example.org/statement.")) from None
    return text
