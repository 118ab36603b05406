"""The rules of the W3C Feed Validation Service, its warnings included, and what a reader library makes of our feeds.

Its source is at https://github.com/w3c/feedvalidator; each rule here bears the name of the message it would give.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import feedparser
import nh3
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from statements.feeds import selection
from statements.feeds.addresses import FeedAddress
from statements.feeds.documents import document
from statements.models import Edition, Issuer, Release
from statements.text import clean_html, clean_line
from tests.making import TEXTS, make_release, make_statement, make_topic

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"

# All that an editor can put into a text.
EVERYTHING = """<h2 id="x">Levels</h2><p>See <a href="https://example.org/a?b=1&amp;c=2">the gauges</a>, or
<a href="/relative">here</a>; write to <a href="mailto:press@example.org">us</a>. <em lang="fr" dir="ltr">Fin</em>
<bdi>نهر</bdi> H<sub>2</sub>O &lt;b&gt; &amp;amp; &nbsp;</p><ul><li>one</li></ul><ol start="3"><li>three</li></ol>
<table><caption>T</caption><thead><tr><th scope="col" colspan="2">A</th></tr></thead><tbody><tr><td>1</td><td>2</td>
</tr></tbody></table><blockquote><p>Quoted</p></blockquote><dl><dt>a</dt><dd>b</dd></dl><pre><code>x</code></pre><hr>
<script>alert(1)</script><style>p{}</style><iframe src="//evil.example"></iframe><p style="color:red" onclick="x()"
class="y">Styled</p><img src="https://tracker.example/pixel.gif"><abbr title="Ministry">M</abbr>"""

LINK_RELATIONS = {"alternate", "self", "hub", "current", "prev-archive", "next-archive"}
SAFE_ATTRIBUTES = {"class", "lang", "dir", "href", "start", "scope", "colspan", "rowspan", "title", "datetime"}


@pytest.fixture(autouse=True)
def _statements(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that happens to statements, and enough of them for an archive. Several became public at one moment."""
    monkeypatch.setattr(selection, "PAGE", 2)
    topics = [make_topic("floods"), make_topic("power")]
    moment = timezone.now() - timedelta(days=3)
    for number in range(7):
        statement = make_statement("en", "ar", slug=f"number-{number}", topics=topics[: number % 3], body_en=EVERYTHING)
        statement.source_url = "https://example.org/original?a=1&b=2"
        statement.summary_en = "Levels & <gauges> at “Belsara”"  # type: ignore[attr-defined]
        statement.save()
        release = make_release(statement, "en", "ar")
        Release.objects.filter(pk=release.pk).update(publish_at=moment)
    notes = {"en": "The level at <Belsara> was wrong & late.", "ar": "كان المنسوب خطأ."}
    for kind in ("updated", "corrected", "withdrawn"):
        make_release(statement, "en", "ar", kind=kind, notes=notes)


def addresses(extension: str) -> Iterator[str]:
    """Every kind of feed in this format, those of the archive included, and an empty one."""
    for language in ("en", "ar"):
        yield f"/{language}/feed.{extension}"
        yield f"/{language}/feed.{extension}?topic=floods&topic=power"
        for kind in ("topics/floods", "types/fact-sheet", "issuers/ministry-of-rivers"):
            yield f"/{language}/{kind}/feed.{extension}"
    yield f"/en/feed.{extension}?archive=1"
    yield f"/en/feed.{extension}?archive=2"
    yield f"/fr/feed.{extension}"


def is_absolute(address: str | None) -> bool:
    parts = urlsplit(address or "")
    return parts.scheme in ("http", "https") and bool(parts.netloc)


class Markup(HTMLParser):
    """Every element of HTML with its attributes, and whether all are closed."""

    VOID = ("br", "hr")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_endtag(self, tag: str) -> None:
        assert tag in self.VOID or self.open.pop() == tag


