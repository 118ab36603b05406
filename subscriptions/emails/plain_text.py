"""A statement's HTML as plain text that reads well: for watches, terminals, and those who like it so."""

import unicodedata

from bs4 import Tag
from django.utils.translation import get_language_bidi, override
from django.utils.translation import gettext as _
from markdownify import MarkdownConverter

from statements.languages import isolated

_BETWEEN_CELLS = " | "
_LONGEST_UNDERLINE = 60
# Of a line without a letter mail programs do not know which way it runs.
_RIGHT_TO_LEFT_MARK = "\u200f"


def plain_text(html: str, language: str) -> str:
    """Return HTML as plain text in a language.

    Headings are underlined or stand alone, items come after a dash or their number, quotations after ">", and cells
    between strokes. A link becomes a number in brackets, and where it leads stands at the end: an address in
    mid-sentence tears a sentence apart, and one that runs from right to left it turns round.
    """
    writer = _Writer()
    with override(language):
        text = str(writer.convert(html)).strip("\n")
        if writer.addresses:
            listed = [f"[{number}] {address}" for number, address in enumerate(writer.addresses, 1)]
            text = "\n".join([text, "", _("Links:"), *listed])
    return text


class _Writer(MarkdownConverter):
    """Markdown without its marks."""

    class Options:
        bullets = "-"
        # White space folded, as browsers fold it; and no line broken.
        wrap = True
        wrap_width = None
        escape_asterisks = escape_underscores = escape_misc = False
        strip = ("strong", "b", "em", "i", "s", "sub", "sup", "code")

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        address = str(el.get("href") or "").removeprefix("mailto:").removeprefix("tel:")
        if not text.strip() or not address or address in text:
            return text
        if address not in self.addresses:
            self.addresses.append(address)
        return f"{text} [{self.addresses.index(address) + 1}]"

    def convert_bdi(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return isolated(text)

    def convert_br(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return " " if "_inline" in parent_tags else "\n"

    def convert_hN(self, n: int, el: Tag, text: str, parent_tags: set[str]) -> str:
        heading = text.strip()
        return f"\n\n{heading}\n{_underline(heading)}\n\n" if heading and n <= 2 else f"\n\n{heading}\n\n"

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"\n\n{text.strip()}\n\n"

    def convert_q(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        # Translators: a quotation within a sentence, in this language's quotation marks.
        return _("“%(text)s”") % {"text": text}

    def convert_dt(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"\n\n{text.strip()}\n"

    def convert_dd(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return "".join(f"  {line}\n" for line in text.strip().split("\n"))

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        last = el.find_next_sibling(["td", "th"]) is None
        return text.strip().replace("\n", " ") + ("" if last else _BETWEEN_CELLS)

    convert_th = convert_td

    def convert_tr(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"{text}\n"


def _underline(text: str) -> str:
    width = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
    return (_RIGHT_TO_LEFT_MARK if get_language_bidi() else "") + "-" * min(width, _LONGEST_UNDERLINE)
