"""HTML that holds up in mail programs, which keep pieces of it and drop what is around them."""

import css_inline
from bs4 import BeautifulSoup, Tag

from statements.languages import direction
from subscriptions.emails import lines

BLOCKS = {
    *("p", "h1", "h2", "h3", "h4", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "div"),
    *("table", "caption", "th", "td"),
}
# They do not inherit the type around them in every mail program, or have a type of their own.
_WITH_TYPE = {"th", "td", "h1", "h2", "h3", "h4"}

_inliner = css_inline.CSSInliner(load_remote_stylesheets=False, minify_css=True)


def finished(html: str) -> str:
    """Return a whole document with language and direction on every block, its styles inlined, and no line too long.

    Where the language changes, and on what is set in a type of its own, its code becomes a class: mail programs know
    no other way to choose type by language.
    """
    soup = BeautifulSoup(html, "html.parser")
    for element in soup.find_all(recursive=False):
        _mark(element, "", "")
    return lines.of_html(_inliner.inline(str(soup)))


def _mark(element: Tag, language: str, way: str) -> None:
    own = str(element.get("lang") or language)
    way = str(element.get("dir") or (way if own == language else _direction(own, way)))
    if element.name in BLOCKS:
        element["lang"], element["dir"] = own, way
    if own != language or element.name in _WITH_TYPE:
        element["class"] = " ".join([*(element.get("class") or []), own.lower()])
    for child in element.find_all(recursive=False):
        _mark(child, own, way)


def _direction(language: str, otherwise: str) -> str:
    try:
        return direction(language)
    except KeyError:  # A language that nobody here has heard of, in a pasted text.
        return otherwise
