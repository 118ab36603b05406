"""A long text cut short where it may end: after a paragraph, an item of a list, a row of a table."""

import re
from itertools import chain

from bs4 import BeautifulSoup

# Where a text may end. Tags are read whole, because what looks like an end may stand in an attribute.
_END = re.compile(
    r"(?P<block></(?:p|li|tr(?!>\s*</thead)|dd|blockquote|pre|table|ul|ol|dl|div)>)"
    r"|(?P<line><br\b[^>]*>)"
    r"|<(?:\"[^\"]*\"|[^\">])*>"
    r"|(?P<sentence>[.!?؟۔…][»”’\"')\]]*(?=\s|<)|[。！？][」』”’）]*)"
)
_ROW = re.compile(r"<(/?)tr\b")


def cut(html: str, room: int) -> str:
    """Return as much of a statement's HTML as fits into `room` octets: up to the end of a block.

    Where not even the first block fits, up to the end of a line in it, or of a sentence. What is open is closed.
    """
    if len(html.encode()) <= room:
        return html
    last = len(html.encode()[: max(room, 0)].decode("utf-8", "ignore"))
    found = [end for end in reversed(list(_END.finditer(html))) if end.end() <= last]
    ends = chain(
        (end.end() for end in found if end["block"] and not _in_a_row(html[: end.end()])),
        (end.start() for end in found if end["line"]),
        (end.end() for end in found if end["sentence"]),
    )
    return str(BeautifulSoup(html[: next(ends, 0)], "html.parser"))


def _in_a_row(html: str) -> bool:
    rows = _ROW.findall(html)
    return bool(rows) and rows[-1] == ""
