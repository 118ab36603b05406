"""What readers find by searching, and that no search is an error."""

import re
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from statements.excerpts import excerpt, marked
from statements.models import Edition
from statements.search import terms
from tests.making import make_release, make_statement, make_topic, translations

pytestmark = pytest.mark.django_db

TEXTS = {
    "en": ("Rivers rise", "<p>The gauges at Belsara were <b>read</b> twice.</p>"),
    "ar": (
        "انخفاض منسوب الأنهار",
        "<p>تُقرأ المقاييس في بلسارة كلَّ ساعة عبر تطبيق RiverWatch، بدءًا من 6 شباط/فبراير.</p>",
    ),
    "fr": ("Le débit des rivières", "<p>Les stations ont été inspectées à Mirval.</p>"),
    "fa": ("پایش رودخانه‌ها", "<p>کیفیت آب در ۲۱۴ ایستگاه سنجیده شد.</p>"),
    "ur": ("دریاؤں کی نگرانی", "<p>پانی کا معیار بہتر ہوا ہے۔</p>"),
    "zh-hans": ("河流监测报告", "<p>贝尔萨拉的水位计每小时读取一次。</p>"),
    "ja": ("河川の監視", "<p>水質はカワの全域で改善した。</p>"),
    "ru": ("Наблюдение за реками", "<p>Вода стала чище во всех районах.</p>"),
    "hi": ("नदियों की निगरानी", "<p>पानी की गुणवत्ता में सुधार हुआ।</p>"),
}


@pytest.fixture
def editions() -> dict[str, Edition]:
    """A statement in many languages."""
    titles = {language: title for language, (title, _body) in TEXTS.items()}
    bodies = {language: body for language, (_title, body) in TEXTS.items()}
    statement = make_statement("en", **translations("title", titles), **translations("body", bodies))
    for named in (statement.type, statement.issuer):
        for field, name in translations("name", dict.fromkeys(TEXTS, "Name")).items():
            setattr(named, field, getattr(named, field) or name)
        named.save()
    release = make_release(statement, *(language for language in TEXTS if language not in ("ja", "hi")))
    return {edition.language: edition for edition in release.editions.all()}


def found(language: str, query: str) -> bool:
    return Edition.objects.newest(language).matching(query, language).exists()


@pytest.mark.parametrize(
    ("language", "query"),
    [
        ("en", "rivers"),
        ("en", "RIVERS belsara"),
        ("en", "fact sheet ministry"),
        ("en", "October 2026"),
        ("ar", "الأنهار"),
        ("ar", "الانهار"),
        ("ar", "تقرأ المقاييس"),
        ("ar", "riverwatch"),
        ("ar", "فبراير"),
        ("fr", "rivieres"),
        ("fr", "inspectées"),
        ("fa", "رودخانه"),
        ("fa", "كيفيت"),
        ("fa", "214"),
        ("ur", "نگرانی"),
        ("ur", "پاني"),
        ("zh-hans", "河流"),
        ("zh-hans", "监测"),
        ("zh-hans", "水位计"),
        ("zh-hans", "河"),
        ("zh-hans", "告"),
        ("zh-hans", "水位 监测"),
        ("ru", "реками"),
    ],
)
def test_a_statement_is_found_by_its_words(editions: dict[str, Edition], language: str, query: str) -> None:
    assert found(language, query)


@pytest.mark.parametrize(
    ("language", "query"),
    [("en", "rivers ocean"), ("en", "ب"), ("zh-hans", "水流"), ("zh-hans", "河流 海洋"), ("fr", "mer")],
)
def test_a_statement_is_found_only_if_it_has_all_the_words(
    editions: dict[str, Edition], language: str, query: str
) -> None:
    assert not found(language, query)


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("language", "query"),
    [("en", "river gauge reading"), ("fr", "rivière inspecter"), ("ru", "река район"), ("ar", "الساعات")],
)
def test_postgresql_knows_the_stems_of_the_language(editions: dict[str, Edition], language: str, query: str) -> None:
    assert found(language, query)


HOSTILE = [
    *(
        "",
        " ",
        "'",
        '"',
        "''",
        '"unfinished',
        "\\",
        "%",
        "_",
        "*",
        "&",
        "|",
        "!",
        "& | !",
        "a & | b",
        "<->",
        ":*",
        "a:*",
    ),
    *("(", "((a", "a)", "-", "- -a", "or", "OR or", "\0", "a\0b", "%00", "\ud800", "\u202e", "\u200d", "\u0301", "🌊"),
    *("'; DROP TABLE statements_edition; --", "<script>alert(1)</script>", "{{ 7 }}", "x" * 10_000, "水" * 10_000),
    *("a " * 5_000, "' & " * 2_500, "the", "of the", "\U0010ffff", "ـ", "ًٌٍ", "١٢٣"),
]


@pytest.mark.parametrize("language", ["en", "ar", "zh-hans"])
def test_no_search_is_an_error(editions: dict[str, Edition], client: Client, language: str) -> None:
    for query in HOSTILE:
        quoted = quote(query, errors="surrogatepass")
        page = client.get(f"/{language}/search/?q={quoted}&topic={quoted}&year={quoted}")
        assert page.status_code == 200
        assert "<script" not in page.content.decode()
        list(Edition.objects.newest(language).matching(query, language))


