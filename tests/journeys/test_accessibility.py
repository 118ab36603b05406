"""Every public page, in every language, as axe, a keyboard, a small screen and a reader in a hurry meet it."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, StorageState, expect

from statements.languages import enabled_languages
from tests.site import Site

NewPage = Callable[..., Page]

LANGUAGES = enabled_languages()
RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
}
PUBLIC = [
    *("", "search/?q=river", "search/?q=nothing-like-this", "topics/flood-safety/", "types/fact-sheet/", "years/2019/"),
    "issuers/ministry-of-rivers/",
    *("statements/1/", "statements/6/", "feeds/", "feeds/?topic=flood-safety", "nowhere/"),
    *("sign-up/", "sign-up/check-inbox/", "confirm/cut-short/", "preferences/"),
    *("sign-up/choose/?topic=flood-safety", "sign-up/embed/?topic=flood-safety&frequency=weekly"),
]


def pages(site: Site, language: str, *further: str) -> Iterator[str]:
    return (f"{site.url}/{language}/{path}" for path in (*PUBLIC, *further))


def look_over(page: Page) -> None:
    """Nothing that axe finds, and nothing wider than the window."""
    results = Axe().run(page, options=RULES)
    assert results.violations_count == 0, f"{page.url}\n{results.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing(
    site: Site, page: Page, console_errors: list[str], confirm: str, amended: tuple[str, ...], language: str
) -> None:
    for address in pages(site, language, confirm, *amended):
        page.goto(address)
        look_over(page)
    console_errors.clear()  # Chromium complains of each page that says it is not there.


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_on_the_pages_of_a_subscriber(
    site: Site, new_page: NewPage, console_errors: list[str], own: tuple[StorageState, list[str]], language: str
) -> None:
    state, paths = own
    page = new_page(storage_state=state)
    for path in paths:
        page.goto(f"{site.url}/{language}/{path}")
        look_over(page)
        assert page.title() != ""
    console_errors.clear()  # Of the link that was used.


@pytest.mark.parametrize(
    ("language", "options"),
    [("en", {"color_scheme": "dark"}), ("ur", {"viewport": {"width": 320, "height": 640}})],
    ids=["dark", "narrow"],
)
def test_the_pages_of_a_subscriber_hold_up_in_the_dark_and_on_small_screens(
    site: Site,
    new_page: NewPage,
    console_errors: list[str],
    own: tuple[StorageState, list[str]],
    language: str,
    options: dict[str, object],
) -> None:
    state, paths = own
    page = new_page(storage_state=state, **options)
    for path in paths:
        page.goto(f"{site.url}/{language}/{path}")
        look_over(page)
    console_errors.clear()


def test_the_pages_of_a_subscriber_fit_at_twice_the_size_and_show_the_focus_wherever_it_is(
    site: Site, new_page: NewPage, console_errors: list[str], own: tuple[StorageState, list[str]]
) -> None:
    state, paths = own
    page = new_page(storage_state=state)
    for path in paths:
        page.goto(f"{site.url}/ru/{path}")  # It has the longest words.
        assert tab_through(page) == page.locator(REACHABLE).count(), page.url
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    console_errors.clear()


@pytest.mark.parametrize("form", ["address", "pause"])
def test_a_subscribers_form_with_errors_sums_them_up(
    site: Site, new_page: NewPage, own: tuple[StorageState, list[str]], console_errors: list[str], form: str
) -> None:
    page = new_page(storage_state=own[0])
    page.goto(f"{site.url}/ur/preferences/{form}/")
    page.locator("main form button").last.click()
    look_over(page)
    summary = page.locator(".errors[role=alert]")
    expect(summary).to_be_focused()
    summary.get_by_role("link").press("Enter")
    expect(page.locator("main [aria-invalid=true]")).to_be_focused()
    console_errors.clear()


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


def test_a_form_with_errors_sums_them_up_and_ties_them_to_their_fields(
    site: Site, page: Page, console_errors: list[str]
) -> None:
    page.goto(f"{site.url}/ar/sign-up/")
    page.fill("main input[name=email]", "nobody")
    page.press("main input[name=email]", "Enter")
    look_over(page)
    summary = page.locator(".errors[role=alert]")
    expect(summary).to_be_focused()
    summary.get_by_role("link").press("Enter")
    field = page.locator("main input[name=email]")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    described = field.get_attribute("aria-describedby") or ""
    assert page.locator(f"#{described.split()[-1]}").inner_text() == summary.get_by_role("link").inner_text()
    console_errors.clear()


@pytest.mark.parametrize("path", ["en/", "ar/", "ur/search/?q=river", "zh-hans/statements/1/"])
def test_a_keyboard_reaches_everything_and_shows_where_it_is(site: Site, page: Page, path: str) -> None:
    page.goto(f"{site.url}/{path}")
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.goto(page.url)
    assert tab_through(page) == page.locator(REACHABLE).count()


# Of the radio buttons of a group one.
REACHABLE = (
    "a[href]:visible, button:not([tabindex='-1']):visible, input:not([type=hidden], [type=radio]):visible, "
    "input[type=radio]:checked, select:visible, summary"
)


def tab_through(page: Page) -> int:
    """Press Tab until the page is through; return how many things that reached, each with a focus one can see."""
    page.evaluate("window.reached = new Set()")
    page.keyboard.press("Tab")
    first = page.evaluate_handle("document.activeElement")
    while page.evaluate("document.activeElement !== document.body"):
        if page.evaluate("!reached.has(document.activeElement)"):  # In a date it goes from part to part.
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", page.evaluate("document.activeElement.outerHTML")
            page.evaluate("reached.add(document.activeElement)")
        page.keyboard.press("Tab")
        if page.evaluate("first => document.activeElement === first", first):
            break  # Chromium does not always come by its own window.
    return int(page.evaluate("reached.size"))


def test_the_skip_link_leads_past_the_head_of_the_page(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/en/statements/1/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.parametrize("language", ["ar", "ur", "en", "ru"])
def test_text_of_twice_the_size_fits(site: Site, page: Page, language: str, console_errors: list[str]) -> None:
    for address in pages(site, language):
        page.goto(address)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    console_errors.clear()


def test_nothing_moves_for_those_who_asked_for_that(site: Site, new_page: NewPage) -> None:
    page = new_page(reduced_motion="reduce")
    page.goto(f"{site.url}/en/")
    moving = "[...document.querySelectorAll('*')].filter(e => getComputedStyle(e).transitionDuration !== '0s').length"
    assert page.evaluate(moving) == 0


def test_a_reader_without_scripts_finds_and_reads_and_is_not_followed(site: Site, new_page: NewPage) -> None:
    page = new_page(locale="ar", java_script_enabled=False)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site.url)
    page.locator("summary").first.click()
    page.locator(".browse a:visible").first.click()
    page.fill("[name=q]", "نهر")
    page.click(".looking button")
    page.locator(".statements h2 a").first.click()
    expect(page.locator("article")).to_be_visible()
    assert {urlsplit(address).netloc for address in asked} == {urlsplit(site.url).netloc}
    assert page.context.cookies() == []


@pytest.mark.parametrize("language", ["en", "ar", "ur", "zh-hans"])
def test_every_kind_of_page_is_looked_at(
    site: Site,
    new_page: NewPage,
    amended: tuple[str, ...],
    screenshot: Callable[[Page, str], object],
    console_errors: list[str],
    language: str,
) -> None:
    """For people to look at: wide and narrow, by day and by night, on paper."""
    looks: dict[str, dict[str, object]] = {
        "wide": {"viewport": {"width": 1280, "height": 900}},
        "narrow-dark": {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark"},
    }
    kinds = {
        "latest": "",
        "search": "search/?q=river",
        "statement": amended[0],
        "withdrawn": amended[1],
        "feeds": "feeds/",
    }
    for look, options in looks.items():
        page = new_page(**options)
        for kind, path in kinds.items():
            page.goto(f"{site.url}/{language}/{path}")
            screenshot(page, f"page-{language}-{kind}-{look}")
    page = new_page(viewport={"width": 794, "height": 1123})
    page.goto(f"{site.url}/{language}/{amended[0]}")
    page.emulate_media(media="print")
    screenshot(page, f"page-{language}-corrected-print")
    for shown in ("article", ".history", ".margin code", ".address"):
        expect(page.locator(shown)).to_be_visible()
    for hidden in ("nav.languages", ".trail", ".updates", ".inline", "nav.margin"):
        expect(page.locator(hidden).first).to_be_attached()
        expect(page.locator(hidden).filter(visible=True)).to_have_count(0)
    assert page.pdf().startswith(b"%PDF")
    console_errors.clear()
