"""The whole way in a real browser, as a newcomer walks it after `make run`: a reader, staff, the mail, the way out."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import feedparser
from playwright.sync_api import Page, expect

from tests.site import Site

Screenshot = Callable[[Page, str], object]
NewPage = Callable[..., Page]


@dataclass(frozen=True)
class Reader:
    """Somebody who reads in one language, what they see in it, and what the ministry will write to them."""

    language: str
    direction: str
    email: str
    title: str
    paragraph: str
    browser: dict[str, Any] = field(default_factory=dict)


READERS = {
    "en": Reader(
        "en",
        "ltr",
        "nora@example.com",
        "Ferries on the Sarne run again",
        "The first boat leaves Belsara at 06:30.",
    ),
    "ar": Reader(
        "ar",
        "rtl",
        "salma@example.com",
        "استئناف رحلات العبّارات في نهر السارن",
        "تنطلق أول عبّارة من بلسارة عند الساعة 6:30.",
        {"viewport": {"width": 320, "height": 640}},
    ),
    "zh-hans": Reader(
        "zh-hans",
        "ltr",
        "lin@example.com",
        "萨恩河渡轮恢复通航",
        "首班渡轮六时三十分从贝尔萨拉启航。",
        {"viewport": {"width": 320, "height": 640}, "java_script_enabled": False},
    ),
}


def sign_in_staff(page: Page, site: Site) -> None:
    found = re.search(r"password (\S+)", site.output)
    assert found
    page.goto(f"{site.url}/admin/")
    page.fill("#id_username", "staff")
    page.fill("#id_password", found[1])
    page.click("[type=submit]")


def open_mail(page: Page, site: Site, reader: Reader, number: int) -> None:
    """Open a reader's newest mail as soon as they have this many; five seconds are enough for that."""
    stop_at = time.monotonic() + 5
    while len(found := mails_of(page, site, reader)) < number:
        assert time.monotonic() < stop_at, f"only {len(found)} mails for {reader.email}"
        time.sleep(0.2)
    assert len(found) == number
    page.goto(site.url + found[0])


def mails_of(page: Page, site: Site, reader: Reader) -> list[str]:
    page.goto(f"{site.url}/mailbox/?to={reader.email}")
    paths = page.locator("main a").evaluate_all("links => links.map(link => link.pathname)")
    return [path for path in dict.fromkeys(paths) if re.fullmatch(r"/mailbox/\d+/", path)]


def find_statements(site: Site, new_page: NewPage, reader: Reader, screenshot: Screenshot) -> None:
    page = new_page(locale=reader.language, **reader.browser)
    page.goto(site.url)
    expect(page).to_have_url(f"{site.url}/{reader.language}/")
    expect(page.locator("html")).to_have_attribute("dir", reader.direction)
    screenshot(page, f"journey-{reader.language}-1-latest")
    page.locator(".statements h2 a").first.click()
    article = page.locator("article")
    expect(article.locator(f"[lang={reader.language}][dir={reader.direction}]").first).to_be_visible()
    title = page.locator("h1").inner_text()
    screenshot(page, f"journey-{reader.language}-2-statement")
    # The same statement in another language it exists in, and back.
    page.locator("a[rel=alternate][hreflang], .margin a[hreflang]").first.click()
    expect(page.locator("h1")).not_to_have_text(title)
    page.go_back()
    feed = page.locator("link[rel=alternate][type='application/rss+xml']").first.get_attribute("href")
    assert feed == f"/{reader.language}/feed.rss"
    expect(page.locator("#email-updates input[name=email]")).to_be_visible()
    assert page.context.cookies() == []


def sign_up_and_choose(site: Site, new_page: NewPage, reader: Reader, screenshot: Screenshot) -> None:
    page = new_page(locale=reader.language, **reader.browser)
    page.goto(f"{site.url}/{reader.language}/")
    page.fill("#email-updates input[name=email]", reader.email)
    page.click("#email-updates button")
    expect(page).to_have_url(f"{site.url}/{reader.language}/sign-up/check-inbox/")
    screenshot(page, f"journey-{reader.language}-3-check-inbox")
    open_mail(page, site, reader, 1)
    screenshot(page, f"journey-{reader.language}-4-confirmation-mail")
    page.frame_locator("iframe").locator("td.button a").click()
    expect(page).to_have_url(re.compile(f"/{reader.language}/confirm/"))
    screenshot(page, f"journey-{reader.language}-5-confirm")
    page.click("main form button")
    page.select_option("[name=language_0]", reader.language)
    page.select_option("[name=language_1]", "fr")
    page.select_option("[name=topic_all]", "immediate")
    page.check("[name=while_missing][value=next]")
    screenshot(page, f"journey-{reader.language}-6-preferences")
    page.click("main form button >> nth=0")
    expect(page.locator(".notice.success")).to_be_visible()
    expect(page.locator("[name=language_1]")).to_have_value("fr")


