"""A reader who moves, takes a break, leaves, comes back and is forgotten, in a real browser."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.site import Site

NewPage = Callable[..., Page]
Screenshot = Callable[[Page, str], object]

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 320, "height": 640}
JOURNEYS = [
    # language, screen, whether scripts run
    ("en", DESKTOP, True),
    ("en", PHONE, False),
    ("ar", PHONE, False),
    ("ar", DESKTOP, True),
    ("zh-hans", PHONE, True),
    ("zh-hans", DESKTOP, False),
]


@dataclass(frozen=True)
class Reader:
    """Somebody who reads in one language, and what the ministry writes in it."""

    language: str
    ministry: str
    title: str


READERS = {
    "en": Reader("en", "Ministry of Rivers and Water", "Ferries on the Sarne run again"),
    "ar": Reader("ar", "وزارة الأنهار والمياه", "استئناف رحلات العبّارات في نهر السارن"),
    "zh-hans": Reader("zh-hans", "河流与水务部", "萨恩河渡轮恢复通航"),
}

STATEMENT = """---
statement: ferries-again
language: {language}
title: {title}
department: {ministry}
kind: notice
date: 2026-11-20
topics: [bridges-and-waterways]
original_language: en
---

{title}.
"""


def mails(site: Site, address: str) -> list[str]:
    """The mails of a mailbox, the newest first."""
    return list(dict.fromkeys(re.findall(r'href="(/mailbox/\d+/)"', site.get(f"/mailbox/?to={address}").text)))


def link_to(site: Site, address: str, kind: str, within: int = 10) -> str:
    """The path of the newest link of a kind in a mailbox, when it has come; so many seconds are enough."""
    stop_at = time.monotonic() + within
    while time.monotonic() < stop_at:
        for mail in mails(site, address):
            if found := re.search(rf"/(en|ar|zh-hans)/{kind}/[^\s\"<]+", site.get(mail).text):
                return found[0].replace("&amp;", "&")
        time.sleep(0.2)
    raise AssertionError(f"no link {kind} for {address}")


def wait_for_another(site: Site, address: str, before: list[str]) -> None:
    stop_at = time.monotonic() + 10
    while mails(site, address) == before:
        assert time.monotonic() < stop_at, f"no other mail for {address}"
        time.sleep(0.2)


@dataclass
class Visit:
    """A reader at the site, with one browser and one mailbox."""

    site: Site
    reader: Reader
    page: Page
    address: str

    def go(self, path: str) -> None:
        self.page.goto(f"{self.site.url}/{self.reader.language}/{path}")

    def follow(self, kind: str, address: str = "") -> None:
        self.page.goto(self.site.url + link_to(self.site, address or self.address, kind))

    def press(self, form: str = "main form") -> None:
        self.page.locator(f"{form} button").first.click()

    def fits(self) -> None:
        self.page.wait_for_load_state()
        expect(self.page.locator("footer")).to_be_visible()
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), self.page.url


def address_of(language: str, screen: dict[str, int]) -> str:
    return f"{language}-{screen['width']}@example.com"


@pytest.fixture(scope="module")
def readers(site: Site, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The readers of all journeys have signed up, and got a statement."""
    folder = tmp_path_factory.mktemp("statements")
    for language, screen, _scripts in JOURNEYS:
        sign_up(site, language, address_of(language, screen))
    for language, reader in READERS.items():
        text = STATEMENT.format(language=language, title=reader.title, ministry=reader.ministry)
        (folder / f"ferries.{language}.md").write_text(text, encoding="utf-8")
    done = site.run("import_statements", str(folder), "--publish", "--announce")
    assert done.returncode == 0, done.stdout + done.stderr
    for language, screen, _scripts in JOURNEYS:
        link_to(site, address_of(language, screen), "u", within=30)  # the clock finds it within ten


def sign_up(site: Site, language: str, address: str) -> None:
    site.request("POST", f"/{language}/sign-up/", {"email": address})
    link = link_to(site, address, "confirm")
    page = site.get(link)
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert token
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    assert site.request("POST", link, {"csrfmiddlewaretoken": token[1]}, Cookie=cookie).status == 302


def move_and_move_back(visit: Visit) -> None:
    """The new address is proven, the old one gets it back, and nobody is signed in afterwards."""
    page, elsewhere = visit.page, f"elsewhere-{visit.address}"
    visit.go("preferences/")
    page.locator("main a[href$='/preferences/address/']").click()
    expect(page.locator("main [name=email]")).to_be_visible()
    visit.fits()
    page.fill("main [name=email]", elsewhere)
    visit.press()
    expect(page.locator(".notice.success")).to_contain_text(elsewhere)
    visit.follow("address", elsewhere)
    visit.fits()
    visit.press()
    expect(page.locator(".notice.success")).to_contain_text(elsewhere)
    visit.follow("address/back")
    expect(page.locator("main")).to_contain_text(visit.address)
    visit.fits()
    visit.press()
    expect(page.locator("main form")).to_have_count(0)
    expect(page.locator("main")).to_contain_text(visit.address)
    visit.fits()
    visit.go("preferences/")
    expect(page.locator("main [name=language_0]")).to_have_count(0)


