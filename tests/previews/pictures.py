"""What a mail looks like: by day, by night, and on the smallest telephone."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.chromium import ARGUMENTS

VIEWS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 800, "height": 600}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 800, "height": 600}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 320, "height": 568}, "color_scheme": "light", "device_scale_factor": 2},
}
# Of a longer mail the end is shown: how it was cut.
TALLEST = 4000


def take(files: Iterable[Path], program: str) -> Iterator[Path]:
    """Take the pictures of HTML files, beside them, and yield each."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield from take_with(browser, files)
        browser.close()


def take_with(browser: Browser, files: Iterable[Path]) -> Iterator[Path]:
    """The same with a browser that is there already."""
    # Offline: a mail that would fetch something shows what readers see whose programs fetch nothing.
    contexts = {view: browser.new_context(**options, offline=True) for view, options in VIEWS.items()}
    pages = {view: context.new_page() for view, context in contexts.items()}
    for file in files:
        for view, page in pages.items():
            page.goto(file.absolute().as_uri())
            yield _picture(page, file.with_name(f"{file.stem}.{view}.png"))
    for context in contexts.values():
        context.close()


def _picture(page: Page, path: Path) -> Path:
    width, height = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    shown = min(height, TALLEST)
    clip = {"x": 0, "y": height - shown, "width": width, "height": shown}
    page.screenshot(path=path, full_page=True, clip=clip)  # type: ignore[arg-type]
    return path
