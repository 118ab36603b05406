"""From a topic's page to the preferences, as readers walk it: with little room, without scripts, by keyboard."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.test_accessibility import look_over
from tests.site import Site

NewPage = Callable[..., Page]

# A language to begin in, and one to change to half-way.
LANGUAGES = [("en", "ar"), ("ar", "zh-hans"), ("zh-hans", "en")]
WINDOWS = {
    "narrow, without scripts": {"viewport": {"width": 320, "height": 640}, "java_script_enabled": False},
    "wide": {"viewport": {"width": 1280, "height": 900}},
}


def newest_link(site: Site, address: str, kind: str) -> str:
    """The confirm or sign-in link in the newest mail to an address, waiting for it."""
    stop_at = time.monotonic() + 20
    while True:
        mails = re.findall(r'href="(/mailbox/\d+/)"', site.get(f"/mailbox/?to={address}").text)
        if mails and (found := re.search(rf'/[\w-]+/{kind}/[^\s"<&]+', site.get(mails[0]).text)):
            return found[0]
        assert time.monotonic() < stop_at, f"no {kind} link for {address}"
        time.sleep(0.2)


def switch(page: Page, language: str) -> None:
    page.locator(f".languages [lang={language}]").click()
    expect(page.locator("html")).to_have_attribute("lang", language)


def field(page: Page, name: str) -> Locator:
    return page.locator(f"main [name={name}]")


def topic(page: Page, number: int) -> Locator:
    return page.locator("main fieldset fieldset select").nth(number)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize(("language", "other"), LANGUAGES)
def test_a_reader_signs_up_for_a_topic_and_changes_the_language_half_way(
    site: Site,
    new_page: NewPage,
    screenshot: Callable[[Page, str], object],
    language: str,
    other: str,
    window: str,
) -> None:
    page = new_page(locale=language, **WINDOWS[window])
    address = f"{language}-{len(window)}@example.org"
    page.goto(f"{site.url}/{language}/topics/flood-safety/")
    page.locator(".updates input").fill(address)
    page.locator(".updates button[formaction$='?topic=flood-safety']").click()

    chosen = page.locator("main fieldset fieldset select").evaluate_all("all => all.map(one => one.value)")
    assert sorted(chosen) == ["", "", "", "", "immediate"]
    expect(field(page, "email")).to_have_value(address)
    field(page, "language_1").select_option(other)
    field(page, "topic_all").select_option("weekly")
    field(page, "while_missing").and_(page.locator("[value=wait]")).check()
    screenshot(page, f"sign-up-{language}-{window}")

    for there in (other, language):
        switch(page, there)
        expect(page.locator(".errors")).to_have_count(0)
        expect(field(page, "email")).to_have_value(address)
        expect(field(page, "language_0")).to_have_value(language)
        expect(field(page, "language_1")).to_have_value(other)
        expect(field(page, "topic_all")).to_have_value("weekly")
        expect(field(page, "while_missing").and_(page.locator("[value=wait]"))).to_be_checked()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    # Enter sends the form, and does not press the first of its buttons, which is a language.
    field(page, "email").press("Enter")
    expect(page).to_have_url(f"{site.url}/{language}/sign-up/check-inbox/")

    page.goto(site.url + newest_link(site, address, "confirm"))
    screenshot(page, f"confirm-{language}-{window}")
    facts = page.locator("dl.facts")
    expect(facts).to_contain_text(address)
    expect(facts.locator("ul").first.locator("li")).to_have_count(2)
    expect(facts.locator("bdi[lang]")).to_have_count(2)
    assert facts.locator("bdi[lang]").evaluate_all("all => all.map(one => one.lang)") == [language, other]
    switch(page, other)
    expect(facts).to_contain_text(address)
    page.locator("main form button").click()

    expect(page).to_have_url(f"{site.url}/{other}/sign-up/welcome/")
    expect(page.locator(".notice.success")).to_be_visible()
    screenshot(page, f"preferences-{other}-{window}")
    if window == "wide":
        look_over(page)
    expect(field(page, "topic_all")).to_have_value("weekly")
    chosen = page.locator("main fieldset fieldset select").evaluate_all("all => all.map(one => one.value)")
    assert sorted(chosen) == ["", "", "", "", "immediate"]
    expect(field(page, "language_0")).to_have_value(language)
    expect(field(page, "while_missing").and_(page.locator("[value=wait]"))).to_be_checked()

    topic(page, 0).select_option("daily")
    switch(page, language)
    page.locator("main .actions button").click()
    expect(page.locator(".notice.success")).to_be_visible()
    assert "daily" in page.locator("main fieldset fieldset select").evaluate_all("all => all.map(one => one.value)")


def test_who_is_a_subscriber_already_finds_what_they_asked_for_in_their_preferences(
    site: Site, new_page: NewPage, screenshot: Callable[[Page, str], object]
) -> None:
    page = new_page()
    page.goto(f"{site.url}/en/sign-up/choose/?topic=shared-rivers&frequency=daily")
    field(page, "email").fill("chen.wei@example.net")
    field(page, "email").press("Enter")
    page.goto(site.url + newest_link(site, "chen.wei@example.net", "sign-in"))
    page.locator("main form button").click()
    news = page.locator(".notice")
    expect(news).to_contain_text("Shared rivers: Once a day")
    expect(news).to_contain_text("Second language: English")
    screenshot(page, "preferences-with-news")
    look_over(page)
    news.get_by_role("link", name="Shared rivers").click()
    expect(page.get_by_label("Shared rivers")).to_be_in_viewport()
    page.locator("main .actions button").click()
    expect(page.locator(".notice.success")).to_be_visible()
    expect(page.get_by_label("Shared rivers")).to_have_value("daily")
    expect(page.get_by_label("Flood safety")).to_have_value("immediate")


def test_a_keyboard_alone_signs_up(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/en/sign-up/choose/")

    def focused(attribute: str) -> str:
        return str(page.evaluate(f"document.activeElement.{attribute} || ''"))

    seen = []
    while focused("textContent") != "Continue":
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        seen.append(focused("name") or focused("textContent"))
        if focused("name") == "email":
            page.keyboard.type("keyboard@example.org")
        if focused("name").startswith("topic_"):
            page.keyboard.press("ArrowDown")
        if focused("name") == "while_missing":
            page.keyboard.press("ArrowDown")
    assert seen.count("switch") == 8
    assert len([name for name in seen if name.startswith("topic_")]) == 6
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/en/sign-up/check-inbox/")
    page.goto(site.url + newest_link(site, "keyboard@example.org", "confirm"))
    expect(page.locator("dl.facts ul").first.locator("li")).to_have_count(6)


LOOK = """all => all.map(one => {
    const {x, y, width, height} = one.getBoundingClientRect(), style = getComputedStyle(one);
    const names = ["fontFamily", "fontSize", "fontWeight", "color", "backgroundColor", "boxShadow", "borderRadius",
        "textDecorationLine", "textTransform", "cursor"];
    return [x, y, width, height, ...names.map(name => style[name])];
})"""


@pytest.mark.parametrize("language", ["en", "ur"])
@pytest.mark.parametrize("width", [320, 1280])
def test_languages_look_the_same_whether_links_or_buttons(
    site: Site, new_page: NewPage, language: str, width: int
) -> None:
    page = new_page(viewport={"width": width, "height": 640})
    looks = []
    for path in ("sign-up/check-inbox/", "sign-up/choose/"):
        page.goto(f"{site.url}/{language}/{path}")
        looks.append(page.locator(".languages li > *").evaluate_all(LOOK))
    assert looks[0] == looks[1]


def test_a_form_on_another_site_signs_people_up(site: Site, new_page: NewPage, tmp_path) -> None:  # type: ignore[no-untyped-def]
    maker = new_page()
    maker.goto(f"{site.url}/en/sign-up/embed/")
    maker.get_by_label("Flood safety").check()
    field(maker, "language").select_option("ar")
    maker.get_by_role("button", name="Make the form").click()
    look_over(maker)
    html = maker.get_by_label("The HTML to copy").input_value()
    elsewhere = tmp_path / "elsewhere.html"
    elsewhere.write_text(f"<!doctype html><html lang=en><meta charset=utf-8><title>News</title>{html}", "utf-8")

    page = new_page(java_script_enabled=False)
    page.goto(elsewhere.as_uri())
    expect(page.locator("form")).to_have_attribute("dir", "rtl")
    page.locator("[name=email]").fill("elsewhere@example.org")
    page.locator("button").click()
    expect(page).to_have_url(f"{site.url}/ar/sign-up/check-inbox/")
    assert page.context.cookies() == []
    page.goto(site.url + newest_link(site, "elsewhere@example.org", "confirm"))
    expect(page.locator("dl.facts ul").first.locator("li")).to_have_count(1)