def test_the_field_takes_no_longer_search_than_an_address_can_carry_but_the_page_does(client: Client) -> None:
    page = client.get("/en/search/").content.decode()
    assert re.search(r'<input [^>]*type="search" [^>]*maxlength="200"', page)
    assert "Nothing found" in client.get(f"/en/search/?q={'river' * 300}").content.decode()


# Whatever a keyboard, a program or a broken encoding may send, and what means something to PostgreSQL, SQL or HTML.
SIGNS = st.sampled_from(
    ["'", '"', "\\", "&", "|", "!", "<->", ":*", ":", "(", ")", "%", "_", "*", "\0", "水", "ـ", "ß", "ı"]
)
MORE = ["", "&page=2", "&page=0", "&page=nine", "&year=20266", "&topic=%27", "&q=again"]
QUERIES = st.lists(st.text(max_size=40) | SIGNS | st.from_regex(r"\w+:\*?[ABCD]?", fullmatch=True), max_size=12)


@pytest.mark.parametrize("language", ["en", "ar", "zh-hans", "fa"])
def test_nothing_anybody_types_is_an_error(editions: dict[str, Edition], client: Client, language: str) -> None:
    @settings(max_examples=80, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(QUERIES.map("".join), st.sampled_from(MORE))
    def search(query: str, more: str) -> None:
        page = client.get(f"/{language}/search/?q={quote(query, errors='surrogatepass')}{more}")
        assert page.status_code == 200
        assert "<script" not in page.content.decode()

    search()


def test_bytes_that_are_no_text_are_searched_for_all_the_same(editions: dict[str, Edition], client: Client) -> None:
    for query in ["%ff%fe", "%c3%28", "%ed%a0%80", "a%80b", "%", "%zz", "+" * 500, "q" * 5000]:
        assert client.get(f"/en/search/?q={query}").status_code == 200


@pytest.mark.parametrize("path", ["/en/search/", "/en/search/?q=rivers", "/en/search/?q=rivers&topic=floods&year=2026"])
def test_a_search_costs_at_most_three_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries, path: str
) -> None:
    make_release(make_statement(topics=[make_topic("floods")], title_en="Rivers rise"))
    with django_assert_max_num_queries(3):
        page = client.get(path).content.decode()
    assert "<h2>" in page


def test_a_search_may_be_narrowed(client: Client) -> None:
    make_release(make_statement(slug="floods", topics=[make_topic("floods")], title_en="Rivers in flood"))
    make_release(make_statement(slug="fish", topics=[make_topic("fish")], title_en="Rivers full of fish"))
    page = client.get("/en/search/?q=rivers&topic=fish&type=fact-sheet&year=2026&issuer=ministry-of-rivers")
    assert "full of fish" in page.content.decode()
    assert "in flood" not in page.content.decode()


def test_the_next_page_of_a_search_is_of_the_same_search(client: Client) -> None:
    for number in range(21):
        make_release(make_statement(slug=f"rivers-{number}"))
    page = client.get("/en/search/?q=rivers").content.decode()
    assert 'href="?q=rivers&amp;page=2"' in page
    assert "21 statements" in page


def test_what_was_withdrawn_is_not_found(editions: dict[str, Edition], client: Client) -> None:
    release = editions["en"].release
    notes = dict.fromkeys(editions, "Wrong.")
    make_release(release.statement, *editions, kind="withdrawn", notes=notes)
    assert not found("en", "rivers")


def test_a_text_of_any_length_can_be_published_and_found() -> None:
    words = " ".join(f"word{number}" for number in range(200_000))
    make_release(make_statement(title_en="Budget", body_en=f"<p>{words}</p>"))
    assert found("en", "budget word77")


def test_words_are_marked_where_they_stand_and_hostile_ones_stay_words() -> None:
    assert marked("Rivers & <b>", "river") == "<mark>Rivers</mark> &amp; &lt;b&gt;"
    assert marked("Le débit", "DEBIT") == "Le <mark>débit</mark>"
    assert marked("منسوب الأنهار", "انهار") == "منسوب <mark>الأنهار</mark>"
    assert marked("河流监测", "监测") == "河流<mark>监测</mark>"
    assert marked("Straße", "strasse") == "<mark>Straße</mark>"
    assert marked("a", "") == "a"


def test_an_excerpt_is_cut_around_the_first_word_found() -> None:
    text = "one two three " * 50 + "Belsara and more " * 50
    part = excerpt(("", text), "belsara")
    assert part.startswith("… ")
    assert part.endswith(" …")
    assert "<mark>Belsara</mark>" in part
    assert len(part) < 600
    assert excerpt(("木" * 500 + "水" + "木" * 500,), "水") == f"… {'木' * 40}<mark>水</mark>{'木' * 79} …"
    assert excerpt(("Summary.", "Text."), "nothing") == "Summary."
    assert excerpt(("", ""), "nothing") == ""


def test_terms_are_folded_and_undivided_writing_stays_whole() -> None:
    assert terms("Ünïcode, ISO-8859! ﬁne") == ["unicode", "iso", "8859", "fine"]
    assert terms("pH值7.4") == ["ph", "值", "7", "4"]
    assert terms("رودخانه‌ها ۲۰۲۶") == ["رودخانه", "ها", "2026"]
    assert terms("हिन्दी पानी") == ["हिन्दी", "पानी"]
