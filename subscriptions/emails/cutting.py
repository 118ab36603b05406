"""A long text cut short where it may end: after a paragraph, an item of a list, a row of a table."""

import re

from bs4 import BeautifulSoup

_TAG = r"<(?:\"[^\"]*\"|[^\">])*>"
_BLOCK_END = re.compile(r"</(?:p|li|tr(?!>\s*</thead)|dd|blockquote|pre|table|ul|ol|dl|div)>")
_LINE_END = re.compile(r"(?=<br)")
_SENTENCE_END = re.compile(rf"{_TAG}|(?P<end>[.!?؟۔…][»”’\"')\]]*(?=\s|<)|[。！？][」』”’）]*)")
_ROW = re.compile(r"<(/?)tr\b")


def cut(html: str, room: int) -> str:
    """Return as much of a statement's HTML as fits into `room` octets: up to the end of a block.

    Where not even the first block fits, up to the end of a line in it, or of a sentence. What is open is closed.
    """
    if len(html.encode()) <= room:
        return html
    fits = html.encode()[: max(room, 0)].decode("utf-8", "ignore")
    ends = (
        [found.end() for found in _BLOCK_END.finditer(fits) if not _in_a_row(fits[: found.end()])]
        or [found.start() for found in _LINE_END.finditer(fits)]
        or [found.end() for found in _SENTENCE_END.finditer(fits) if found["end"]]
    )
    return str(BeautifulSoup(fits[: ends[-1]], "html.parser")) if ends else ""


def _in_a_row(html: str) -> bool:
    rows = _ROW.findall(html)
    return bool(rows) and rows[-1] == ""
