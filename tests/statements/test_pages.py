"""What the public's pages promise, whatever they show."""

import hashlib
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from statements.models import Edition, Release
from tests.making import TEXTS, make_release, make_statement, make_topic

pytestmark = pytest.mark.django_db

BOX = "To sign up for updates or to access your subscriber preferences, enter your contact information below."


@pytest.fixture
def edition() -> Edition:
    """A statement in English and Arabic, on one topic; its Arabic edition."""
    statement = make_statement("en", "ar", topics=[make_topic("floods")])
    return make_release(statement, "en", "ar").editions.get(language="ar")


def correct(edition: Edition, kind: str, *languages: str) -> Release:
    notes = {language: f"note in {language}" for language in languages}
    return make_release(edition.statement, *languages, kind=kind, notes=notes)


def test_every_block_of_a_statement_says_its_language_and_direction(client: Client, edition: Edition) -> None:
    page = client.get(edition.get_absolute_url()).content.decode()
    assert '<html lang="ar" dir="rtl">' in page
    assert f'<h1 lang="ar" dir="rtl">{TEXTS["ar"][0]}</h1>' in page
    assert '<div class="text" lang="ar" dir="rtl"><h2>' in page


def test_a_statement_offers_its_other_languages_by_their_own_names(client: Client, edition: Edition) -> None:
    page = client.get(edition.get_absolute_url()).content.decode()
    address = f"/en/statements/{edition.statement_id}/river-levels/"
    assert f'<a href="{address}" lang="en" hreflang="en" dir="ltr">English</a>' in page
    assert f'<link rel="alternate" hreflang="en" href="{settings.SITE_URL}{address}">' in page


def test_a_missing_language_offers_those_there_are(client: Client, edition: Edition) -> None:
    answer = client.get(f"/fr/statements/{edition.statement_id}/river-levels/")
    assert answer.status_code == 404
    assert TEXTS["ar"][0] in answer.content.decode()


def test_what_was_taken_back_says_so_at_its_address(client: Client, edition: Edition) -> None:
    correct(edition, "withdrawn", "en", "ar")
    answer = client.get(f"/en/statements/{edition.statement_id}/river-levels/")
    assert answer.status_code == 200
    assert "This statement was withdrawn on" in answer.content.decode()
    assert "note in en" in answer.content.decode()
    assert "gauges" not in answer.content.decode()


def test_a_correction_says_what_changed(client: Client, edition: Edition) -> None:
    correct(edition, "corrected", "en")
    page = client.get(f"/en/statements/{edition.statement_id}/river-levels/").content.decode()
    assert "This statement was corrected on" in page
    assert "note in en" in page
    history = re.findall(r"Edition (\d)</strong> · (\w+)<br>", page)
    assert history == [("2", "Corrected"), ("1", "Published")]


def test_an_address_lives_as_long_as_its_number(client: Client, edition: Edition) -> None:
    address = edition.get_absolute_url()
    for slug in ("", "a-former-slug/"):
        answer = client.get(f"/ar/statements/{edition.statement_id}/{slug}")
        assert (answer.status_code, answer.headers["Location"]) == (301, address)
    answer = client.get(address.removeprefix("/ar"), headers={"Accept-Language": "ar"})
    assert (answer.status_code, answer.headers["Location"]) == (302, address)


def test_a_page_tells_machines_what_it_is(client: Client, edition: Edition) -> None:
    page = client.get(edition.get_absolute_url()).content.decode()
    address = settings.SITE_URL + edition.get_absolute_url()
    assert f"<title>{TEXTS['ar'][0]} · Ministry of Examples</title>" in page
    assert f'<link rel="canonical" href="{address}">' in page
    assert '<meta name="description" content="ما الخطوة التالية' in page
    for name, content in [("type", "article"), ("title", TEXTS["ar"][0]), ("url", address)]:
        assert f'<meta property="og:{name}" content="{content}">' in page
    assert '<article class="statement" itemscope itemtype="https://schema.org/NewsArticle">' in page
    for name, content in [("headline", TEXTS["ar"][0]), ("inLanguage", "ar"), ("version", "1")]:
        assert f'<meta itemprop="{name}" content="{content}">' in page
    assert f'<link itemprop="translationOfWork" href="{address.replace("/ar/", "/en/")}">' in page


def test_a_page_asks_nothing_of_others(client: Client, edition: Edition) -> None:
    page = client.get(edition.get_absolute_url()).content.decode()
    asked = re.findall(r'<(?:img|link rel="(?:stylesheet|icon)"|script|iframe)[^>]*(?:src|href)="([^"]+)"', page)
    assert all(address.startswith("/") for address in asked)
    assert len(asked) == 3


