"""Lines as a mail can carry them, broken where nobody minds.

A longer line makes the e-mail package encode the whole part as quoted-printable, in which an Arabic or a Chinese text
takes three times the room; and a line of 76 letters, as mails once had, is ragged on every telephone. So a paragraph
stays one line as long as it can.
"""

import re
from collections.abc import Iterator

# RFC 5321 §4.5.3.1.6 allows 1,000 with the line's end.
LENGTH = 900
# In HTML a line is broken at the first place after so many octets, since nobody sees it.
ENOUGH = 500

_QUOTE_MARKS = re.compile(r"(?:> ?)*")
_SENTENCE_END = re.compile(r"[.!?؟۔…][»”’\"')\]]* |[。！？][」』”’）]*")
_SPACE = re.compile(r" |[，、；：。！？][」』”’）]*")

_PLACE = re.compile(
    r"<!--.*?-->|<(?P<end>/?)(?P<tag>[a-z][a-z0-9]*)(?:\"[^\"]*\"|[^\">])*>| |[，、；：。！？]", re.DOTALL
)
# In these a space or a comment would be seen.
_VERBATIM = {"pre", "style", "title"}


def of_text(text: str) -> str:
    """Return plain text with its long lines broken: at the end of a sentence if one is near, else between words."""
    return "\n".join(piece for line in text.split("\n") for piece in _pieces(line))


def _pieces(line: str) -> Iterator[str]:
    marks = _QUOTE_MARKS.match(line)
    quoted = marks[0] if marks else ""
    while len(line.encode()) > LENGTH:
        fits = len(line.encode()[:LENGTH].decode("utf-8", "ignore"))
        ends = [*_SENTENCE_END.finditer(line, fits // 2, fits)] or [*_SPACE.finditer(line, len(quoted) + 1, fits)]
        if not ends:
            break
        yield line[: ends[-1].end()].rstrip(" ")
        line = quoted + line[ends[-1].end() :]
    yield line


def of_html(html: str) -> str:
    """Return HTML with its long lines broken: inside a tag, for a space, or in a comment where the writing has none."""
    return "".join(_broken(html))


def _broken(html: str) -> Iterator[str]:
    at = length = 0
    verbatim = False
    for place in _PLACE.finditer(html):
        yield html[at : place.start()]
        length = _octets_in_line(length, html[at : place.start()])
        at = place.end()
        piece = place[0]
        if length > ENOUGH and not (verbatim and not place["tag"]):
            piece = _with_break(place)
        if place["tag"] in _VERBATIM:
            verbatim = not place["end"]
        yield piece
        length = _octets_in_line(length, piece)
    yield html[at:]


def _with_break(place: re.Match[str]) -> str:
    if place[0].startswith("<"):
        return place[0].replace(" ", "\n", 1) if place["tag"] else place[0]
    return "\n" if place[0] == " " else place[0] + "<!--\n-->"


def _octets_in_line(length: int, text: str) -> int:
    start = text.rfind("\n") + 1
    return len(text[start:].encode()) + (0 if start else length)
