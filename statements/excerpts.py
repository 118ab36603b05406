"""Where in a text the words of a search stand, to show it to who searched."""

import re
from collections.abc import Iterable
from functools import lru_cache

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from statements.search import MOST_LETTERS, MOST_WORDS, fold, is_undivided, terms

LENGTH = 240
BEFORE = 80

_letter = lru_cache(maxsize=10_000)(fold)
# Indic vowel signs are no letters to `re`.
_WORD = r"[\w\u0900-\u0dff]"
# Arabic writes "and", "in", "the" together with the word.
_PREFIX = "(?:[وفبك]?ال|[وفبكل])?"


def marked(text: str, query: str) -> SafeString:
    """Return `text` as HTML with the words of `query` in <mark>."""
    return _marked(text, _found(text, query))


def excerpt(texts: Iterable[str], query: str) -> SafeString:
    """Return, marked, the part of the first of these texts that has a word of `query`; else the beginning of one."""
    texts = [text for text in texts if text]
    for text in texts:
        if found := _found(text, query):
            return marked(_part(text, found[0][0]), query)
    return _marked(_part(texts[0], 0) if texts else "", [])


def _found(text: str, query: str) -> list[tuple[int, int]]:
    """Return where words of `query` begin and end in `text`, compared as the search compares them."""
    wanted = terms(query[:MOST_LETTERS])[:MOST_WORDS]
    if not wanted:
        return []
    folded = [_letter(letter) for letter in text]
    origin = [place for place, letters in enumerate(folded) for _ in letters]
    matches = re.finditer("|".join(map(_pattern, wanted)), "".join(folded))
    return [(origin[match.start()], origin[match.end() - 1] + 1) for match in matches]


def _pattern(term: str) -> str:
    if is_undivided(term):
        return term
    # An ending or two apart: PostgreSQL found the stem.
    return rf"(?<!{_WORD}){_PREFIX}{term[: max(4, len(term) - 2)]}{_WORD}*"


def _marked(text: str, found: list[tuple[int, int]]) -> SafeString:
    at = 0
    parts: list[tuple[str, str]] = []
    for start, end in found:
        parts.append((text[at:start], text[start:end]))
        at = end
    return format_html_join("", "{}<mark>{}</mark>", parts) + format_html_join("", "{}", [(text[at:],)])


def _part(text: str, place: int) -> str:
    """Return what stands around a place, cut between words where there are any."""
    # Letters of undivided writing take twice the room, and say as much.
    width = 2 if is_undivided(text[place : place + 1]) else 1
    start = max(0, place - BEFORE // width)
    end = start + LENGTH // width
    if start:
        start = text.find(" ", start, place) + 1 or start
    if end < len(text):
        end = max(text.rfind(" ", place, end), 0) or end
    return f"{'… ' if start else ''}{text[start:end]}{' …' if end < len(text) else ''}"