def check_content(html: str) -> None:
    """SecurityRisk, SecurityRiskAttr, DangerousStyleAttr, ContainsRelRef, NotHtml, BadCharacters."""
    for tag, attributes in Markup(html).found:
        assert tag not in {"script", "style", "iframe", "object", "embed", "link", "meta", "form", "img"}
        assert set(attributes) <= SAFE_ATTRIBUTES
        if tag == "a":
            assert re.match("(https?://|mailto:|tel:|$)", attributes.get("href") or "")
    # A reader that cleans once more, by the strictest list there is, finds nothing to take away.
    assert nh3.clean(html, url_schemes={"http", "https", "mailto"}).count("<") >= html.count("<p")
    assert "\ufffd" not in html
    assert not re.search("[\x80-\x9f]", html)


def check_names(names: list[str]) -> None:
    """DuplicateIds, NotSufficientlyUnique, MissingId; the names are `tag:` URIs (RFC 4151)."""
    assert max(Counter(names).values(), default=1) == 1
    for name in names:
        assert re.fullmatch(r"tag:[a-z0-9.-]+,\d{4}(-\d\d){0,2}:[\w/%.~-]+", name, re.ASCII)


def check_moments(moments: list[str]) -> list[datetime]:
    """InvalidRFC3339Date, ImplausibleDate."""
    found = []
    for moment in moments:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", moment)
        found.append(datetime.fromisoformat(moment))
        assert datetime(1990, 1, 1, tzinfo=UTC) < found[-1] < timezone.now() + timedelta(minutes=1)
    return found


def check_links(links: list[ET.Element]) -> None:
    """MissingHref, UnregisteredAtomLinkRel, DuplicateAtomLink, AtomLinkNotEmpty."""
    assert all(is_absolute(link.get("href")) and not link.text for link in links)
    kinds = [(link.get("rel", "alternate"), link.get("type"), link.get("hreflang")) for link in links]
    assert {kind[0] for kind in kinds} <= LINK_RELATIONS
    assert max(Counter(kinds).values()) == 1


def check_address(root: ET.Element, path: str) -> None:
    """MissingAtomSelfLink, RelativeSelf, SelfDoesntMatchLocation, MissingCurrentInArchive, InvalidLanguage."""
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links["self"] == settings.SITE_URL + path
    if root.find(f"{HISTORY}archive") is not None:
        assert links["current"] == settings.SITE_URL + path.partition("?")[0]


def test_atom_has_no_fault(client: Client) -> None:
    for path in addresses("atom"):
        answer = client.get(path)
        assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"  # UnexpectedContentType
        assert answer.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')  # MissingEncoding
        root = ET.fromstring(answer.content)  # noqa: S314
        entries = root.findall(f"{ATOM}entry")
        assert root.get(LANG) == path.split("/")[1]
        check_address(root, path)
        check_names([str(element.findtext(f"{ATOM}id")) for element in (root, *entries)])
        for element in (root, *entries):
            for name in ("id", "title", "updated", "author"):  # MissingElement, DuplicateElement
                assert len(element.findall(ATOM + name)) == 1, name
            assert element.findtext(f"{ATOM}title", "").strip()  # NotBlank
            assert element.findtext(f"{ATOM}author/{ATOM}name", "").strip()
            check_links(element.findall(f"{ATOM}link"))
        updated = check_moments([str(entry.findtext(f"{ATOM}updated")) for entry in entries])
        published = check_moments([str(entry.findtext(f"{ATOM}published")) for entry in entries])
        assert all(first <= last for first, last in zip(published, updated, strict=True))
        assert len(set(updated)) == len(updated)  # DuplicateUpdated
        assert updated == sorted(updated, reverse=True)
        if updated:
            assert root.findtext(f"{ATOM}updated") == entries[0].findtext(f"{ATOM}updated")
        for entry in entries:
            content = entry.find(f"{ATOM}content")
            assert content is not None
            assert content.get("type") == "html"
            check_content(content.text or "")
            assert all(category.get("term", "").strip() for category in entry.findall(f"{ATOM}category"))
    check_empty(client, "atom")


