"""The lists of statements, by topic, type, issuer and year, and what search engines are told of them."""

import re
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from statements.models import Issuer, StatementType
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


def locations(client: Client, path: str) -> list[str]:
    tree = ElementTree.fromstring(client.get(path).content)  # noqa: S314
    return [str(found.text) for found in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]


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
    for address in addresses:
        assert client.get(address.removeprefix(settings.SITE_URL)).status_code == 200
        assert (
            f'hreflang="ar" href="{address.replace("/en/", "/ar/")}"'
            in client.get("/sitemap-statements.xml").content.decode()
        )
    for address in locations(client, "/sitemap-lists.xml"):
        assert client.get(address.removeprefix(settings.SITE_URL)).status_code == 200


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
