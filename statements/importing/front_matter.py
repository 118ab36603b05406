"""The front matter of a file: its keys, each with its value and its line."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml
from django.utils.translation import gettext as _

from statements.importing.problems import Problem
from statements.text import clean_line

Report = Callable[[int, str], None]


@dataclass(frozen=True)
class Entry:
    """The value of a key. As it is written: `no` is the word and not the truth value, 2019-02-06 is ten characters."""

    line: int
    text: str = ""
    items: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Page:
    """A file taken apart."""

    path: Path
    entries: dict[str, Entry]
    text: str
    text_line: int


class Unreadable(Exception):
    """The file cannot be taken apart, and its first problem hides all the others."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


def read_page(path: Path, problems: list[Problem]) -> Page | None:
    """Return the front matter and the text of a file, or add to `problems` why they cannot be told apart."""

    def report(line: int, text: str) -> None:
        problems.append(Problem(path, line, text))

    try:
        return _taken_apart(path, _decoded(path.read_bytes()), report)
    except OSError as error:
        report(0, _("cannot be read: %(reason)s") % {"reason": error.strerror})
    except Unreadable as error:
        report(error.line, str(error))
    return None


def _decoded(written: bytes) -> str:
    try:
        text = written.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = written[: error.start].count(b"\n") + 1
        values = {"byte": f"0x{written[error.start]:02X}", "offset": error.start}
        words = _("not UTF-8: byte %(byte)s at offset %(offset)d. Save the file as UTF-8.")
        raise Unreadable(line, words % values) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _taken_apart(path: Path, text: str, report: Report) -> Page:
    lines = text.split("\n")
    fences = [number for number, line in enumerate(lines) if line.rstrip() == "---"]
    if fences[:1] != [0]:
        raise Unreadable(1, _("no front matter. Begin the file with a line ---, then the keys, then another line ---."))
    if len(fences) < 2:
        raise Unreadable(1, _("the front matter does not end. Put a line --- between the keys and the text."))
    front, body = lines[1 : fences[1]], lines[fences[1] + 1 :]
    root = _composed("\n".join(front))
    return Page(path, _mapping(root, report) if root else {}, "\n".join(body), fences[1] + 2)


def _composed(front: str) -> yaml.MappingNode | None:
    try:
        root = yaml.compose(front, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        line = front[: error.position].count("\n") + 2
        character = f"U+{error.character:04X}"
        words = _("the character %(character)s cannot stand here. Delete it.")
        raise Unreadable(line, words % {"character": character}) from error
    except yaml.MarkedYAMLError as error:
        raise Unreadable(_line(error.problem_mark), _yaml_problem(error)) from error
    except RecursionError as error:
        raise Unreadable(2, _("write “key: value”, one key on each line.")) from error
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise Unreadable(_line(root.start_mark), _("write “key: value”, one key on each line."))
    return root


def _yaml_problem(error: yaml.MarkedYAMLError) -> str:
    """Return the parser's words, and in ours what they mostly mean."""
    hint = _("Put a value that holds “: ”, “ #” or begins with a sign into quotes.")
    return _("not YAML: %(problem)s. %(hint)s") % {"problem": error.problem or error.context, "hint": hint}


def _mapping(root: yaml.MappingNode, report: Report) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for key, value in root.value:
        line = _line(key.start_mark)
        if not isinstance(key, yaml.ScalarNode):
            report(line, _("a key is one word, such as title."))
        elif key.value in entries:
            report(line, _("“%(key)s” stands here twice. Keep one.") % {"key": key.value})
        elif entry := _entry(line, value):
            entries[key.value] = entry
        else:
            entries[key.value] = Entry(line)
            report(line, _("“%(key)s” is one line of text, or a list of such lines.") % {"key": key.value})
    return entries


def _entry(line: int, node: yaml.Node) -> Entry | None:
    if isinstance(node, yaml.ScalarNode):
        return Entry(line, _scalar(node))
    if isinstance(node, yaml.SequenceNode) and all(isinstance(item, yaml.ScalarNode) for item in node.value):
        return Entry(line, items=tuple(filter(None, map(_scalar, node.value))))
    return None


def _scalar(node: yaml.ScalarNode) -> str:
    nothing = node.tag == "tag:yaml.org,2002:null"
    return "" if nothing else clean_line(re.sub(r"\s*\n\s*", " ", node.value))


def _line(mark: yaml.Mark | None) -> int:
    """Return the line in the file: the front matter begins in its second line, and marks count from 0."""
    return mark.line + 2 if mark else 2