def test_rss_has_no_fault(client: Client) -> None:
    for path in addresses("rss"):
        answer = client.get(path)
        assert answer.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
        root = ET.fromstring(answer.content)  # noqa: S314
        (channel,) = root
        items = channel.findall("item")
        assert root.get("version") == "2.0"
        check_address(channel, path)
        check_links(channel.findall(f"{ATOM}link"))
        for element in (channel, *items):
            for name in ("title", "link", "description"):
                assert len(element.findall(name)) == 1
                assert element.findtext(name, "").strip()
            assert is_absolute(element.findtext("link"))  # InvalidFullLink
            assert "<" not in element.findtext("title", "").replace("<gauges>", "")  # ContainsHTML
        assert channel.findtext("language") == path.split("/")[1]
        check_names([str(item.findtext("guid")) for item in items])
        for item in items:
            assert item.find("guid").attrib == {"isPermaLink": "false"}  # type: ignore[union-attr] # InvalidHttpGUID
            names = [element.tag for element in item]
            assert names.index("description") < names.index(f"{CONTENT}encoded")  # NeedDescriptionBeforeContent
            assert not {"author", "managingEditor", "webMaster"} & set(names)  # InvalidContact: nobody's address
            check_content(item.findtext(f"{CONTENT}encoded", ""))
            check_content(item.findtext("description", ""))
            check_moments([item.findtext(f"{ATOM}updated", "")])
        for moment in (channel.findtext("lastBuildDate"), *(item.findtext("pubDate") for item in items)):
            # InvalidRFC2822Date, ProblematicalRFC822Date, IncorrectDOW, ImplausibleDate
            assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", moment or "")
            found = parsedate_to_datetime(moment or "")
            assert found.strftime("%a") == (moment or "")[:3]
            assert found <= timezone.now() + timedelta(minutes=1)
    check_empty(client, "rss")


def check_empty(client: Client, extension: str) -> None:
    assert feedparser.parse(client.get(f"/fr/feed.{extension}").content).entries == []


def test_json_feed_has_all_that_version_1_1_demands(client: Client) -> None:
    for path in addresses("json"):
        answer = client.get(path)
        assert answer.headers["Content-Type"] == "application/feed+json"
        feed = answer.json()
        assert feed["version"] == "https://jsonfeed.org/version/1.1"
        assert feed["title"].strip()
        assert is_absolute(feed["home_page_url"])
        assert feed["feed_url"] == settings.SITE_URL + path
        assert feed["language"] == path.split("/")[1]
        assert all(author["name"] for author in feed["authors"])
        assert is_absolute(feed.get("next_url", feed["feed_url"]))
        assert set(feed) <= {
            *("version", "title", "home_page_url", "feed_url", "description", "language", "authors", "items"),
            *("next_url", "hubs"),
        }
        check_names([item["id"] for item in feed["items"]])
        for item in feed["items"]:
            assert is_absolute(item["url"])
            check_content(item["content_html"])
            check_moments([item["date_published"], item["date_modified"]])
            assert all(isinstance(tag, str) and tag for tag in item["tags"])


def test_the_list_for_feed_readers_has_no_fault(client: Client) -> None:
    root = ET.fromstring(client.get("/en/feeds.opml").content)  # noqa: S314
    assert [element.tag for element in root] == ["head", "body"]
    for outline in root.iter("outline"):
        assert outline.get("text")  # MissingAttribute
        if outline.get("type"):
            assert outline.get("type") == "rss"  # MissingOutlineType
            assert outline.get("title")  # MissingTitleAttr
            assert is_absolute(outline.get("xmlUrl"))  # MissingXmlURL
            assert is_absolute(outline.get("htmlUrl"))
            address = str(outline.get("xmlUrl")).removeprefix(settings.SITE_URL)
            assert not feedparser.parse(client.get(address).content).bozo
        else:
            assert set(outline.keys()) == {"text"}