def enter_the_same_address_again(site: Site, new_page: NewPage, reader: Reader) -> None:
    page = new_page(locale=reader.language, **reader.browser)
    page.goto(f"{site.url}/{reader.language}/sign-up/")
    page.fill("main input[name=email]", reader.email)
    page.click("main button")
    expect(page).to_have_url(f"{site.url}/{reader.language}/sign-up/check-inbox/")
    open_mail(page, site, reader, 2)
    page.frame_locator("iframe").locator("td.button a").click()
    expect(page).to_have_url(re.compile(f"/{reader.language}/sign-in/"))
    page.click("main form button")
    expect(page.locator("[name=language_1]")).to_have_value("fr")


def staff_publish_in_three_languages(site: Site, new_page: NewPage, screenshot: Screenshot) -> None:
    page = new_page()
    sign_in_staff(page, site)
    page.goto(f"{site.url}/admin/statements/statement/add/")
    page.fill("[name=slug]", "ferries-again")
    page.select_option("[name=issuer]", index=1)
    page.select_option("[name=type]", index=1)
    page.fill("[name=date]", "2026-11-21")
    page.select_option("[name=original_language]", "en")
    for reader in READERS.values():
        title = f"[name=title_{reader.language.replace('-', '_')}]"
        section = page.locator(f"details:has({title})")
        if section.count() and section.get_attribute("open") is None:
            section.locator("summary").first.click()
        page.fill(title, reader.title)
        page.locator(f".ProseMirror[lang={reader.language}]").fill(reader.paragraph)
    screenshot(page, "journey-staff-1-statement")
    page.click("[name=_save_and_publish], [name=_publish]")
    screenshot(page, "journey-staff-2-publish")
    expect(page.locator(".audience").first).to_contain_text("people")
    page.click("[name=publish]")
    expect(page.locator(".success")).to_be_visible()
    screenshot(page, "journey-staff-3-published")


def read_the_mail_the_page_and_the_feed(site: Site, new_page: NewPage, reader: Reader, screenshot: Screenshot) -> None:
    page = new_page(locale=reader.language, **reader.browser)
    page.goto(f"{site.url}/{reader.language}/")
    expect(page.locator(".statements")).to_contain_text(reader.title)
    feed = feedparser.parse(site.get(f"/{reader.language}/feed.rss").text)
    assert reader.title in [entry.title for entry in feed.entries]
    open_mail(page, site, reader, 3)
    expect(page.locator("h1")).to_have_text(reader.title)
    letter = page.frame_locator("iframe")
    expect(letter.locator("body")).to_contain_text(reader.paragraph)
    expect(letter.locator("html")).to_have_attribute("dir", reader.direction)
    screenshot(page, f"journey-{reader.language}-7-statement-mail")


def follow_the_feed(site: Site, reader: Reader) -> None:
    first = site.get(f"/{reader.language}/feed.rss")
    feed = feedparser.parse(first.text)
    assert not feed.bozo
    assert feed.feed.language == reader.language
    assert len({entry.id for entry in feed.entries}) == len(feed.entries)
    assert reader.paragraph in next(e for e in feed.entries if e.title == reader.title).content[0].value
    again = site.get(f"/{reader.language}/feed.rss", **{"If-None-Match": first.headers["ETag"]})
    assert again.status == 304


def leave_by_the_link_and_by_one_click(site: Site, new_page: NewPage, reader: Reader, screenshot: Screenshot) -> None:
    page = new_page(locale=reader.language, **reader.browser)
    open_mail(page, site, reader, 3)
    page.frame_locator("iframe").locator("a[href*='/u/']").click()
    expect(page).to_have_url(re.compile(f"/{reader.language}/u/"))
    screenshot(page, f"journey-{reader.language}-8-unsubscribe")
    link = page.url
    page.click("main form button")
    screenshot(page, f"journey-{reader.language}-9-unsubscribed")
    page.goto(link)
    expect(page.locator("main form")).to_have_count(0)  # nothing is left to leave
    open_mail(page, site, reader, 4)  # the goodbye
    page.goto(site.url + mails_of(page, site, reader)[1])
    page.locator("main form button").click()
    expect(page.locator(".notice.success")).to_contain_text("200")


def test_the_whole_way(site: Site, new_page: NewPage, screenshot: Screenshot) -> None:
    for reader in READERS.values():
        find_statements(site, new_page, reader, screenshot)
        sign_up_and_choose(site, new_page, reader, screenshot)
        enter_the_same_address_again(site, new_page, reader)
    staff_publish_in_three_languages(site, new_page, screenshot)
    for reader in READERS.values():
        read_the_mail_the_page_and_the_feed(site, new_page, reader, screenshot)
        follow_the_feed(site, reader)
        leave_by_the_link_and_by_one_click(site, new_page, reader, screenshot)
