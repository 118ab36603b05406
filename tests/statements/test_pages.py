"""What the public's pages promise, whatever they show."""

import hashlib
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from statements.models import Edition, Issuer, Release
from statements.views import Latest
from tests.making import TEXTS, make_release, make_statement, make_topic, translations

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
    page = answer.content.decode()
    for code, direction, name in (("ar", "rtl", "العربيّة"), ("en", "ltr", "English")):
        address = f"/{code}/statements/{edition.statement_id}/river-levels/"
        assert re.search(
            rf'<li lang="{code}" dir="{direction}">\s*<p><span class="tongue">{name}</span><br>'
            rf'<a href="{address}" hreflang="{code}">{TEXTS[code][0]}</a></p>',
            page,
        )


@pytest.mark.parametrize(
    ("language", "others"), [("en", ["ar", "zh-hans", "fr"]), ("ru", ["ar", "zh-hans", "en", "fr"])]
)
def test_the_languages_of_a_statement_stand_as_those_of_the_site_do(
    client: Client, language: str, others: list[str]
) -> None:
    release = make_release(make_statement("en", "fr", "zh-hans", "ar"), "en", "fr", "zh-hans", "ar")
    page = client.get(f"/{language}/statements/{release.statement_id}/river-levels/").content.decode()
    main = page.partition("<main")[2].partition("</main>")[0]
    assert re.findall(r'hreflang="([a-z-]+)"', main) == others


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


def test_a_page_says_of_each_edition_its_number_kind_day_and_note(client: Client, edition: Edition) -> None:
    for number, kind in enumerate(("corrected", "updated", "withdrawn"), start=1):
        release = correct(edition, kind, "en", "ar")
        moment = datetime(2026, 2, 6, 9, number, tzinfo=UTC)
        Release.objects.filter(pk=release.pk).update(publish_at=moment)
    page = client.get(edition.get_absolute_url()).content.decode()
    found = re.findall(r"<li><strong>(.*?)</strong> · (.*?)<br>\s*<time[^>]*>(.*?)</time>\s*(?:<br>(.*?))?</li>", page)
    day = "6 شباط/فبراير، 2026"
    assert found[:3] == [
        ("الإصدار 4", "مسحوب", f"{day}، <bdi>09:03 UTC</bdi>", "note in ar"),
        ("الإصدار 3", "محدَّث", f"{day}، <bdi>09:02 UTC</bdi>", "note in ar"),
        ("الإصدار 2", "مصحَّح", f"{day}، <bdi>09:01 UTC</bdi>", "note in ar"),
    ]
    assert len(found) == 4


def test_a_page_says_who_speaks_when_and_which_text_counts(client: Client) -> None:
    statement = make_statement("en", "ar", date=date(2019, 2, 6), source_url="https://example.org/original?a=1&b=2")
    office = translations("name", {"en": "Office of the Spokesperson", "ar": "مكتب المتحدث الرسمي"})
    statement.issuer = Issuer.objects.create(slug="spokesperson", parent=statement.issuer, **office)
    statement.release_line_ar = "للنشر الفوري"  # type: ignore[attr-defined]
    statement.save()
    make_release(statement, "en", "ar")
    page = client.get(f"/ar/statements/{statement.pk}/river-levels/").content.decode()
    article = page[page.index("<article") : page.index("</article>")]
    in_order = [
        *("وزارة الأنهار</strong><br>مكتب المتحدث الرسمي</p>", "<strong>للنشر الفوري</strong><br>بيان وقائع<br>"),
        *('<time datetime="2019-02-06">6 شباط/فبراير، 2019</time>', f"{TEXTS['ar'][0]}</h1>", "<h2>ما الخطوة التالية"),
        '<a href="https://example.org/original?a=1&amp;b=2">',
    ]
    places = [article.index(part) for part in in_order]
    assert places == sorted(places)
    # No notice was written: the usual words say which language is the authoritative one.
    assert re.search(r"<small>[^<]*الإنجليزية[^<]*</small>", article)
    assert "<small>" not in client.get(f"/en/statements/{statement.pk}/river-levels/").content.decode()


def test_a_page_says_where_in_the_site_it_stands(client: Client, edition: Edition) -> None:
    pages = {
        edition.get_absolute_url(): '<li><a href="/ar/types/fact-sheet/">بيان وقائع</a></li>',
        "/ar/topics/floods/": "",
    }
    for path, second in pages.items():
        (trail,) = re.findall(r'<nav class="trail" .*?</nav>', client.get(path).content.decode(), re.DOTALL)
        first = '<li><a href="/ar/">البيانات الرسمية</a></li>'
        assert re.findall("<li>.*?</li>", trail) == list(filter(None, [first, second])), path


