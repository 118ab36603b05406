"""Every public page, in every language, is valid HTML: the Nu Html Checker (validator.w3.org/nu) finds nothing."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from django.template.loader import get_template
from django.utils.translation import override
from playwright.sync_api import StorageState

from tests.conftest import IN_CI
from tests.journeys.test_accessibility import LANGUAGES, PUBLIC
from tests.site import Site

CHECKER = Path(__file__).parent.parent / "html_checker" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
WITHOUT_CHECKER = (
    "no Nu Html Checker: install Java 17 or later and npm (Debian: apt install default-jre-headless npm), "
    "then run npm ci --prefix tests/html_checker"
)
STANDALONE = ["400.html", "403_csrf.html", "500.html"]


def complaints(pages: Path) -> list[str]:
    """What the checker finds in the HTML files of a folder, as an error or as a warning."""
    java = shutil.which("java")
    if not java or not CHECKER.exists():
        (pytest.fail if IN_CI else pytest.skip)(WITHOUT_CHECKER)
    files = sorted(map(str, pages.glob("*.html")))
    command = [java, "-jar", CHECKER, "--format", "json", "--exit-zero-always", *files]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stderr)
    return [
        f"{Path(message['url']).name}:{message['lastLine']}: {message['message']} {message.get('extract', '')!r}"
        for message in found["messages"]
    ]


def test_the_checker_finds_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "wrong.html").write_text('<!doctype html><html lang="en"><title>A page</title><p><div></p>')
    (tmp_path / "right.html").write_text('<!doctype html><html lang="en"><title>A page</title><p>Right.')
    found = complaints(tmp_path)
    assert found
    assert all(complaint.startswith("wrong.html") for complaint in found)


def test_every_page_in_every_language_is_valid(
    site: Site, confirm: str, amended: tuple[str, ...], tmp_path: Path
) -> None:
    for language in LANGUAGES:
        for number, path in enumerate((*PUBLIC, *amended, confirm)):
            address = f"/{language}/{path}"
            page = site.get(address)
            if page.status in (301, 302):
                address = page.headers["Location"].removeprefix(site.url)
                page = site.get(address)
            assert page.text.startswith("<!doctype html>"), address
            (tmp_path / f"{language}-{number}.html").write_text(page.text)
    assert complaints(tmp_path) == []


def test_the_pages_of_a_subscriber_are_valid(site: Site, own: tuple[StorageState, list[str]], tmp_path: Path) -> None:
    state, paths = own
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in state["cookies"])
    for language in LANGUAGES:
        for number, path in enumerate(paths):
            page = site.get(f"/{language}/{path}", Cookie=cookies)
            assert page.text.startswith("<!doctype html>"), path
            (tmp_path / f"{language}-{number}.html").write_text(page.text)
        for path in ("sign-up/", "sign-up/choose/"):
            page = site.request("POST", f"/{language}/{path}", {"email": "nobody"})
            assert page.status == 422
            (tmp_path / f"{language}-{path.replace('/', '-')}.html").write_text(page.text)
    assert complaints(tmp_path) == []


def test_the_pages_for_when_nothing_works_are_valid(tmp_path: Path) -> None:
    for language in LANGUAGES:
        for name in STANDALONE:
            with override(language):
                (tmp_path / f"{language}-{name}").write_text(get_template(name).render())
    assert complaints(tmp_path) == []