def test_a_reader_library_takes_nothing_away(client: Client) -> None:
    """feedparser cleans what it reads; what it would cut out of a text has no place in it."""
    for extension in ("rss", "atom"):
        body = client.get(f"/en/feed.{extension}").content
        cleaned = feedparser.parse(body)
        raw = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
        assert not cleaned.bozo
        assert cleaned.entries
        for kept, whole in zip(cleaned.entries, raw.entries, strict=True):
            shown, sent = (Markup(entry.content[0].value) for entry in (kept, whole))
            assert shown.found == [element for element in sent.found if element[0] != "bdi"]  # It does not know it yet.
            assert shown.words == sent.words
            assert kept.content[0].language == "en"
            assert kept.updated_parsed
            assert kept.published_parsed
            assert not kept.guidislink


# Whatever a text may consist of ---------------------------------------------------------------------------------------

SIGNS = st.sampled_from(
    [
        *("]]>", "<![CDATA[", "&", "&amp;", "&#0;", "&#xFFFE;", "&nbsp;", "&bogus;", "&lt;script&gt;", "<script>"),
        *("</p>", "<!--", "-->", "<?xml ?>", *"\x00\x0b\x1b\x85\ufffe\uffff\ufeff\ufdd0\U0001fffe\ud800\udfff"),
        *"\u202e\u2067\u2069\u2028\r\n\"'水",
    ]
)
MANY = how(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
TEXT = st.lists(st.text(max_size=20) | SIGNS, min_size=1, max_size=8).map("".join)


@given(title=TEXT, body=TEXT)
@MANY
def test_nothing_that_staff_type_breaks_a_feed(title: str, body: str) -> None:
    """What was typed is cleaned at the door, and the feed is read by its readers as before."""
    words = clean_line(title) or "Untitled"
    edition = edition_of(title=words, summary=clean_line(body), body=clean_html(f"<p>{body}</p>"), department=words)
    for extension in ("rss", "atom", "json"):
        item = only_item(edition, extension)
        assert item["title"].split() == words.split() or extension != "json"
        check_content(item["content_html"] if extension == "json" else item.content[0].value)


@given(nasty=TEXT)
@MANY
def test_nothing_that_a_database_may_hold_breaks_a_feed(nasty: str) -> None:
    """Nor what passed every cleaner: written by another version of this software, or by hand."""
    names = ("title", "summary", "body", "note", "type_name", "department", "office", "date_line", "release_line")
    edition = edition_of(**dict.fromkeys((*names, "translation_notice"), nasty))
    edition.topics = [f"nasty {nasty}"]
    for extension in ("rss", "atom", "json"):
        assert only_item(edition, extension)["id"].endswith("/en")


def edition_of(**texts: str) -> Any:
    edition: Any = Edition.objects.for_reading().filter(language="en").order_by("pk").first()
    for name, text in texts.items():
        setattr(edition, name, text)
    edition.topics = []
    edition.other_languages = ["ar"]
    edition.first_public_at = edition.release.publish_at
    edition.total = 1
    edition.changed_at = edition.release.publish_at
    return edition


def only_item(edition: Any, extension: str) -> Any:
    """The item a reader finds in a feed that has this edition alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(selection, "_with_all_there_is_to_tell", lambda *_: [edition])
        content = document(FeedAddress("en", extension)).body
    text = content.decode()
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", text)
    if extension == "json":
        (item,) = json.loads(text)["items"]
    else:
        ET.fromstring(content)  # noqa: S314
        feed = feedparser.parse(content)
        assert not feed.bozo
        (item,) = feed.entries
    return item


def test_a_name_in_another_script_stands_in_an_address_that_all_can_read(client: Client) -> None:
    office = Issuer.objects.create(slug="مكتب", name_en="Office")
    make_release(make_statement(slug="office", issuer=office, title_en=TEXTS["en"][0]))
    feed = feedparser.parse(client.get("/en/issuers/مكتب/feed.atom").content)
    assert feed.entries[0].author == "Office"
    assert feed.feed.id.isascii()
    check_names([feed.feed.id])
