"""Text made fit for every place it goes: a page, a feed (XML 1.0), a mail header (RFC 5322).

Cleaned at the door, because one character that XML forbids makes a whole feed unreadable, and one line break in a
title makes every mail that carries it fail.
"""

import html
import re
import unicodedata

import nh3
from django.utils.html import strip_tags

# Unicode noncharacters and lone surrogates: no text, ill-formed in XML (XML 1.0 §2.2, Unicode §23.7). Nor is the sign
# that stands where a letter was lost.
_NONCHARACTERS = re.compile(
    "[\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffd"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
# Bidirectional embeddings and overrides turn the text around them too; isolates (U+2066-2069) and marks do not.
_BIDI_OVERRIDES = re.compile("[\u202a-\u202e]")
_ISOLATES = re.compile("[\u2066-\u2068]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Not `\s`: French sets a no-break space before its colon and Persian joins words without one.
_WHITE_SPACE = re.compile("[\\t\\n\\r \u2028\u2029]+")


def clean_text(text: str) -> str:
    """Return `text` in NFC without the characters that XML or bidirectional layout cannot bear; lines stay."""
    text = _BIDI_OVERRIDES.sub("", _NONCHARACTERS.sub("", text))
    text = _CONTROLS.sub(" ", text.replace("\x0b", "\n").replace("\r\n", "\n"))
    return unicodedata.normalize("NFC", text)


def clean_line(text: str) -> str:
    """Return `text` as one clean line, fit for a title or a header. What it turns around it turns back at its end."""
    line = _WHITE_SPACE.sub(" ", clean_text(text)).strip(" ")
    return line + "\u2069" * (len(_ISOLATES.findall(line)) - line.count("\u2069"))


_TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "a", "strong", "b", "em", "i", "u", "s"),
    *("sub", "sup", "abbr", "cite", "q", "span", "div", "bdi", "code", "pre", "dl", "dt", "dd"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
}
_ATTRIBUTES = {
    "*": {"lang", "dir"},
    "a": {"href"},
    "abbr": {"title"},
    "ol": {"start"},
    "th": {"colspan", "rowspan", "scope"},
    "td": {"colspan", "rowspan"},
}
_SCHEMES = {"http", "https", "mailto", "tel"}


def _allowed_value(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href" and ":" not in value:
        return None  # A relative link leads nowhere from a mail or a feed.
    if attribute == "dir" and value not in {"ltr", "rtl", "auto"}:
        return None
    return value


_cleaner = nh3.Cleaner(
    tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, attribute_filter=_allowed_value, link_rel=None
)
_TOP_HEADING = re.compile("<(/?)h1\\b", re.IGNORECASE)


def clean_html(markup: str) -> str:
    """Return `markup` with only the elements a statement may have: no scripts, styles, images or relative links.

    A first-level heading becomes a second-level one: the first level is the statement's title.
    """
    cleaned = _cleaner.clean(_TOP_HEADING.sub(r"<\1h2", clean_text(markup)))
    return clean_text(cleaned).strip()  # What was written as &#x202e; is a character only now.


def plain(markup: str) -> str:
    """Return the words of HTML, for places that bear no markup. Not safe HTML: to be escaped there."""
    return " ".join(html.unescape(strip_tags(markup.replace("<", " <"))).split())
