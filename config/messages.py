"""The catalogues of translations: `python -m config.messages extract|compile|check`.

Babel does the work, so that nobody needs GNU gettext. Templates are read by Django's own `templatize`, the reader of
its `makemessages`: only it knows what becomes of `trimmed`, `context` and per cent signs, and so finds exactly the
string that is looked up when the page is shown.
"""

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = ROOT / "config" / "locale"
# English is the source: its strings stand in the code.
LANGUAGES = ("ar", "es", "fa", "fr", "ru", "ur", "zh_Hans")
FOLDERS = ("config", "hub", "statements", "subscriptions", "templates")
# Line numbers would change the catalogues whenever the code moves.
NO_LINE: Any = None
COMMENT_TAG = "Translators:"
METHODS = [
    ("**/migrations/**", "ignore"),
    ("**.py", "python"),
    ("**.html", "config.messages:extract_template"),
    ("**.txt", "config.messages:extract_template"),
]
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# What Django and Babel need to know of a catalogue, and nothing that differs from one day to the next.
HEADER = r"""msgid ""
msgstr ""
"Language: {language}\n"
"Plural-Forms: {plural_forms}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

"""
# What must come through translation unharmed: %(name)s, %s, %d and {name}.
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|(?<!%)%[sd]|\{\w*\}")


def extract_template(file: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Any]:
    """Find the strings of a Django template, as Babel asks an extraction method to."""
    calls = templatize(file.read().decode())
    # What is left of the template's indentation would be a syntax error in Python.
    calls = "\n".join(line.lstrip() for line in calls.split("\n"))
    return extract_python(BytesIO(calls.encode()), keywords, comment_tags, options)


def extracted() -> Catalog:
    """Every string of the product that is to be translated, with the files it stands in."""
    found = Catalog()
    for folder in FOLDERS:
        for name, _line, message, comments, context in extract_from_dir(
            ROOT / folder,
            METHODS,
            keywords=KEYWORDS,
            comment_tags=(COMMENT_TAG,),
            strip_comment_tags=True,
        ):
            place = (f"{folder}/{name}", NO_LINE)
            found.add(message, locations=[place], auto_comments=comments, context=context)
    return found


def catalogue_path(language: str) -> Path:
    return CATALOGUES / language / "LC_MESSAGES" / "django.po"


def read_catalogue(language: str) -> Catalog:
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain="django")


def write_catalogue(language: str, catalogue: Catalog) -> None:
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(HEADER.format(language=language, plural_forms=catalogue.plural_forms).encode())
        write_po(file, catalogue, width=100, omit_header=True, sort_output=True)


def extract() -> None:
    """Bring every catalogue up to date with the code: new strings come empty, strings no longer used go."""
    template = extracted()
    for language in LANGUAGES:
        catalogue = read_catalogue(language)
        # No guesses: a fuzzy string reads as a translation to whoever is in a hurry.
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        write_catalogue(language, catalogue)


def compile_catalogues() -> None:
    """Write the .mo files that Django reads."""
    for language in LANGUAGES:
        if catalogue_path(language).exists():
            with catalogue_path(language).with_suffix(".mo").open("wb") as file:
                write_mo(file, read_catalogue(language))


def problems() -> Iterator[str]:
    """Say what is wrong with the catalogues, naming language and string."""
    template = extracted()
    wanted = {(message.context, message.id): message for message in template if message.id}
    for language in LANGUAGES:
        catalogue = read_catalogue(language)
        present = {(message.context, message.id): message for message in catalogue if message.id}
        for key, message in wanted.items():
            for problem in problems_of(present.get(key)):
                where = ", ".join(sorted({file for file, _ in message.locations}))
                yield f"{language}: {problem}: {shown(message)} (in {where})"
        for message in [*catalogue.obsolete.values(), *(present[key] for key in present.keys() - wanted.keys())]:
            yield f"{language}: no longer in the code: {shown(message)}"


def problems_of(message: Message | None) -> Iterator[str]:
    if message is None:
        yield "not in the catalogue"
        return
    sources, translations = forms(message.id), forms(message.string)
    if not all(translations):
        yield "not translated"
    elif message.fuzzy:
        yield "fuzzy: check the translation and take the mark away"
    elif not message.pluralizable and placeholders(*sources) != placeholders(*translations):
        yield f"other placeholders: {sorted(placeholders(*translations) ^ placeholders(*sources))}"
    elif message.pluralizable:
        # One form may well say "one mail" without the number; none may have a placeholder the code doesn't fill.
        if unknown := placeholders(*translations) - placeholders(*sources):
            yield f"placeholders the code does not fill: {sorted(unknown)}"
        if missing := placeholders(*sources) - placeholders(translations[-1]):
            yield f"placeholders missing in the last plural form: {sorted(missing)}"


def forms(text: Any) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, (tuple, list)) else (text,)


def placeholders(*texts: str) -> set[str]:
    return {found for text in texts for found in PLACEHOLDER.findall(text)}


def shown(message: Message) -> str:
    text = forms(message.id)[0]
    return f"{text!r} as {message.context!r}" if message.context else repr(text)


def check() -> None:
    found = list(problems())
    if found:
        sys.exit("\n".join(found) + f"\n{len(found)} problems. `make messages` brings the catalogues up to date.")


if __name__ == "__main__":
    commands = {"extract": extract, "compile": compile_catalogues, "check": check}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit(f"Say what to do with the catalogues: {', '.join(commands)}")
    commands[sys.argv[1]]()
