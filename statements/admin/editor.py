"""The editor of a statement's text: what it offers is what `statements.text` lets through."""

from typing import Any

from django.templatetags.static import static
from django.utils.translation import gettext as _
from django_prose_editor.widgets import AdminProseEditorWidget

from statements.languages import direction, language_name

EXTENSIONS: dict[str, Any] = {
    "Bold": True,
    "Italic": True,
    "Underline": True,
    "Strike": True,
    "Subscript": True,
    "Superscript": True,
    "Code": True,
    "HardBreak": True,
    "Heading": {"levels": [2, 3, 4]},
    "BulletList": True,
    # Its type is an attribute that the text may not have.
    "OrderedList": {"enableListAttributes": False},
    "ListItem": True,
    "Blockquote": True,
    "CodeBlock": True,
    "HorizontalRule": True,
    "Link": {"enableTarget": False, "protocols": ["http", "https", "mailto", "tel"]},
    "Table": True,
    "TableRow": True,
    "TableHeader": True,
    "TableCell": True,
    "HTML": True,
    # Browsers check the spelling of a text that says which language it is in.
    "NoSpellCheck": False,
    # Every group as plain buttons: its drop-down cannot be opened from the keyboard.
    "Menu": {
        "groups": [
            *({"group": "headings"}, {"group": "lists"}, {"group": "nodes -headings -lists"}, {"group": "marks"}),
            *({"group": "link"}, {"group": "table"}, {"group": "history"}, {"group": "utility"}),
        ]
    },
    # From admin/statements/editor.js: what the editor would throw away without a word.
    "LanguageAttributes": True,
    "Passage": True,
    "Isolate": True,
    "Abbreviation": True,
    "Citation": True,
    "Quotation": True,
    "Division": True,
    "DescriptionList": True,
    "DescriptionTerm": True,
    "DescriptionDetails": True,
}


class BodyEditor(AdminProseEditorWidget):  # type: ignore[misc]
    """The text of a statement in one language. Without JavaScript it is a plain field for HTML."""

    def __init__(self, *, language: str, attrs: dict[str, Any] | None = None) -> None:
        attrs = {"lang": language, "dir": direction(language), **(attrs or {})}
        super().__init__(attrs=attrs, config={"extensions": EXTENSIONS}, preset="configurable")
        self.language = language

    def get_config(self) -> dict[str, Any]:
        # In the page's language, so not before there is a page.
        region = {
            "lang": self.language,
            "dir": direction(self.language),
            "label": _("Text in %(language)s") % {"language": language_name(self.language)},
        }
        config: dict[str, Any] = super().get_config()
        return {
            **config,
            "extensions": {**config["extensions"], "Region": region},
            "js_modules": [static("admin/statements/editor.js")],
        }
