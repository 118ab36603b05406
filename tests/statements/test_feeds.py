"""What feeds promise to readers of every format."""

import gzip
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from django.utils.http import http_date
from pytest_django import DjangoAssertNumQueries, Settings

from statements.feeds import selection
from statements.feeds.addresses import FeedAddress
from statements.keeping import forget
from statements.models import Edition, Issuer, Release, Statement, StatementType, Topic
from tests.making import TEXTS, make_issuer, make_release, make_statement, make_topic, write

pytestmark = pytest.mark.django_db

FEEDS = [
    "/en/feed.{}",
    "/en/feed.{}?topic=floods&topic=power",
    "/en/topics/floods/feed.{}",
    "/en/types/fact-sheet/feed.{}",
    "/en/issuers/ministry-of-rivers/feed.{}",
]
XML = {
    "atom": "{http://www.w3.org/2005/Atom}",
    "content": "{http://purl.org/rss/1.0/modules/content/}",
    "dc": "{http://purl.org/dc/elements/1.1/}",
    "fh": "{http://purl.org/syndication/history/1.0}",
    "xml": "{http://www.w3.org/XML/1998/namespace}",
}
ATOM = XML["atom"]


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "PAGE", 2)


def parsed(client: Client, path: str) -> Any:
    feed = feedparser.parse(client.get(path).content)
    assert not feed.bozo
    return feed


def xml(client: Client, path: str) -> ET.Element:
    return ET.fromstring(client.get(path).content)  # noqa: S314


def links(client: Client, path: str) -> dict[str, str]:
    return {link["rel"]: link["href"] for link in parsed(client, path).feed.links}


def again(statement: Statement, kind: str) -> Release:
    return make_release(statement, "en", kind=kind, notes={"en": "The level at Belsara was wrong."})


@pytest.mark.parametrize("path", FEEDS)
def test_every_feed_is_there_in_three_formats_and_says_the_same(
    client: Client, statement: Statement, path: str
) -> None:
    rss, atom = (parsed(client, path.format(extension)) for extension in ("rss", "atom"))
    feed = client.get(path.format("json")).json()
    (item,) = feed["items"]
    for entry in (rss.entries[0], atom.entries[0]):
        assert entry.id == item["id"] == f"tag:statements.example.org,2026:statement/{statement.pk}/en"
        assert entry.title == item["title"] == TEXTS["en"][0]
        assert entry.link == item["url"] == f"{settings.SITE_URL}/en/statements/{statement.pk}/river-levels/"
        assert entry.author == item["authors"][0]["name"] == "Ministry of Rivers"
        assert [tag.term for tag in entry.tags] == item["tags"] == ["Fact sheet", "floods (en)", "power (en)"]
        assert "<h2>What happens next</h2>" in entry.content[0].value
        assert "<h2>What happens next</h2>" in item["content_html"]
        assert datetime(*entry.updated_parsed[:6], tzinfo=UTC) <= timezone.now()


@pytest.mark.parametrize("path", FEEDS)
@pytest.mark.parametrize("extension", ["rss", "atom", "json"])
def test_a_feed_names_itself_and_the_hub_in_its_text_and_in_its_headers(
    client: Client, statement: Statement, path: str, extension: str
) -> None:
    path = path.format(extension)
    address = settings.SITE_URL + path
    answer = client.get(path)
    assert f'<{address}>; rel="self"' in answer.headers["Link"]
    assert f'<{settings.HUB_URL}>; rel="hub"' in answer.headers["Link"]
    if extension == "json":
        assert answer.json()["feed_url"] == address
        assert answer.json()["hubs"] == [{"type": "WebSub", "url": settings.HUB_URL}]
    else:
        assert links(client, path)["self"] == address
        assert links(client, path)["hub"] == settings.HUB_URL


