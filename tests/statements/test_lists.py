"""The lists of statements, by topic, type, issuer and year, and what search engines are told of them."""

import re
from datetime import UTC, date, datetime
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from statements.models import Issuer, Release, StatementType
from tests.making import TEXTS, make_release, make_statement, make_topic, translations

pytestmark = pytest.mark.django_db

LISTS = ["/en/topics/floods/", "/en/types/fact-sheet/", "/en/issuers/ministry-of-rivers/", "/en/years/2026/"]
OTHERS = ["/en/topics/fish/", "/en/types/notice/", "/en/issuers/spokesperson/", "/en/years/2019/"]


@pytest.fixture
def _statements() -> None:
    """One statement on floods; and names under which there is none."""
    make_release(make_statement("en", "ar", topics=[make_topic("floods")]), "en", "ar")
    make_topic("fish")
    StatementType.objects.get_or_create(slug="notice")
    Issuer.objects.create(slug="spokesperson", **translations("name", {"en": "Spokesperson"}))


@pytest.mark.usefixtures("_statements")
@pytest.mark.parametrize("path", LISTS)
def test_a_statement_stands_in_each_of_its_lists(
    client: Client, path: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(3):
        page = client.get(path).content.decode()
    assert TEXTS["en"][0] in page
    assert f'<link rel="canonical" href="{settings.SITE_URL}{path}">' in page
    assert f'hreflang="ar" href="{settings.SITE_URL}{path.replace("/en/", "/ar/")}"' in page
    assert f'hreflang="x-default" href="{settings.SITE_URL}{path.removeprefix("/en")}"' in page


@pytest.mark.usefixtures("_statements")
@pytest.mark.parametrize("path", OTHERS)
def test_a_list_without_statements_says_so_and_is_not_offered(client: Client, path: str) -> None:
    assert "Nothing yet in this language" in client.get(path).content.decode()
    assert path not in client.get("/en/").content.decode()


@pytest.mark.parametrize(
    "path",
    ["/en/topics/none/", "/en/types/none/", "/en/issuers/none/", "/en/years/0/", "/en/years/20266/", "/en/years/x/"],
)
def test_a_list_that_does_not_exist_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_department_speaks_in_what_its_offices_say(client: Client) -> None:
    statement = make_statement()
    department = statement.issuer
    names = translations("name", {"en": "Office of Gauges"})
    statement.issuer = Issuer.objects.create(slug="gauges", parent=department, **names)
    statement.save()
    make_release(statement)
    for slug in ("gauges", department.slug):
        assert TEXTS["en"][0] in client.get(f"/en/issuers/{slug}/").content.decode()


def test_an_edit_moves_nothing_to_another_list_before_it_is_released(client: Client) -> None:
    statement = make_statement()
    make_release(statement)
    statement.type = StatementType.objects.get_or_create(slug="notice")[0]
    statement.save()
    assert TEXTS["en"][0] in client.get("/en/types/fact-sheet/").content.decode()
    assert TEXTS["en"][0] not in client.get("/en/types/notice/").content.decode()


def test_a_list_says_what_was_corrected(client: Client) -> None:
    statement = make_statement()
    make_release(statement)
    assert "<span>Corrected</span>" not in client.get("/en/").content.decode()
    make_release(statement, kind="corrected", notes={"en": "The level was wrong."})
    assert "<span>Corrected</span>" in client.get("/en/").content.decode()


def test_lists_have_pages(client: Client) -> None:
    for number in range(21):
        make_release(make_statement(slug=f"rivers-{number}"))
    first, second = (client.get(f"/en/years/2026/{page}").content.decode() for page in ("", "?page=2"))
    assert len(re.findall("<h2><a", first)) == 20
    assert len(re.findall("<h2><a", second)) == 1
    assert f'<link rel="canonical" href="{settings.SITE_URL}/en/years/2026/?page=2">' in second


SITEMAP, XHTML = "{http://www.sitemaps.org/schemas/sitemap/0.9}", "{http://www.w3.org/1999/xhtml}"


def xml(client: Client, path: str) -> ElementTree.Element:
    return ElementTree.fromstring(client.get(path).content)  # noqa: S314


def locations(client: Client, path: str) -> list[str]:
    return [str(found.text) for found in xml(client, path).iter(f"{SITEMAP}loc")]


def alternates(client: Client, path: str) -> dict[str, dict[str, str]]:
    """For each address in a sitemap, where the page is in other languages; without the site's own part of them."""
    return {
        str(url.findtext(f"{SITEMAP}loc")).removeprefix(settings.SITE_URL): {
            str(link.get("hreflang")): str(link.get("href")).removeprefix(settings.SITE_URL)
            for link in url.iter(f"{XHTML}link")
            if link.get("rel") == "alternate"
        }
        for url in xml(client, path)
    }


@pytest.mark.usefixtures("_statements")
def test_the_sitemap_leads_to_every_statement_and_its_other_languages(client: Client) -> None:
    robots = client.get("/robots.txt").content.decode()
    assert f"Sitemap: {settings.SITE_URL}/sitemap.xml" in robots
    parts = [path.partition("/sitemap")[2] for path in locations(client, "/sitemap.xml")]
    assert parts == ["-lists.xml", "-statements.xml"]
    addresses = locations(client, "/sitemap-statements.xml")
    assert {address.rpartition("/statements/")[0] for address in addresses} == {
        f"{settings.SITE_URL}/en",
        f"{settings.SITE_URL}/ar",
    }
    for address in [*addresses, *locations(client, "/sitemap-lists.xml")]:
        assert client.get(address.removeprefix(settings.SITE_URL)).status_code == 200
    neutral = addresses[0].removeprefix(f"{settings.SITE_URL}/ar")
    everywhere = {"ar": f"/ar{neutral}", "en": f"/en{neutral}", "x-default": neutral}
    assert alternates(client, "/sitemap-statements.xml") == {f"/{code}{neutral}": everywhere for code in ("ar", "en")}


def test_the_sitemap_offers_each_list_in_the_languages_that_have_something_in_it(client: Client) -> None:
    make_release(make_statement("en", "ar", topics=[make_topic("floods")]), "en", "ar")
    make_release(make_statement("ar", slug="only-arabic", topics=[make_topic("dates")], date=date(2019, 2, 6)))
    make_topic("fish")
    found = alternates(client, "/sitemap-lists.xml")
    for path in ("/", "/topics/floods/", "/types/fact-sheet/", "/issuers/ministry-of-rivers/", "/years/2026/"):
        both = {"ar": f"/ar{path}", "en": f"/en{path}", "x-default": path}
        assert found.pop(f"/ar{path}") == found.pop(f"/en{path}") == both
    # Without a language the address leads to the site's first, where there is nothing.
    for path in ("/ar/topics/dates/", "/ar/years/2019/"):
        assert found.pop(path) == {"ar": path}
    feeds = {code: f"/{code}/feeds/" for code, _name in settings.LANGUAGES}
    assert found == {address: {**feeds, "x-default": "/feeds/"} for address in feeds.values()}


def test_the_sitemap_says_when_a_statement_last_changed(client: Client) -> None:
    release = make_release(make_statement())
    Release.objects.filter(pk=release.pk).update(publish_at=datetime(2026, 2, 6, 12, tzinfo=UTC))
    for path in ("/sitemap.xml", "/sitemap-statements.xml"):
        moments = [str(found.text) for found in xml(client, path).iter(f"{SITEMAP}lastmod")]
        assert [moment[:10] for moment in moments] == ["2026-02-06"], path


def test_the_sitemap_leaves_out_what_was_withdrawn(client: Client) -> None:
    statement = make_statement()
    make_release(statement)
    make_release(statement, kind="withdrawn", notes={"en": "Wrong."})
    assert locations(client, "/sitemap-statements.xml") == []


def test_a_year_and_a_count_are_written_in_the_digits_of_the_language(client: Client) -> None:
    issuer = translations("name", {"en": "Ministry of Rivers", "fa": "وزارت رودخانه‌ها"})
    Issuer.objects.create(slug="ministry-of-rivers", **issuer)
    make_release(make_statement("en", title_fa="پایش رودخانه‌ها", body_fa="<p>کیفیت آب</p>"), "en", "fa")
    assert "<h1>۲۰۲۶</h1>" in client.get("/fa/years/2026/").content.decode()
    assert "۱ بیانیه" in client.get(f"/fa/search/?q={quote('آب')}").content.decode()
