"""Every mail in every language, as `make mails` renders it: what holds for all of them."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from functools import cached_property
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.conftest import ARTIFACTS
from tests.markup import Reader
from tests.previews.pictures import VIEWS, take_with

ROOT = Path(__file__).parents[3]
LANGUAGES = ["ar", "zh-hans", "en", "fr", "ru", "es", "fa", "ur"]
RIGHT_TO_LEFT = {"ar", "fa", "ur"}
NAMES = [
    *("confirmation", "confirmation-of-choices", "sign_in", "address_change", "address_changed"),
    *("goodbye", "goodbye-for-ever", "statement", "statement-updated", "statement-corrected-before", "statement-cut"),
    *("correction", "withdrawal", "now_in_your_language"),
    *("digest", "digest-of-one", "digest-in-several-languages", "digest-cut"),
]
TO_ONE_PERSON = NAMES[:7]
LONG_IN = {"ar", "en", "zh-hans"}
EXPECTED = {(n, code) for n in NAMES for code in LANGUAGES if code in LONG_IN or not n.endswith("-cut")}
BLOCKS = {
    *("p", "div", "h1", "h2", "h3", "h4", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre"),
    *("table", "caption", "td", "th"),
}
GMAIL_CLIPS = 102_000


class Arrived:
    """A mail as its reader gets it."""

    def __init__(self, path: Path) -> None:
        self.name, self.language, _ = path.name.split(".")
        self.octets = path.read_bytes()
        self.message: EmailMessage = BytesParser(policy=default).parsebytes(self.octets)

    def __str__(self) -> str:
        return f"{self.name} in {self.language}"

    @cached_property
    def text(self) -> str:
        return self._part("plain")

    @cached_property
    def html(self) -> str:
        return self._part("html")

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.html)

    def _part(self, kind: str) -> str:
        part = self.message.get_body([kind])
        assert part, f"{self} has no {kind} part"
        return str(part.get_content()).replace("\r\n", "\n")


@pytest.fixture(scope="module")
def folder() -> Path:
    """Rendered by a process of its own, which knows nothing of the tests; and left for whoever wants to look."""
    folder = ARTIFACTS / "mails"
    shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "tests.previews", str(folder)]
    environment = {**os.environ, "CHROMIUM": "there-is-none"}  # `make mails` takes the pictures
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"{len(EXPECTED)} mails" in done.stdout
    assert "no Chromium found: install it" in done.stdout
    return folder


@pytest.fixture(scope="module")
def mails(folder: Path) -> list[Arrived]:
    return [Arrived(path) for path in sorted(folder.glob("*.eml"))]


def test_every_mail_is_there_in_every_language_and_all_can_be_looked_through(
    folder: Path, mails: list[Arrived]
) -> None:
    assert {(mail.name, mail.language) for mail in mails} == EXPECTED
    index = Reader((folder / "index.html").read_text(encoding="utf-8"))
    assert not index.problems
    links = {attributes["href"] for tag, attributes in index.elements if tag == "a"}
    for mail in mails:
        for suffix in ("eml", "html", "txt"):
            assert f"{mail.name}.{mail.language}.{suffix}" in links
            assert (folder / f"{mail.name}.{mail.language}.{suffix}").stat().st_size


def test_a_mail_has_its_picture_taken_by_day_by_night_and_on_the_smallest_telephone(
    folder: Path, browser: Browser
) -> None:
    files = [folder / f"statement.{language}.html" for language in LANGUAGES]
    taken = list(take_with(browser, files))
    assert len(taken) == len(files) * len(VIEWS)
    for picture in taken:
        width = int.from_bytes(picture.read_bytes()[16:20], "big")  # PNG, §11.2.2: where the header has it
        assert width == (640 if picture.name.endswith(".narrow.png") else 800), picture.name


def test_every_block_says_its_language_and_its_direction(mails: list[Arrived]) -> None:
    for mail in mails:
        for tag, attributes in mail.reader.elements:
            if tag in BLOCKS | {"html", "body"}:
                assert attributes.get("lang") in LANGUAGES, f"<{tag}> in {mail}"
                assert attributes.get("dir") in ("ltr", "rtl"), f"<{tag}> in {mail}"
            if tag in ("html", "body"):
                assert attributes["lang"] == mail.language
                assert attributes["dir"] == ("rtl" if mail.language in RIGHT_TO_LEFT else "ltr")


def test_chinese_sentences_have_no_space_between_them(mails: list[Arrived]) -> None:
    for mail in mails:
        if mail.language == "zh-hans":
            for text in (str(mail.message["Subject"]), mail.text, re.sub("<[^>]*>", "", mail.html)):
                assert not re.search("[。：？！】] (?!\\s|http)", text), str(mail)


def test_the_name_of_a_language_begins_with_a_capital_where_it_stands_alone(mails: list[Arrived]) -> None:
    for mail in mails:
        if mail.name in ("confirmation-of-choices", "digest-in-several-languages"):
            assert not re.search("(français|español|русский)(\n|</)", mail.text + mail.html), str(mail)


def test_elements_are_closed_in_their_order(mails: list[Arrived]) -> None:
    for mail in mails:
        assert not mail.reader.problems, str(mail)
        assert mail.html.startswith("<!DOCTYPE html>")


def test_nothing_is_fetched_from_anywhere(mails: list[Arrived]) -> None:
    fetching = {"img", "link", "script", "iframe", "object", "embed", "video", "audio", "source", "form", "base", "svg"}
    for mail in mails:
        assert not fetching & {tag for tag, _ in mail.reader.elements}, str(mail)
        for tag, attributes in mail.reader.elements:
            assert not {"src", "srcset", "background", "poster"} & attributes.keys()
            assert "href" not in attributes or tag == "a"
            assert not any(name.startswith("on") for name in attributes)
        assert not re.search(r"url\(|@import|@font-face|expression\(", mail.html, re.IGNORECASE), str(mail)
        assert [part.get_content_type() for part in mail.message.walk()] == [
            "multipart/alternative",
            "text/plain",
            "text/html",
        ]


def test_styles_are_inlined_and_there_are_some_for_the_night(mails: list[Arrived]) -> None:
    for mail in mails:
        sheets = re.findall(r"<style[^>]*>(.*?)</style>", mail.html, re.DOTALL)
        assert len(sheets) == 1
        assert "prefers-color-scheme: dark" in sheets[0]
        for tag, attributes in mail.reader.elements:
            assert tag not in ("td", "p", "h1", "a") or attributes.get("style"), f"<{tag}> in {mail}"
        # What some mail programs do not know must not be what the layout stands on.
        assert not re.search(r"inline-start|inline-end|block-start|block-end|var\(|display: ?(flex|grid)", mail.html)


def test_a_subject_is_one_line_and_turns_back_what_it_turns(mails: list[Arrived]) -> None:
    for mail in mails:
        subject = str(mail.message["Subject"])
        assert 5 < len(subject) <= 200, str(mail)
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", subject), str(mail)
        assert subject.count("\u2068") == subject.count("\u2069")


def test_the_line_beside_the_subject_says_something_and_is_not_seen_in_the_mail(mails: list[Arrived]) -> None:
    for mail in mails:
        found = re.search(
            r'<body[^>]*>\s*<div class="preview[^"]*"[^>]*style="([^"]*)"[^>]*>(.*?)</div>', mail.html, re.DOTALL
        )
        assert found, str(mail)
        assert "display:none" in found[1]
        assert "mso-hide:all" in found[1]
        assert len(re.sub(r"<[^>]+>", "", found[2]).strip()) > 8, str(mail)


def test_each_says_why_it_comes(mails: list[Arrived]) -> None:
    for mail in mails:
        if mail.language == "en":
            assert "You get this message because" in mail.text.partition("\n-- \n")[2], str(mail)
            assert "You get this message because" in " ".join(mail.reader.words), str(mail)
        assert len(mail.text.partition("\n-- \n")[2]) > 20, str(mail)  # Chinese takes few letters


def test_a_mail_to_many_can_be_left_and_one_to_a_person_has_nothing_to_leave(mails: list[Arrived]) -> None:
    for mail in mails:
        if mail.name in TO_ONE_PERSON:
            assert mail.message["List-Unsubscribe"] is None
            continue
        link = str(mail.message["List-Unsubscribe"]).strip("<>")
        assert link.startswith(f"https://statements.example.org/{mail.language}/u/")
        assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        preferences = f"https://statements.example.org/{mail.language}/preferences/"
        # The link for people says what the mail is about besides; the one for mail programs is short.
        links = [(attributes.get("href") or "").partition("?")[0] for _, attributes in mail.reader.elements]
        lines = [line.partition("?")[0] for line in mail.text.splitlines()]
        for address in (link, preferences):
            assert address in links, str(mail)
            assert address in lines, str(mail)


def test_none_is_so_large_that_its_end_is_hidden(mails: list[Arrived]) -> None:
    for mail in mails:
        assert len(mail.octets) < GMAIL_CLIPS, str(mail)
        assert (len(mail.octets) > 80_000) == mail.name.endswith("-cut"), str(mail)


def test_no_language_is_blown_up_by_an_encoding(mails: list[Arrived]) -> None:
    for mail in mails:
        assert b"quoted-printable" not in mail.octets, str(mail)
        assert b"base64" not in mail.octets, str(mail)
        assert max(len(line) for line in mail.octets.split(b"\r\n")) <= 998, str(mail)


def test_the_text_part_is_text(mails: list[Arrived]) -> None:
    for mail in mails:
        assert not re.search(r"</?[a-z]+[ >]|&[a-z]+;|&#", mail.text), str(mail)
        assert not re.search(r"\n{4}|[ \t]\n", mail.text.replace("\n-- \n", "\n")), str(mail)
        assert "None" not in mail.text
        # Where the HTML has a link, the text has its address.
        links = {attributes["href"] for tag, attributes in mail.reader.elements if tag == "a"}
        assert all(str(link) in mail.text for link in links), str(mail)


def test_foreign_names_in_a_sentence_are_isolated(mails: list[Arrived]) -> None:
    (mail,) = [mail for mail in mails if (mail.name, mail.language) == ("confirmation-of-choices", "ar")]
    assert "\u2068English\u2069" in mail.text
    assert re.search(r'<bdi [^>]*lang="en" dir="ltr">English</bdi>', mail.html)
    assert re.search(r'<bdi dir="ltr">layla\.haddad@example\.org</bdi>', mail.html)


@pytest.fixture(scope="module")
def narrow(browser: Browser) -> Iterator[object]:
    context = browser.new_context(viewport={"width": 320, "height": 568}, offline=True)
    yield context.new_page()
    context.close()


@pytest.mark.browser
def test_none_is_wider_than_the_smallest_telephone(folder: Path, narrow: object) -> None:
    wide = "document.documentElement.scrollWidth"
    for path in sorted(folder.glob("*.html")):
        if path.name != "index.html":
            narrow.goto(path.as_uri())  # type: ignore[attr-defined]
            assert narrow.evaluate(wide) <= 320, path.name  # type: ignore[attr-defined]
