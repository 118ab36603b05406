"""Every public page, in every language, as axe, a keyboard, a small screen and a reader in a hurry meet it."""

import re
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.site import Site

NewPage = Callable[..., Page]

LANGUAGES = ["ar", "zh-hans", "en", "fr", "ru", "es", "fa", "ur"]
READER = "reader@example.com"
RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
}
PUBLIC = [
    *("", "search/?q=river", "search/?q=nothing-like-this", "topics/flood-safety/", "years/2019/", "statements/1/"),
    *("statements/6/", "nowhere/", "sign-up/", "sign-up/check-inbox/", "confirm/cut-short/", "preferences/"),
]


@pytest.fixture(scope="module")
def links(site: Site) -> dict[str, str]:
    """The paths of what stands in the mails of somebody who signed up: a confirm link, an unsubscribe link."""
    site.request("POST", "/en/sign-up/", {"email": READER})
    confirm = link_in_mail(site, "confirm")
    return {"confirm": confirm}


def link_in_mail(site: Site, purpose: str) -> str:
    """Return the path of a link in the reader's newest mail, without its language."""
    stop_at = time.monotonic() + 10
    while not (mails := re.findall(r'href="(/mailbox/\d+/)"', site.get(f"/mailbox/?to={READER}").text)):
        assert time.monotonic() < stop_at
        time.sleep(0.2)
    found = re.search(rf"/en/({purpose}/[^\s\"<]+)", site.get(mails[0]).text)
    assert found
    return found[1]


@pytest.fixture
def signed_in(site: Site, page: Page, links: dict[str, str]) -> Page:
    """The page of a reader who confirmed, and has their preferences open."""
    page.goto(f"{site.url}/en/{links['confirm']}")
    page.click("main form button")
    return page


def pages(site: Site, language: str, *further: str) -> Iterator[str]:
    return (f"{site.url}/{language}/{path}" for path in (*PUBLIC, *further))


def look_over(page: Page) -> None:
    """Nothing that axe finds, and nothing wider than the window."""
    results = Axe().run(page, options=RULES)
    assert results.violations_count == 0, f"{page.url}\n{results.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing(
    site: Site, page: Page, console_errors: list[str], links: dict[str, str], language: str
) -> None:
    for address in pages(site, language, links["confirm"]):
        page.goto(address)
        look_over(page)
    console_errors.clear()  # Chromium complains of each page that says it is not there.


@pytest.mark.parametrize("language", ["en", "ur"])
@pytest.mark.parametrize(
    "options", [{"color_scheme": "dark"}, {"viewport": {"width": 320, "height": 640}}], ids=["dark", "narrow"]
)
def test_axe_finds_nothing_in_the_dark_or_on_320_pixels(
    site: Site, new_page: NewPage, console_errors: list[str], language: str, options: dict[str, object]
) -> None:
    page = new_page(**options)
    for address in pages(site, language):
        page.goto(address)
        look_over(page)
    console_errors.clear()