def sign_in(visit: Visit) -> None:
    before = mails(visit.site, visit.address)
    visit.go("sign-up/")
    visit.page.fill("main [name=email]", visit.address)
    visit.press()
    wait_for_another(visit.site, visit.address, before)
    visit.follow("sign-in")
    visit.press()
    expect(visit.page.locator("main [name=language_0]")).to_be_visible()


def pause_and_go_on(visit: Visit, screenshot: Screenshot) -> None:
    page = visit.page
    page.locator("main a[href$='/preferences/pause/']").click()
    visit.press()  # without a day
    expect(page.locator(".errors a")).to_have_attribute("href", "#id_until")
    expect(page.locator("#id_until")).to_have_attribute("aria-invalid", "true")
    visit.fits()
    page.fill("#id_until", page.locator("#id_until").get_attribute("max") or "")
    visit.press()
    expect(page.locator(".notice.warning")).to_be_visible()
    screenshot(page, f"paused-{visit.address}")
    visit.fits()
    visit.press(".notice.warning form")
    expect(page.locator(".notice.success")).to_be_visible()
    expect(page.locator(".notice.warning")).to_have_count(0)


def set_the_time_of_digests(visit: Visit) -> None:
    page = visit.page
    page.locator("main a[href$='/preferences/digest-time/']").click()
    page.select_option("[name=time_zone]", "Asia/Amman")
    page.select_option("[name=digest_hour]", "19")
    visit.fits()
    visit.press()
    expect(page.locator(".notice.success p")).to_have_count(2)
    visit.go("preferences/digest-time/")
    expect(page.locator("[name=time_zone]")).to_have_value("Asia/Amman")


def leave_and_come_back(visit: Visit) -> None:
    """By the link in a statement: less, then nothing; each is taken back."""
    page, link = visit.page, visit.site.url + link_to(visit.site, visit.address, "u")
    assert "?statement=" in link
    page.goto(link)
    visit.fits()
    page.check("[value=weekly]")
    visit.press()
    expect(page).to_have_url(re.compile("/left/"))
    visit.fits()
    visit.press()
    expect(page.locator("main form")).to_have_count(0)
    page.goto(link)
    page.check("[value=everything]")
    visit.press()
    expect(page).to_have_url(re.compile("/left/"))
    page.goto(link)
    expect(page.locator("main form")).to_have_count(0)  # nothing is left to leave
    visit.follow("left")  # in the goodbye
    visit.press()
    page.goto(link)
    expect(page.locator("main [value=everything]")).to_be_visible()


def see_what_is_held_and_be_erased(visit: Visit, screenshot: Screenshot) -> None:
    page = visit.page
    visit.go("preferences/mails/")
    expect(page.locator("main")).to_contain_text(visit.reader.title)
    visit.fits()
    visit.go("preferences/data/")
    expect(page.locator("main")).to_contain_text(visit.address)
    screenshot(page, f"held-{visit.address}")
    visit.fits()
    with page.expect_download() as download:
        page.locator("a[download]").click()
    assert visit.address in download.value.path().read_text(encoding="utf-8")
    page.locator("main a[href$='/preferences/erase/']").click()
    expect(page.locator("[name=never_again]")).not_to_be_checked()
    visit.fits()
    before = mails(visit.site, visit.address)
    visit.press()
    expect(page).to_have_url(re.compile("/preferences/erased/"))
    visit.fits()
    wait_for_another(visit.site, visit.address, before)
    visit.go("preferences/")
    expect(page.locator("main [name=language_0]")).to_have_count(0)


@pytest.mark.usefixtures("readers")
@pytest.mark.parametrize(("language", "screen", "scripts"), JOURNEYS)
def test_a_reader_moves_pauses_leaves_and_is_forgotten(
    site: Site,
    new_page: NewPage,
    screenshot: Screenshot,
    console_errors: list[str],
    language: str,
    screen: dict[str, int],
    scripts: bool,
) -> None:
    page = new_page(locale=language, viewport=screen, java_script_enabled=scripts)
    visit = Visit(site, READERS[language], page, address_of(language, screen))
    sign_in(visit)
    move_and_move_back(visit)
    sign_in(visit)
    pause_and_go_on(visit, screenshot)
    set_the_time_of_digests(visit)
    leave_and_come_back(visit)
    see_what_is_held_and_be_erased(visit, screenshot)
    console_errors.clear()  # Chromium complains of the form that was sent without a day.