def test_an_item_links_to_its_other_languages(client: Client, statement: Statement) -> None:
    counterpart = f"{settings.SITE_URL}/en/statements/{statement.pk}/river-levels/"
    own = f"{settings.SITE_URL}/ar/statements/{statement.pk}/river-levels/"
    for extension in ("rss", "atom"):
        entry = parsed(client, f"/ar/feed.{extension}").entries[0]
        others = [link for link in entry.links if "hreflang" in link]
        # Some readers take the first alternate link for the item's own, and some the last.
        assert [(link.hreflang, link.href) for link in others] == [("en", counterpart), ("ar", own)]
        assert {(link.rel, link.type) for link in others} == {("alternate", "text/html")}
        assert entry.links[0].href == entry.link == own
    (item,) = client.get("/ar/feed.json").json()["items"]
    assert item["_translations"] == [{"language": "en", "url": counterpart}]


def test_feed_and_text_say_their_language_and_direction(client: Client, statement: Statement) -> None:
    for extension in ("rss", "atom"):
        assert xml(client, f"/ar/feed.{extension}").get(f"{XML['xml']}lang") == "ar"
    feed = client.get("/ar/feed.json").json()
    assert feed["language"] == feed["items"][0]["language"] == "ar"
    blocks = re.findall(r"<(?:p|div) [^>]*>", feed["items"][0]["content_html"])
    assert '<div class="text" lang="ar" dir="rtl">' in blocks
    assert all('lang="ar" dir="rtl"' in block for block in blocks)


def test_a_correction_is_the_same_item_updated(client: Client, statement: Statement) -> None:
    before = parsed(client, "/en/feed.atom").entries[0]
    again(statement, "corrected")
    (after,) = parsed(client, "/en/feed.atom").entries
    assert after.id == before.id
    assert after.published == before.published
    assert after.updated > before.updated
    assert after.title == f"Corrected: {before.title}"
    assert "The level at Belsara was wrong." in after.summary


def test_a_corrected_statement_comes_back_to_the_top(client: Client, statement: Statement) -> None:
    make_release(make_statement(slug="newer"))
    again(statement, "corrected")
    assert parsed(client, "/en/feed.rss").entries[0].title.startswith("Corrected: ")


def test_what_was_withdrawn_says_so_and_nothing_else(client: Client, statement: Statement) -> None:
    notes = {"en": "It was wrong.", "ar": "كان خطأ."}
    make_release(statement, "en", "ar", kind="withdrawn", notes=notes)
    for extension in ("rss", "atom"):
        (entry,) = parsed(client, f"/en/feed.{extension}").entries
        assert entry.title == f"Withdrawn: {TEXTS['en'][0]}"
        assert "This statement was withdrawn on" in entry.content[0].value
        assert "It was wrong." in entry.summary
        assert "gauges" not in str(entry)
        assert not [link for link in entry.links if "hreflang" in link]


def test_a_departments_feed_has_what_its_offices_say(client: Client) -> None:
    office = Issuer.objects.create(slug="مكتب", parent=make_issuer(), name_en="Office of the Minister")
    make_release(make_statement(issuer=office))
    assert len(parsed(client, "/en/issuers/ministry-of-rivers/feed.atom").entries) == 1
    (entry,) = parsed(client, "/en/issuers/مكتب/feed.rss").entries
    assert entry.author == "Office of the Minister"
    assert links(client, "/en/issuers/مكتب/feed.rss")["self"].isascii()


def test_a_feed_of_chosen_topics_has_each_statement_once(client: Client, statement: Statement) -> None:
    make_release(make_statement(slug="elsewhere", topics=[make_topic("elsewhere")]))
    assert len(parsed(client, "/en/feed.rss?topic=power&topic=floods&topic=power").entries) == 1
    assert links(client, "/en/feed.rss?topic=power&topic=floods&utm=x")["self"].endswith("?topic=floods&topic=power")


@pytest.mark.parametrize(
    "path",
    [
        "/en/topics/nothing/feed.rss",
        "/en/feed.rss?topic=nothing",
        "/en/feed.rss?topic=floods&topic=nothing",
        "/en/feed.rss?archive=1",
        "/en/feed.rss?archive=-1",
        "/en/feed.rss?archive=٣",
        "/en/feed.rss?archive=99999999999999999999",
        "/en/feed.xml",
    ],
)
def test_what_is_no_feed_does_not_exist(client: Client, statement: Statement, path: str) -> None:
    assert client.get(path).status_code == 404


