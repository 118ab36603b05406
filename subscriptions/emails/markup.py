"""HTML that holds up in mail programs, which keep pieces of it and drop what is around them."""

from collections.abc import Iterable
from typing import Any

import css_inline
from bs4 import BeautifulSoup, Tag
from bs4.dammit import EntitySubstitution
from bs4.formatter import HTMLFormatter

from statements.languages import direction
from subscriptions.emails import lines

_BLOCKS = {
    *("p", "h1", "h2", "h3", "h4", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "div"),
    *("table", "caption", "th", "td"),
}
# They do not inherit the type around them in every mail program, or have a type of their own.
_WITH_TYPE = {"th", "td", "h1", "h2", "h3", "h4"}


class _InOrder(HTMLFormatter):
    """Writes attributes as they stand, and not by the alphabet."""

    def attributes(self, tag: Tag) -> Iterable[tuple[str, Any]]:
        return tag.attrs.items()


_as_it_stands = _InOrder(EntitySubstitution.substitute_xml)
_inliner = css_inline.CSSInliner(load_remote_stylesheets=False, minify_css=True)


def finished(html: str) -> str:
    """Return a whole document with language and direction on every block, its styles inlined, and no line too long.

    Where a language is named, and on what is set in a type of its own, its code becomes a class: mail programs know no
    other way to choose type by language.
    """
    soup = BeautifulSoup(html, "html.parser")
    for element in soup.find_all(recursive=False):
        _mark(element, "", "")
    return lines.of_html(_inliner.inline(soup.decode(formatter=_as_it_stands)))


def _mark(element: Tag, language: str, way: str) -> None:
    own = str(element.get("lang") or language)
    way = str(element.get("dir") or (way if own == language else _direction(own, way)))
    classes = list(element.attrs.pop("class", ()))
    if element.get("lang") or element.name in _WITH_TYPE:
        classes.append(own.lower())
    if element.name in _BLOCKS:
        element.attrs = {**element.attrs, "lang": own, "dir": way}
    if classes:
        element["class"] = " ".join(classes)
    for child in element.find_all(recursive=False):
        _mark(child, own, way)


def _direction(language: str, otherwise: str) -> str:
    try:
        return direction(language)
    except KeyError:  # A language that nobody here has heard of, in a pasted text.
        return otherwise
