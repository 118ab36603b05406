"""Sign-up forms on other sites."""

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from django.test import Client

from subscriptions import links
from subscriptions.tasks import send_link
from tests.making import make_topic

pytestmark = pytest.mark.django_db

EMBED = "/en/sign-up/embed/"
# A browser that comes from another site, and has never been here.
ELSEWHERE = {
    "origin": "https://news.example.com",
    "referer": "https://news.example.com/",
    "sec-fetch-site": "cross-site",
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[links.Wish]:
    wishes: list[links.Wish] = []
    monkeypatch.setattr(send_link, "delay", lambda sealed: wishes.append(links.open_wish(sealed).wish))
    return wishes


class Snippet(HTMLParser):
    """The HTML to copy, read as a browser reads it on the page it was copied to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.form: dict[str, str | None] = {}
        self.fields: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.elements: list[str] = []
        found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
        assert found
        self.html = unescape(found[1])
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        attributes = dict(attrs)
        if tag == "form":
            self.form = attributes
        if tag == "input":
            self.fields.append((attributes["name"] or "", attributes.get("value") or ""))

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def sent_from_elsewhere(snippet: Snippet, address: str):  # type: ignore[no-untyped-def]
    data: dict[str, list[str]] = {}
    for name, value in snippet.fields:
        data.setdefault(name, []).append(address if name == "email" else value)
    path = urlsplit(snippet.form["action"]).path
    return Client(enforce_csrf_checks=True).post(str(path), data, headers=ELSEWHERE)


def snippet(client: Client, **choices: object) -> Snippet:
    answer = client.get(EMBED, choices)
    assert answer.status_code == 200
    return Snippet(answer.content.decode())


def test_without_a_choice_it_is_for_all_topics_in_the_language_of_the_page(
    client: Client, asked: list[links.Wish]
) -> None:
    made = snippet(client)
    assert made.form == {
        "action": "https://statements.example.org/en/sign-up/choose/",
        "method": "post",
        "lang": "en",
        "dir": "ltr",
    }
    assert "Email updates from Ministry of Examples" in made.words
    answer = sent_from_elsewhere(made, "omar@example.org")
    assert answer.headers["Location"] == "/en/sign-up/check-inbox/"
    assert not answer.cookies
    assert asked == [links.Wish("omar@example.org", ("en",))]


def test_it_presets_language_and_topics(client: Client, asked: list[links.Wish]) -> None:
    for slug in ("water", "fish", "roads"):
        make_topic(slug)
    made = snippet(client, language="ar", topic=["water", "fish"], frequency="weekly")
    assert (made.form["lang"], made.form["dir"]) == ("ar", "rtl")
    assert any("fish (ar)" in words and "water (ar)" in words for words in made.words)
    assert sent_from_elsewhere(made, "omar@example.org").headers["Location"] == "/ar/sign-up/check-inbox/"
    assert asked == [links.Wish("omar@example.org", ("ar",), (("fish", "weekly"), ("water", "weekly")))]


def test_all_topics_once_a_day(client: Client, asked: list[links.Wish]) -> None:
    make_topic("water")
    sent_from_elsewhere(snippet(client, frequency="daily"), "omar@example.org")
    assert asked == [links.Wish("omar@example.org", ("en",), (("", "daily"),))]


def test_it_takes_the_words_it_is_given_and_nothing_but_words(client: Client) -> None:
    hostile = '"><script>alert(1)</script>&amp;'
    made = snippet(client, words=hostile, button="</button><b>")
    assert made.elements == ["form", "p", "label", "input", "button"]
    assert hostile in made.words
    assert "</button><b>" in made.words
    page = client.get(EMBED, {"words": hostile}).content.decode()
    assert "<script>alert" not in page


def test_it_has_neither_script_nor_style_nor_anything_to_load(client: Client) -> None:
    html = snippet(client).html
    assert not re.search(r"style|class=|src=|href=|<script|on\w+=|csrf", html)


@pytest.mark.parametrize(
    "wrong", [{"language": "xx"}, {"topic": "gone"}, {"frequency": "hourly"}, {"words": "x" * 201}]
)
def test_what_makes_no_sense_is_explained_and_makes_no_form(client: Client, wrong: dict[str, str]) -> None:
    make_topic("water")
    answer = client.get(EMBED, wrong)
    assert answer.status_code == 422
    page = answer.content.decode()
    link = re.search(r'<a href="#(id_\w+)">', page)
    assert link
    assert link[1].startswith(f"id_{next(iter(wrong))}")
    assert f'id="{link[1]}"' in page
    assert "<textarea" not in page


def test_an_address_that_is_none_leads_to_the_full_form_with_what_was_typed(
    client: Client, asked: list[links.Wish]
) -> None:
    water = make_topic("water")
    answer = sent_from_elsewhere(snippet(client, language="ar", topic="water", frequency="daily"), "omar@")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'lang="ar" dir="rtl"' in page
    assert 'value="omar@"' in page
    chosen = re.search(rf'<select name="topic_{water.pk}".*?</select>', page, re.DOTALL)
    assert chosen
    assert 'value="daily" selected' in chosen[0]
    assert asked == []


def test_a_form_that_outlived_its_topic_asks_for_another(client: Client, asked: list[links.Wish]) -> None:
    water, fish = make_topic("water"), make_topic("fish")
    made = snippet(client, topic="water")
    both = snippet(client, topic=["water", "fish"])
    water.delete()
    answer = sent_from_elsewhere(made, "omar@example.org")
    assert answer.status_code == 422
    assert "is no longer there" in answer.content.decode()
    assert asked == []
    sent_from_elsewhere(both, "omar@example.org")
    assert asked == [links.Wish("omar@example.org", ("en",), ((fish.slug, "immediate"),))]


def test_it_may_let_people_choose_languages_and_topics(client: Client, asked: list[links.Wish]) -> None:
    make_topic("water")
    data = {
        "email": "omar@example.org",
        "topic": "water",
        "language_0": "fr",
        "language_1": "ar",
        "while_missing": "wait",
    }
    client.post("/en/sign-up/choose/", data, headers=ELSEWHERE)
    assert asked == [links.Wish("omar@example.org", ("fr", "ar"), (("water", "immediate"),), "wait")]


def test_the_page_asks_for_the_topics_alone(client: Client, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    for number in range(5):
        make_topic(f"topic-{number}")
    with django_assert_num_queries(1):
        client.get(EMBED, {"topic": ["topic-1", "topic-2"], "language": "fr"})


def test_the_pages_for_readers_lead_to_it(client: Client) -> None:
    for path in ("/en/feeds/", "/en/sign-up/choose/"):
        assert 'href="/en/sign-up/embed/"' in client.get(path).content.decode()


def test_the_admin_leads_to_it(admin_client: Client) -> None:
    assert 'href="/en/sign-up/embed/"' in admin_client.get("/admin/").content.decode()