def test_an_empty_feed_is_a_feed(client: Client) -> None:
    for extension in ("rss", "atom"):
        assert parsed(client, f"/fr/feed.{extension}").entries == []
    first = client.get("/fr/feed.atom")
    forget()
    assert client.get("/fr/feed.atom").headers["ETag"] == first.headers["ETag"]


# Paging and archive (RFC 5005) ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("short_pages")
@pytest.mark.parametrize(("count", "newest"), [(1, 1), (2, 2), (3, 3), (4, 2), (5, 3), (6, 2)])
@pytest.mark.parametrize("extension", ["rss", "atom"])
def test_the_archive_leads_back_to_the_first_statement(client: Client, count: int, newest: int, extension: str) -> None:
    made = [make_release(make_statement(slug=f"number-{number}")).statement_id for number in range(count)]
    path, found, first = f"/en/feed.{extension}", [], True
    while path:
        feed = parsed(client, path)
        if first:
            assert len(feed.entries) == newest
        found += [int(entry.id.split("/")[-2]) for entry in feed.entries]
        path, first = links(client, path).get("prev-archive", "").removeprefix(settings.SITE_URL), False
    assert found == made[::-1]


@pytest.mark.usefixtures("short_pages")
def test_a_page_of_the_archive_says_that_it_is_one(client: Client) -> None:
    for number in range(6):
        make_release(make_statement(slug=f"number-{number}"))
    oldest, middle = "/en/feed.atom?archive=1", "/en/feed.atom?archive=2"
    assert xml(client, middle).find(f"{XML['fh']}archive") is not None
    assert xml(client, "/en/feed.rss?archive=1").find(f"channel/{XML['fh']}archive") is not None
    assert xml(client, "/en/feed.atom").find(f"{XML['fh']}archive") is None
    assert links(client, oldest)["next-archive"] == settings.SITE_URL + middle
    assert links(client, oldest)["current"] == f"{settings.SITE_URL}/en/feed.atom"
    assert "hub" not in links(client, oldest)
    assert "next-archive" not in links(client, middle)
    assert client.get("/en/feed.json").json()["next_url"] == f"{settings.SITE_URL}/en/feed.json?archive=2"
    assert "next_url" not in client.get("/en/feed.json?archive=1").json()


@pytest.mark.usefixtures("short_pages")
def test_a_page_of_the_archive_stays_as_it_was_when_something_is_published(client: Client) -> None:
    for number in range(4):
        make_release(make_statement(slug=f"number-{number}"))
    before = [entry.id for entry in parsed(client, "/en/feed.atom?archive=1").entries]
    for number in range(4, 9):
        make_release(make_statement(slug=f"number-{number}"))
    assert [entry.id for entry in parsed(client, "/en/feed.atom?archive=1").entries] == before


# What it costs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FEEDS)
def test_a_new_feed_costs_three_queries_however_long(
    client: Client, statement: Statement, django_assert_max_num_queries: DjangoAssertNumQueries, path: str
) -> None:
    for number in range(5):
        make_release(make_statement("en", "fr", slug=f"number-{number}", topics=statement.topics.all()), "en", "fr")
    with django_assert_max_num_queries(3):
        assert len(parsed(client, path.format("atom")).entries) == 6


def date_back(**ago: float) -> datetime:
    """Let all that changed for the public have changed so long ago; return when that was."""
    moment = timezone.now() - timedelta(**ago)
    Release.objects.update(publish_at=moment, approved_at=moment)
    for model in (Issuer, StatementType, Topic):
        model.objects.update(changed_at=moment)
    forget()
    return moment