def test_a_year_is_written_in_the_digits_of_the_language(client: Client) -> None:
    statement = make_statement("en", title_fa="سطح رودخانه‌ها", body_fa="<p>متن</p>")
    for named in (statement.type, statement.issuer):
        named.name_fa = "نام"
        named.save()
    make_release(statement, "en", "fa")
    for language, year in (("en", "2026"), ("fa", "۲۰۲۶")):
        page = client.get(f"/{language}/statements/{statement.pk}/river-levels/").content.decode()
        assert f'<li><a href="/{language}/years/2026/">{year}</a></li>' in page


def test_a_statement_is_shared_by_links_that_tell_nobody_before_they_are_followed(
    client: Client, edition: Edition
) -> None:
    page = client.get(edition.get_absolute_url()).content.decode()
    short = f"{settings.SITE_URL}/ar/statements/{edition.statement_id}/"
    assert f'<bdi dir="ltr">{short}</bdi>' in page
    shared = re.findall(
        r'<a href="((?:mailto:|https://(?:wa\.me|t\.me|www\.facebook\.com|x\.com)/)[^"]*)"([^>]*)>', page
    )
    assert len(shared) == 5
    for address, attributes in shared:
        assert quote(short, safe="") in address
        assert address.startswith("mailto:") or 'rel="nofollow noopener"' in attributes
    assert client.get(short.removeprefix(settings.SITE_URL)).headers["Location"] == edition.get_absolute_url()


def test_an_address_lives_as_long_as_its_number(client: Client, edition: Edition) -> None:
    address = edition.get_absolute_url()
    for slug in ("", "a-former-slug/"):
        answer = client.get(f"/ar/statements/{edition.statement_id}/{slug}")
        assert (answer.status_code, answer.headers["Location"]) == (301, address)
    answer = client.get(address.removeprefix("/ar"), headers={"Accept-Language": "ar"})
    assert (answer.status_code, answer.headers["Location"]) == (302, address)


@pytest.mark.parametrize("slug", ["", "river-levels/", "a-former-slug/"])
@pytest.mark.parametrize(("reader", "language"), [("ar", "ar"), ("en", "en"), ("fr", "en"), ("de", "en")])
def test_an_address_outlives_the_language_it_names(
    client: Client, edition: Edition, slug: str, reader: str, language: str
) -> None:
    """The site had German once. Its readers come to the text in their language, or else in the site's first."""
    answer = client.get(f"/de/statements/{edition.statement_id}/{slug}", headers={"Accept-Language": reader})
    there = f"/{language}/statements/{edition.statement_id}/river-levels/"
    assert (answer.status_code, answer.headers["Location"]) == (302, there)
    assert "Accept-Language" in answer.headers["Vary"]


def test_an_address_that_outlived_its_language_leads_to_any_other_there_is(client: Client) -> None:
    statement = make_statement("fr", slug="niveau")
    make_release(statement)
    answer = client.get(f"/de/statements/{statement.pk}/niveau/", headers={"Accept-Language": "ru"})
    assert answer.headers["Location"] == f"/fr/statements/{statement.pk}/niveau/"


def test_what_never_was_an_address_leads_nowhere(client: Client, edition: Edition) -> None:
    for path in (f"/xx/statements/{edition.statement_id}/", f"/en/de/statements/{edition.statement_id}/"):
        assert client.get(path).status_code == 404
    assert client.get(f"/de/statements/{edition.statement_id + 1}/").status_code == 404


def test_a_page_tells_machines_what_it_is(client: Client, edition: Edition) -> None:
    page = client.get(edition.get_absolute_url()).content.decode()
    address = settings.SITE_URL + edition.get_absolute_url()
    assert f"<title>{TEXTS['ar'][0]} · Ministry of Examples</title>" in page
    assert f'<link rel="canonical" href="{address}">' in page
    about = "ما الخطوة التالية تُقرأ المقاييس في بلسارة كل ساعة."
    assert f'<meta name="description" content="{about}">' in page
    for name, content in [
        *(("type", "article"), ("title", TEXTS["ar"][0]), ("url", address), ("description", about)),
        *(("site_name", "Ministry of Examples"), ("locale", "ar_AR"), ("locale:alternate", "en_US")),
        *(("image", f"{settings.SITE_URL}/static/sign.png"), ("image:alt", "Ministry of Examples")),
    ]:
        assert page.count(f'<meta property="og:{name}" content="{content}">') == 1, name
    assert page.count('"og:locale:alternate"') == 1
    assert '<article class="statement" itemscope itemtype="https://schema.org/NewsArticle">' in page
    for name, content in [("headline", TEXTS["ar"][0]), ("inLanguage", "ar"), ("version", "1"), ("description", about)]:
        assert f'<meta itemprop="{name}" content="{content}">' in page
    assert f'<link itemprop="translationOfWork" href="{address.replace("/ar/", "/en/")}">' in page
    publisher = '<div itemprop="publisher" itemscope itemtype="https://schema.org/GovernmentOrganization" hidden>'
    assert f'{publisher}<meta itemprop="name" content="وزارة الأنهار"></div>' in page
    assert "isBasedOn" not in page


