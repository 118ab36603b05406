"""How a text is found: by its words as written, and by PostgreSQL's stems of them in the text's language.

Chinese, Japanese, Korean, Thai and their like do not divide their words for us. They are found by every two letters
that stand side by side, so that a word of two letters is found wherever it stands.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import connection
from django.db.models import Q, Value

from statements.text import clean_line, plain

# PostgreSQL's configurations. A language that has none is found by its words alone.
CONFIGURATIONS = {
    "ar": "arabic",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "hi": "hindi",
    "id": "indonesian",
    "it": "italian",
    "pt": "portuguese",
    "ru": "russian",
    "tr": "turkish",
}
# A tsvector holds one megabyte and no more; whoever publishes a longer text must not get an error for it.
MOST_BYTES = 400_000
# Nobody writes so many; whoever does costs no more than this.
MOST_LETTERS, MOST_WORDS = 200, 20

# Accents and vowel signs that writers may leave out, and signs nobody sees. Not those of India: they are spelling.
_OPTIONAL = re.compile(
    "[\u00ad\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200d]"
)
# Letters and digits that keyboards of neighbouring languages write otherwise: a Persian k on an Arabic page.
_ALIKE = str.maketrans("ىیےکہھةۃەı٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "يييكههههه" + "i" + "0123456789" * 2)
_UNDIVIDED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003fffd]+"
)


def fold(text: str) -> str:
    """Return `text` without what readers do not tell apart: case, accents, vowel signs, forms of a letter or digit."""
    bare = _OPTIONAL.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return unicodedata.normalize("NFC", bare).translate(_ALIKE)


def terms(text: str) -> list[str]:
    """Return the words of `text`, folded. Undivided writing stays in one piece."""
    letters = (letter if unicodedata.category(letter)[0] in "LMN" else " " for letter in fold(text))
    return _UNDIVIDED.sub(r" \g<0> ", "".join(letters)).split()


def is_undivided(term: str) -> bool:
    return bool(_UNDIVIDED.fullmatch(term))


def _pieces(term: str) -> Iterator[str]:
    """Yield what a term is kept as: itself or, of undivided writing, every two letters and the last one."""
    if not is_undivided(term):
        yield term
        return
    yield from (first + second for first, second in pairwise(term))
    yield term[-1]


def columns(edition: Any) -> dict[str, Any]:
    """Return what a SearchEntry holds of an edition: all the words its readers see above and in its text."""
    head = (edition.title, edition.summary, edition.department, edition.office, edition.type_name, edition.date_line)
    text = _cut(" ".join((*head, plain(edition.body))))
    words = _cut(" ".join(piece for term in terms(text) for piece in _pieces(term)))
    if connection.vendor != "postgresql":
        return {"words": words}
    stems = SearchVector(Value(text), config=_configuration(edition.language))
    return {"words": words, "vector": stems + SearchVector(Value(words), config="simple")}


def condition(query: str, language: str) -> Q:
    """Return the condition on editions in a language that have all the words of `query`, whatever it consists of."""
    query = clean_line(query)[:MOST_LETTERS]
    pieces = [piece for term in terms(query)[:MOST_WORDS] for piece in _wanted(term)]
    if not pieces:
        return Q(pk__in=[])
    if connection.vendor != "postgresql":
        return Q(*(Q(search_entry__words__contains=piece) for piece in pieces))
    stems = SearchQuery(query, config=_configuration(language))
    # The pieces are letters, marks and digits alone: nothing in them needs quoting.
    exactly = " & ".join(f"{piece}:*" if is_undivided(piece) else piece for piece in pieces)
    return Q(search_entry__vector=stems | SearchQuery(exactly, config="simple", search_type="raw"))


def _wanted(term: str) -> list[str]:
    """Return what must be there of a term: the last letter alone only if it is all there is."""
    pieces = list(_pieces(term))
    return pieces[:-1] or pieces


def _configuration(language: str) -> str:
    return CONFIGURATIONS.get(language, "simple")


def _cut(text: str) -> str:
    return text.encode()[:MOST_BYTES].decode(errors="ignore")
