"""What staff paste is made fit for pages, feeds and mail headers."""

import xml.etree.ElementTree as ET

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from statements.models import Edition, EditionChanged, Release
from statements.publishing import Draft, publish
from statements.text import clean_html, clean_line
from subscriptions.delivery.letters import statement_letter
from subscriptions.models import Delivery
from tests.making import make_release, make_statement, make_subscriber

NASTY = "A\x0bB \ufffe{{ secret }} {% now %} <b>bold</b> \u202eevil\nBcc: all@example.org & Co"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Two\x0blines", "Two lines"),
        ("Two\r\nlines", "Two lines"),
        ("a\u2028b\u2029c", "a b c"),
        ("x\ufffey\ufffez\U0001fffe", "xyz"),
        ("\ufeffBOM", "BOM"),
        ("nul\x00 and \x85 and \x9b", "nul and and"),
        ("safe \u202eevil", "safe evil"),
        ("  much    room ", "much room"),
        ("Le fleuve\u00a0: l’eau", "Le fleuve\u00a0: l’eau"),
        ("رودخانه\u200cها", "رودخانه\u200cها"),
        ("\u2068Belsara\u2069", "\u2068Belsara\u2069"),
        ("cafe\u0301", "café"),
        ("\x0b\x0c", ""),
    ],
)
def test_a_line_is_cleaned_and_its_typography_stays(typed: str, kept: str) -> None:
    assert clean_line(typed) == kept


@given(st.text())
def test_every_line_fits_xml_and_a_header(text: str) -> None:
    line = clean_line(text)
    ET.fromstring(f"<title>{line.replace('&', '&amp;').replace('<', '&lt;')}</title>")  # noqa: S314
    assert "\n" not in line
    assert "\r" not in line
    assert clean_line(line) == line


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("<p>a</p><script>alert(1)</script>", "<p>a</p>"),
        ('<p class="MsoNormal" style="color:red"><o:p>a</o:p></p>', "<p>a</p>"),
        ("<h1>Top</h1>", "<h2>Top</h2>"),
        ('<a href="javascript:alert(1)">a</a>', "<a>a</a>"),
        ('<a href="/relative">a</a>', "<a>a</a>"),
        (
            '<a href="https://example.org/?a=1&amp;b=2" onclick="x()">a</a>',
            '<a href="https://example.org/?a=1&amp;b=2">a</a>',
        ),
        ('<p dir="rtl" lang="ar">أ</p>', '<p dir="rtl" lang="ar">أ</p>'),
        ('<p dir="evil">a</p>', "<p>a</p>"),
        ("<img src=x onerror=alert(1)>", ""),
        ("<!-- Word --><p>a\x0bb</p>", "<p>a\nb</p>"),
    ],
)
def test_pasted_html_keeps_its_text_and_loses_its_tricks(pasted: str, kept: str) -> None:
    assert clean_html(pasted) == kept


@pytest.mark.django_db
def test_a_nasty_title_breaks_neither_page_nor_feed_nor_mail(client: Client) -> None:
    make_subscriber("layla@example.org")
    release = make_release(make_statement(title_en=NASTY, summary_en=NASTY, body_en=f"<p>{NASTY}</p>"))
    edition = release.editions.get()
    assert "\x0b" not in edition.title
    page = client.get(edition.get_absolute_url())
    assert page.status_code == 200
    assert "&lt;b&gt;bold&lt;/b&gt;" in page.content.decode()
    feed = ET.fromstring(client.get("/en/feed.rss").content)  # noqa: S314
    assert feed.findtext("channel/item/title") == edition.title
    delivery = Delivery(pk=1, subscriber_id=1, created_at=release.publish_at)
    mail = statement_letter(edition).addressed(delivery, "layla@example.org").message()
    assert mail["Bcc"] is None
    assert "{{ secret }}" in str(mail["Subject"])


@pytest.mark.django_db
def test_an_edition_never_changes_and_its_hash_says_so() -> None:
    statement = make_statement()
    edition = make_release(statement).editions.get()
    assert edition.sha256 == edition.fingerprint()
    statement.title_en = "Something else"  # type: ignore[attr-defined]
    statement.save()
    assert Edition.objects.get().title == "River levels are falling"
    edition.title = "Something else"
    assert edition.sha256 != edition.fingerprint()
    attempts = [
        edition.save,
        edition.delete,
        Edition.objects.all().delete,
        lambda: Edition.objects.update(title="x"),
    ]
    for attempt in attempts:
        with pytest.raises(EditionChanged):
            attempt()


@pytest.mark.django_db
def test_publishing_twice_with_one_key_makes_one_release() -> None:
    statement = make_statement()
    first = publish(Draft(statement, ("en",)))
    assert publish(Draft(statement, ("en",)), key=first.key) == first
    assert Release.objects.count() == 1


def test_what_is_written_as_a_number_is_cleaned_like_the_character_itself() -> None:
    assert clean_html("<p>a&#x202e;b&#xfffe;c&#0;d&#1;e&#x2067;</p>") == "<p>abcd e\u2067</p>"