def test_anybody_can_compute_the_fingerprint(client: Client, edition: Edition) -> None:
    frozen = client.get(f"/ar/statements/{edition.statement_id}/edition.json")
    assert hashlib.sha256(frozen.content).hexdigest() == edition.sha256
    assert edition.sha256 in client.get(edition.get_absolute_url()).content.decode()
    assert client.get(f"/fr/statements/{edition.statement_id}/edition.json").status_code == 404


def test_what_came_back_in_one_language_does_not_offer_what_is_withdrawn(client: Client, edition: Edition) -> None:
    correct(edition, "withdrawn", "en", "ar")
    address = f"/en/statements/{edition.statement_id}/river-levels/"
    offer = f'<a href="{edition.get_absolute_url()}" lang="ar" hreflang="ar" dir="rtl">'
    assert client.get(address).content.decode().count(offer) == 2  # at the top of the page, and beside the statement
    make_release(edition.statement, "en")
    assert client.get(address).content.decode().count(offer) == 1


@pytest.mark.parametrize("path", ["/en/", "/en/topics/floods/", "/en/search/?q=river", "/en/nothing/"])
def test_every_page_has_the_box_and_sets_no_cookie(client: Client, edition: Edition, path: str) -> None:
    answer = client.get(path)
    page = answer.content.decode()
    assert BOX in page
    assert 'name="email"' in page
    assert not answer.cookies
    assert "<script" not in page
    assert "style=" not in page


def test_pages_announce_their_feeds(client: Client, edition: Edition) -> None:
    page = client.get("/en/topics/floods/").content.decode()
    feeds = re.findall(r'<link rel="alternate" type="application/rss\+xml"[^>]+href="([^"]+)"', page)
    assert feeds == ["/en/feed.rss", "/en/topics/floods/feed.rss"]


@pytest.mark.parametrize("path", ["/en/", "/en/topics/floods/", "/en/statements/{pk}/river-levels/"])
def test_a_page_costs_at_most_three_queries(
    client: Client, edition: Edition, django_assert_max_num_queries: DjangoAssertNumQueries, path: str
) -> None:
    with django_assert_max_num_queries(3):
        client.get(path.format(pk=edition.statement_id))


def test_a_page_beyond_the_last_is_the_last(client: Client, edition: Edition) -> None:
    assert TEXTS["en"][0] in client.get("/en/?page=9").content.decode()


def test_a_page_that_is_no_number_does_not_exist(client: Client, edition: Edition) -> None:
    assert client.get("/en/?page=nine").status_code == 404


def test_a_language_without_statements_points_to_others(client: Client, edition: Edition) -> None:
    assert "Aucun communiqué dans cette langue" in client.get("/fr/").content.decode()


def test_hostile_words_stay_words(client: Client) -> None:
    title = '"><script>alert(1)</script> {{ 7 }}'
    statement = make_statement(title_en=title, summary_en='" onload="alert(1)')
    edition = make_release(statement).editions.get()
    for path in ["/en/", edition.get_absolute_url()]:
        page = client.get(path).content.decode()
        assert "<script" not in page
        assert 'content="" onload' not in page


@pytest.mark.parametrize("name", ["400.html", "403_csrf.html", "500.html"])
def test_pages_for_when_nothing_works_need_nothing(
    name: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with override("ar"), django_assert_num_queries(0):
        assert '<html lang="ar" dir="rtl">' in get_template(name).render()


def test_the_style_sheet_is_small_and_knows_no_left_or_right() -> None:
    sheet = Path(settings.BASE_DIR / "config/static/site.css").read_text()
    assert len(sheet.encode()) < 15_000
    assert not re.search(
        r"(margin|padding|border|inset)-(left|right|top|bottom)|(?<![-\w])(left|right|width|height):", sheet
    )


def test_a_feed_that_changed_is_not_answered_304_though_its_newest_edition_is_the_same(client: Client) -> None:
    old, new = make_statement(slug="old"), make_statement(slug="new")
    make_release(old)
    correction = make_release(old, kind="corrected", notes={"en": "The date."})
    make_release(new)
    Release.objects.filter(pk=correction.pk).update(publish_at=timezone.now() + timedelta(hours=1))
    etag = client.get("/en/feed.rss").headers["ETag"]
    # Its moment comes: another edition of the old statement is current, and the newest number is still the new one's.
    Release.objects.filter(pk=correction.pk).update(publish_at=timezone.now() - timedelta(seconds=1))
    answer = client.get("/en/feed.rss", headers={"If-None-Match": etag})
    assert answer.status_code == 200
