"""The previews as files, and a page to look through them."""

from collections.abc import Iterable
from pathlib import Path

from django.template import Context, Engine

from statements.languages import direction, language_name
from tests.previews.mails import Preview
from tests.previews.pictures import VIEWS

TEMPLATE = Path(__file__).parent / "index.html"
PARTS = {"html": "html", "txt": "plain"}


def write(previews: Iterable[Preview], folder: Path) -> list[Path]:
    """Write each mail whole and in its parts, `<name>.<language>.eml`, and return the HTML files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for preview in previews:
        stem = f"{preview.name}.{preview.language}"
        (folder / f"{stem}.eml").write_bytes(preview.octets)
        for suffix, kind in PARTS.items():
            (folder / f"{stem}.{suffix}").write_text(preview.part(kind), encoding="utf-8")
        files.append(folder / f"{stem}.html")
    return files


def write_index(previews: Iterable[Preview], folder: Path, with_pictures: bool) -> Path:
    """Write the page that shows what is in the folder, mail by mail in all languages."""
    rows: dict[str, list[dict[str, object]]] = {}
    for preview in previews:
        rows.setdefault(preview.name, []).append(
            {
                "stem": f"{preview.name}.{preview.language}",
                "language": preview.language,
                "direction": direction(preview.language),
                "language_name": language_name(preview.language),
                "subject": preview.message["Subject"],
                "size": len(preview.octets),
            }
        )
    template = Engine().from_string(TEMPLATE.read_text(encoding="utf-8"))
    context = {"rows": rows, "views": list(VIEWS) if with_pictures else []}
    index = folder / "index.html"
    index.write_text(template.render(Context(context)), encoding="utf-8")
    return index
