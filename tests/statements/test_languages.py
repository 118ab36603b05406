"""How officials of each language write a date, call their language, and join what they list."""

from datetime import date

import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils.translation import override

from statements.languages import Count, digits, direction, language_name, listed, open_graph_locale, written_date


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("ar", "6 شباط/فبراير، 2019"),
        ("zh-hans", "2019年2月6日"),
        ("en", "February 6, 2019"),
        ("fr", "6 février 2019"),
        ("ru", "6 февраля 2019\u202fг."),
        ("es", "6 de febrero de 2019"),
        ("fa", "۶ فوریهٔ ۲۰۱۹"),
        ("ur", "6 فروری، 2019"),
    ],
)
def test_a_date_is_written_as_officials_write_it(language: str, written: str) -> None:
    assert written_date(date(2019, 2, 6), language) == written


def test_open_graph_has_names_of_its_own_for_languages() -> None:
    """Facebook's: it refuses a page with any other."""
    assert [open_graph_locale(language) for language in settings.MODELTRANSLATION_LANGUAGES] == [
        *("ar_AR", "bn_IN", "de_DE", "en_US", "es_ES", "fa_IR", "fr_FR", "he_IL", "hi_IN", "id_ID", "it_IT", "ja_JP"),
        *("ko_KR", "pt_BR", "ru_RU", "sw_KE", "tr_TR", "uk_UA", "ur_PK", "vi_VN", "zh_CN", "zh_TW"),
    ]


def test_arabic_has_both_names_of_every_month() -> None:
    months = [written_date(date(2019, month, 1), "ar").split()[1:-1] for month in range(1, 13)]
    assert [" ".join(month) for month in months] == [
        *("كانون الثاني/يناير،", "شباط/فبراير،", "آذار/مارس،", "نيسان/أبريل،", "أيار/مايو،", "حزيران/يونيو،"),
        *("تموز/يوليو،", "آب/أغسطس،", "أيلول/سبتمبر،", "تشرين الأول/أكتوبر،", "تشرين الثاني/نوفمبر،"),
        "كانون الأول/ديسمبر،",
    ]


def test_french_has_an_ordinal_for_the_first_of_a_month_alone() -> None:
    assert [written_date(date(2019, 5, day), "fr") for day in (1, 11, 21)] == [
        "1er mai 2019",
        "11 mai 2019",
        "21 mai 2019",
    ]


def test_persian_has_digits_of_its_own() -> None:
    assert digits(2026, "fa") == "۲۰۲۶"
    assert digits("20:04 UTC", "ur") == "20:04 UTC"


COUNTING = Template("""{% load i18n statement_text %}{% blocktranslate trimmed count n=number|in_digits %}
    one{% plural %}{{ n }} از {{ n }} بیانیه{% endblocktranslate %}""")


@pytest.mark.parametrize(("language", "shown"), [("fa", "۳ از ۳ بیانیه"), ("ur", "3 از 3 بیانیه")])
def test_a_count_is_shown_in_the_digits_of_its_language_and_still_counts(language: str, shown: str) -> None:
    with override(language):
        assert COUNTING.render(Context({"number": 3})) == f"{Count(3)} از %s بیانیه" % Count(3) == shown


def test_every_language_of_ours_has_a_name_in_itself_a_direction_and_dates() -> None:
    for language in settings.MODELTRANSLATION_LANGUAGES:
        assert written_date(date(2019, 12, 31), language)
        assert language_name(language)
        assert (direction(language) == "rtl") == (language in {"ar", "fa", "he", "ur"})


@pytest.mark.parametrize(("language", "joined"), [("en", "A, B and C"), ("ar", "A وB وC"), ("zh-hans", "A、B和C")])
def test_a_list_is_joined_as_its_language_joins_one(language: str, joined: str) -> None:
    with override(language):
        written = listed(["A", "B", "C"])
    assert written.replace("، ", " ").replace(", and", " and") == joined