def test_a_statement_that_stands_elsewhere_tells_machines_where(client: Client) -> None:
    statement = make_statement(source_url="https://example.org/original?a=1&b=2")
    make_release(statement)
    page = client.get(f"/en/statements/{statement.pk}/river-levels/").content.decode()
    assert '<link itemprop="isBasedOn" href="https://example.org/original?a=1&amp;b=2">' in page


@pytest.mark.parametrize(
    "path", ["/", "/topics/floods/", "/types/fact-sheet/", "/issuers/ministry-of-rivers/", "/years/2026/", "/feeds/"]
)
def test_a_list_tells_machines_what_it_is_and_where_it_is_in_other_languages(
    client: Client, edition: Edition, path: str
) -> None:
    page = client.get(f"/ar{path}").content.decode()
    title = re.findall("<title>(.*?) · Ministry of Examples</title>", page)[0]
    for element in (
        f'<link rel="canonical" href="{settings.SITE_URL}/ar{path}">',
        *(
            f'<link rel="alternate" hreflang="{language}" href="{settings.SITE_URL}/{language}{path}">'
            for language, _name in settings.LANGUAGES
        ),
        f'<link rel="alternate" hreflang="x-default" href="{settings.SITE_URL}{path}">',
        '<meta property="og:type" content="website">',
        f'<meta property="og:title" content="{title}">',
        f'<meta property="og:url" content="{settings.SITE_URL}/ar{path}">',
        '<meta property="og:site_name" content="Ministry of Examples">',
        '<meta property="og:locale" content="ar_AR">',
        *(
            f'<meta property="og:locale:alternate" content="{locale}">'
            for locale in ("zh_CN", "en_US", "fr_FR", "ru_RU", "es_ES", "fa_IR", "ur_PK")
        ),
    ):
        assert page.count(element) == 1, element
    described = re.findall('<meta (?:name="description"|property="og:description") content="([^"]+)">', page)
    assert len(described) == 2
    assert len(set(described)) == 1


def test_moments_on_a_page_have_no_parts_of_a_second(client: Client, edition: Edition) -> None:
    """HTML bears three digits of them, and we have six."""
    page = client.get(edition.get_absolute_url()).content.decode()
    moments = re.findall(r'(?:datetime|content)="(\d{4}-\d\d-\d\dT[^"]*)"', page)
    assert len(moments) == 4
    assert all(re.fullmatch(r"[\d-]{10}T\d\d:\d\d:\d\d[+-]\d\d:\d\d", moment) for moment in moments)


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


@pytest.mark.parametrize("page", ["4", "9", "0", "-1", "last", "99999999999999999999"])
@pytest.mark.parametrize("path", ["/en/?", "/en/topics/floods/?", "/en/years/2026/?", "/en/search/?q=river&"])
def test_a_page_beyond_the_last_is_the_last_and_costs_no_more(
    client: Client,
    edition: Edition,
    path: str,
    page: str,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(Latest, "paginate_by", 2)
    topics = edition.release.topics.all()
    for day in range(1, 5):
        make_release(make_statement(slug=f"number-{day}", date=date(2026, 1, day), topics=topics))
    with django_assert_max_num_queries(3):
        shown = client.get(f"{path}page={page}").content.decode()
    assert re.findall(r'<h2><a href="/en/statements/\d+/([^/]+)/', shown) == ["number-1"]
    assert "Page 3 of 3" in shown


def test_a_last_page_that_is_full_is_shown_in_full(
    client: Client, edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Latest, "paginate_by", 2)
    for day in range(1, 4):
        make_release(make_statement(slug=f"number-{day}", date=date(2026, 1, day)))
    shown = client.get("/en/?page=9").content.decode()
    assert re.findall(r'<h2><a href="/en/statements/\d+/([^/]+)/', shown) == ["number-2", "number-1"]


@pytest.mark.parametrize("page", ["0", "-1", "2", "last", "99999999999999999999", "٩"])
def test_a_page_there_is_not_is_the_last_too(client: Client, edition: Edition, page: str) -> None:
    for path in ("/en/", "/en/search/?q=river", "/en/search/?q=nothing-like-this"):
        answer = client.get(f"{path}{'&' if '?' in path else '?'}page={page}")
        assert answer.status_code == 200


@pytest.mark.parametrize("page", ["nine", "", "1.5", "٩x", "9" * 5000, "last&page=nine"])
def test_a_page_that_is_no_number_is_the_first_of_any_list(
    client: Client, edition: Edition, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No search is an error, and no list either."""
    monkeypatch.setattr(Latest, "paginate_by", 1)
    make_release(make_statement(slug="older", date=date(2026, 1, 1), topics=edition.release.topics.all()))
    for path in ("/en/?", "/en/topics/floods/?", "/en/years/2026/?", "/en/search/?q=river&"):
        answer = client.get(f"{path}page={page}")
        assert answer.status_code == 200
        assert "Page 1 of 2" in answer.content.decode()


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