def test_a_feed_known_already_costs_one_query(
    client: Client, statement: Statement, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    date_back(hours=1)
    first = client.get("/en/feed.rss")
    with django_assert_num_queries(1):
        assert client.get("/en/feed.rss").content == first.content
    with django_assert_num_queries(1):
        assert client.get("/en/feed.rss", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    with django_assert_num_queries(1):
        several = {"If-None-Match": f'"another", {first.headers["ETag"]}'}
        assert client.get("/en/feed.rss", headers=several).status_code == 304
    with django_assert_num_queries(1):
        since = {"If-Modified-Since": first.headers["Last-Modified"]}
        assert client.get("/en/feed.rss", headers=since).status_code == 304


def since(client: Client, moment: datetime) -> Any:
    """What a reader gets who knows no ETag, and has the English feed as it was at that moment."""
    forget()
    return client.get("/en/feed.atom", headers={"If-Modified-Since": http_date(moment.timestamp())})


def test_a_feed_is_dated_by_the_newest_change(client: Client, statement: Statement) -> None:
    moment = date_back(hours=2)
    assert client.get("/en/feed.atom").headers["Last-Modified"] == http_date(moment.timestamp())
    assert since(client, moment).status_code == 304
    assert since(client, moment - timedelta(seconds=1)).status_code == 200


def test_what_becomes_public_in_the_same_second_is_not_missed(client: Client, statement: Statement) -> None:
    """The header has no parts of a second: who comes between two changes of one second would not learn of the other."""
    for _change in range(2):
        now = timezone.now()
        answer = since(client, now + timedelta(seconds=1))
        assert (answer.status_code, answer.get("Last-Modified")) == (200, None)
        again(statement, "corrected")


def test_what_is_dated_before_it_is_committed_is_not_missed(client: Client, statement: Statement) -> None:
    date_back(seconds=50)
    assert "Last-Modified" not in client.get("/en/feed.atom").headers
    date_back(seconds=70)
    assert "Last-Modified" in client.get("/en/feed.atom").headers


def test_a_translation_that_comes_later_changes_the_items_of_the_other_languages(
    client: Client, statement: Statement
) -> None:
    before = date_back(hours=2)
    write(statement, "fr")
    statement.save()
    french = make_release(statement, "fr")
    later = before + timedelta(hours=1)
    Release.objects.filter(pk=french.pk).update(publish_at=later, approved_at=later)
    answer = since(client, before)
    assert answer.status_code == 200
    assert 'hreflang="fr"' in answer.content.decode()
    assert since(client, later).status_code == 304


def test_what_an_archive_dates_back_was_not_seen_before_it_was_written(client: Client, statement: Statement) -> None:
    before = date_back(hours=2)
    old = make_release(make_statement(slug="old"))
    moments = {"publish_at": before - timedelta(days=900), "approved_at": before + timedelta(hours=1)}
    Release.objects.filter(pk=old.pk).update(**moments)
    assert since(client, before).status_code == 200


@pytest.mark.parametrize("name", ["issuer", "type", "topic"])
def test_a_name_that_changes_is_a_change(client: Client, statement: Statement, name: str) -> None:
    before = date_back(hours=2)
    model = {"issuer": Issuer, "type": StatementType, "topic": Topic}[name]
    model.objects.update(changed_at=before + timedelta(hours=1))
    assert since(client, before).status_code == 200


def test_a_feed_of_a_site_without_topics_has_a_date_too(client: Client) -> None:
    make_release(make_statement())
    moment = date_back(hours=2)
    assert client.get("/en/feed.atom").headers["Last-Modified"] == http_date(moment.timestamp())


def test_of_many_readers_in_a_second_one_asks_the_database(
    client: Client, statement: Statement, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.STATE_SECONDS = 1
    etag = client.get("/en/feed.rss").headers["ETag"]
    with django_assert_num_queries(0):
        assert client.get("/en/feed.rss", headers={"If-None-Match": etag}).status_code == 304


def test_a_feed_is_new_the_moment_something_becomes_public(client: Client, statement: Statement) -> None:
    soon = make_release(make_statement(slug="soon"), publish_at=timezone.now() + timedelta(hours=1))
    etag = client.get("/en/feed.rss").headers["ETag"]
    assert client.get("/en/feed.rss", headers={"If-None-Match": etag}).status_code == 304
    Release.objects.filter(pk=soon.pk).update(publish_at=timezone.now() - timedelta(seconds=1))
    assert client.get("/en/feed.rss", headers={"If-None-Match": etag}).status_code == 200


def test_another_feeds_news_change_nothing_in_this_one(client: Client, statement: Statement) -> None:
    etag = client.get("/ar/feed.rss").headers["ETag"]
    make_release(make_statement("fr", slug="autre"))
    assert client.get("/ar/feed.rss", headers={"If-None-Match": etag}).status_code == 304


def test_a_feed_comes_compressed_to_those_who_can_read_that(client: Client, statement: Statement) -> None:
    plain, packed = client.get("/en/feed.rss"), client.get("/en/feed.rss", headers={"Accept-Encoding": "br, gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert packed.headers["ETag"] == plain.headers["ETag"]
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert plain.headers["Cache-Control"] == "public, no-cache"
    assert not plain.cookies


def test_a_feed_is_only_read(client: Client, statement: Statement) -> None:
    assert client.head("/en/feed.rss").status_code == 200
    assert client.post("/en/feed.rss").status_code == 405


# What validators ask --------------------------------------------------------------------------------------------------


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> Edition:
    """An edition as no version of this software should write one: its text passed by every cleaner."""
    nasty = "a\x0bb\x00\ufffe\ud800 <script>&amp; ]]> \u202eright \u2067to left"
    edition = make_release(make_statement()).editions.get()
    for name in ("title", "summary", "body", "type_name", "department"):
        setattr(edition, name, nasty)
    edition.topics = [f"nasty {nasty}"]
    edition.other_languages = ["ar"]
    edition.first_public_at = edition.release.publish_at
    edition.total = 1
    edition.changed_at = edition.release.publish_at
    monkeypatch.setattr(selection, "_with_all_there_is_to_tell", lambda *_: [edition])
    return edition


@pytest.mark.parametrize("extension", ["rss", "atom", "json"])
def test_ill_formed_text_cannot_break_a_feed(client: Client, hostile: Edition, extension: str) -> None:
    content = client.get(f"/en/feed.{extension}").content.decode()
    assert not re.search("[\x00\x0b\ufffe\u202e]", content)
    (item,) = json.loads(content)["items"] if extension == "json" else feedparser.parse(content).entries
    title = item["title"]
    assert title.count("\u2067") == title.count("\u2069") == 1


def test_rss_keeps_the_rules_of_the_rss_advisory_board(client: Client, statement: Statement) -> None:
    answer = client.get("/en/feed.rss")
    assert answer.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
    root = xml(client, "/en/feed.rss")
    assert root.get("version") == "2.0"
    (channel,) = root
    names = [element.tag for element in channel]
    for name in ("title", "link", "description", "language", "lastBuildDate", f"{ATOM}link"):
        assert name in names
    assert names.index("item") == len(names) - names.count("item"), "metadata stands before the items"
    (item,) = channel.findall("item")
    guid = item.find("guid")
    assert guid is not None
    assert guid.attrib == {"isPermaLink": "false"}
    names = [element.tag for element in item]
    for name in ("title", "link", "description", "guid", "pubDate", f"{XML['dc']}creator", f"{ATOM}updated"):
        assert names.count(name) == 1
    assert names.index("description") < names.index(f"{XML['content']}encoded")
    for date in (channel.findtext("lastBuildDate"), item.findtext("pubDate")):
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", str(date))
        assert parsedate_to_datetime(str(date)) <= timezone.now()


def test_atom_keeps_what_rfc_4287_demands(client: Client, statement: Statement) -> None:
    assert client.get("/en/feed.atom").headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    root = xml(client, "/en/feed.atom")
    (entry,) = root.findall(f"{ATOM}entry")
    for element in (root, entry):
        for name in ("id", "title", "updated", "author"):
            assert len(element.findall(ATOM + name)) == 1
        assert str(element.findtext(f"{ATOM}id")).startswith("tag:statements.example.org,2026:")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00", str(element.findtext(f"{ATOM}updated")))
        kinds = [(link.get("rel"), link.get("type"), link.get("hreflang")) for link in element.findall(f"{ATOM}link")]
        assert len(kinds) == len(set(kinds)), "no two links of one relation, type and language"
    assert len(entry.findall(f"{ATOM}content")) == 1
    assert len(entry.findall(f"{ATOM}published")) == 1


def test_json_feed_has_what_version_1_1_demands(client: Client, statement: Statement) -> None:
    answer = client.get("/en/feed.json")
    assert answer.headers["Content-Type"] == "application/feed+json"
    feed = answer.json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"] == settings.SITE_NAME
    assert all(isinstance(item["id"], str) and item["content_html"] for item in feed["items"])
    assert datetime.fromisoformat(feed["items"][0]["date_published"]).tzinfo


def test_the_permanent_names_stay_when_the_site_moves(client: Client, statement: Statement, settings: Settings) -> None:
    before = parsed(client, "/en/feed.atom")
    forget()
    settings.SITE_URL = "https://elsewhere.example"
    after = parsed(client, "/en/feed.atom")
    assert (after.feed.id, after.entries[0].id) == (before.feed.id, before.entries[0].id)
    assert after.entries[0].link != before.entries[0].link


# Where feeds are found ------------------------------------------------------------------------------------------------


def test_the_page_of_feeds_lists_them_all(client: Client, statement: Statement) -> None:
    page = client.get("/en/feeds/").content.decode()
    for path in [*FEEDS[:1], *FEEDS[2:]]:
        for extension in ("rss", "atom", "json"):
            assert f'href="{settings.SITE_URL}{path.format(extension)}"' in page


def test_the_page_makes_a_feed_of_chosen_topics(client: Client, statement: Statement) -> None:
    page = client.get("/en/feeds/?topic=power&topic=floods&topic=nonsense").content.decode()
    assert f'href="{settings.SITE_URL}/en/feed.atom?topic=floods&amp;topic=power"' in page
    assert 'value="power" checked' in page


def test_the_list_for_feed_readers_names_every_feed(client: Client, statement: Statement) -> None:
    answer = client.get("/ar/feeds.opml")
    assert answer.headers["Content-Type"] == "text/x-opml; charset=utf-8"
    root = ET.fromstring(answer.content)  # noqa: S314
    assert root.get("version") == "2.0"
    feeds = root.findall(".//outline[@type='rss']")
    assert f"{settings.SITE_URL}/ar/topics/floods/feed.rss" in {feed.get("xmlUrl") for feed in feeds}
    assert all(feed.get("text") and feed.get("htmlUrl") for feed in feeds)


@pytest.fixture
def announced(client: Client) -> Callable[[str], list[str]]:
    def feeds_of(path: str) -> list[str]:
        page = client.get(path).content.decode()
        types = r"application/(?:rss\+xml|atom\+xml|feed\+json)"
        return re.findall(rf'<link rel="alternate" type="{types}"[^>]+href="([^"]+)"', page)

    return feeds_of


def test_pages_announce_their_feeds(announced: Callable[[str], list[str]], statement: Statement) -> None:
    of_all = [f"/en/feed.{extension}" for extension in ("rss", "atom", "json")]
    of_topic = [f"/en/topics/floods/feed.{extension}" for extension in ("rss", "atom", "json")]
    assert announced("/en/") == of_all
    assert announced("/en/topics/floods/") == of_all + of_topic
    assert announced(f"/en/statements/{statement.pk}/river-levels/")[:6] == of_all + of_topic


@pytest.mark.parametrize(
    "url",
    [
        "/en/feed.rss",
        "/ar/topics/floods/feed.json",
        "/zh-hans/feed.atom?topic=floods&topic=power",
        "/en/issuers/%D9%85%D9%83%D8%AA%D8%A8/feed.rss",
    ],
)
def test_an_address_is_read_as_it_is_written(url: str) -> None:
    address = FeedAddress.from_url(settings.SITE_URL + url)
    assert address
    assert address.path == url


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/en/feed.rss",
        settings.SITE_URL + "/en/",
        settings.SITE_URL + "/en/feed.rss?utm=x",
        settings.SITE_URL + "/en/feed.rss?topic=power&topic=floods",
        settings.SITE_URL + "/en/feed.rss?archive=x",
        settings.SITE_URL + "/en/feed.rss#top",
        settings.SITE_URL + "/feed.rss",
        settings.SITE_URL.upper() + "/en/feed.rss",
        "nonsense",
        "http://[",
    ],
)
def test_an_address_written_otherwise_is_none_of_ours(url: str) -> None:
    assert FeedAddress.from_url(url) is None
