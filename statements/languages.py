"""What a language is called, which way it runs, and how its officials write a date and a time."""

import datetime
import re
import unicodedata
from collections.abc import Iterable

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_time, get_day_names, get_month_names
from babel.lists import format_list
from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import get_language, get_language_info, to_locale


def enabled_languages() -> list[str]:
    """Return the codes of the site's languages, in the site's order."""
    return [code for code, _ in settings.LANGUAGES]


def language_name(language: str) -> str:
    """Return the language's name in itself: العربية, 简体中文, français."""
    return str(get_language_info(language)["name_local"])


def language_choices() -> list[tuple[str, str]]:
    """Return the site's languages to choose from, each by its own name, with a capital since it stands alone."""
    return [(code, capfirst(language_name(code))) for code in enabled_languages()]


def direction(language: str) -> str:
    """Return the value of HTML's `dir` for the language: "rtl" or "ltr"."""
    return "rtl" if get_language_info(language)["bidi"] else "ltr"


# The classes of Unicode's bidirectional algorithm (UAX #9) whose letters run against a direction.
_AGAINST = {"ltr": {"R", "AL"}, "rtl": {"L"}}
_ISOLATE, _END = "\u2068", "\u2069"


def isolated(text: str) -> str:
    """Return `text` fit to stand in a sentence of the active language, where there is no markup to say so.

    If letters of it run the other way, it is put between U+2068 and U+2069: or else a full stop or a number after a
    foreign name goes to its wrong side.
    """
    against = _AGAINST[direction(get_language() or settings.LANGUAGE_CODE)]
    return f"{_ISOLATE}{text}{_END}" if any(unicodedata.bidirectional(letter) in against for letter in text) else text


def listed(items: Iterable[object]) -> str:
    """Return the items as one text, joined as the active language joins them: "A, B and C", «A، B وC», 「A、B和C」."""
    return format_list([str(item) for item in items], locale=locale_of(get_language() or settings.LANGUAGE_CODE))


def site_name(language: str | None = None) -> str:
    """Return what the site is called in a language; in the active one if none is given."""
    return str(settings.SITE_NAMES.get(language or get_language(), settings.SITE_NAME))


def locale_of(language: str) -> Locale:
    """Return what Babel knows of the language."""
    return Locale.parse(to_locale(language))


# What Facebook has in place of the territory where most speak the language: for Arabic, that of no country.
_FACEBOOKS_TERRITORIES = {"ar": "AR", "bn": "IN", "sw": "KE"}


def open_graph_locale(language: str) -> str:
    """Return the language as Open Graph names it: fr_FR, zh_CN, ar_AR.

    The names are Facebook's, each with a territory, and there are no others: it refuses a page that has another.
    """
    locale, likely = locale_of(language), get_global("likely_subtags")
    usual = (likely.get(str(locale)) or likely[locale.language]).rpartition("_")[2]
    return f"{locale.language}_{_FACEBOOKS_TERRITORIES.get(language, usual)}"


_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def digits(text: object, language: str) -> str:
    """Return a number, or a text with numbers, in the digits of a language: ۲۰۲۶."""
    return str(text).translate(_PERSIAN_DIGITS) if language == "fa" else str(text)


class Count(int):
    """A number that chooses a plural as every number does, and is written in the digits of the active language."""

    def __str__(self) -> str:
        return digits(int(self), get_language() or settings.LANGUAGE_CODE)


def written_date(date: datetime.date, language: str) -> str:
    """Return `date` as that language's officials write it, in the Gregorian calendar.

    Arabic has two sets of month names, and a text for all its readers prints both: 6 شباط/فبراير، 2019. Persian has
    digits of its own, and French an ordinal for the first of a month; neither comes from Babel.
    """
    if language == "ar":
        eastern, western = (get_month_names("wide", locale=locale)[date.month] for locale in ("ar_SY", "ar_EG"))
        month = eastern if eastern == western else f"{eastern}/{western}"
        return f"{date.day} {month}، {date.year}"
    written = digits(format_date(date, "long", locale=locale_of(language)), language)
    if language == "fr" and date.day == 1:
        return written.replace("1 ", "1er ", 1)
    return written


def written_time(time: datetime.time, language: str) -> str:
    """Return a time of the day as the language writes it: 7:00 PM, 19:00, 7:00 م."""
    written = digits(format_time(time, "short", locale=locale_of(language)), language)
    # Urdu writes 7:00 PM. Between isolates, or it would be read PM 7:00.
    return f"\u2066{written}\u2069" if direction(language) == "rtl" and re.search("[A-Za-z]", written) else written


def written_day(date: datetime.date, language: str) -> str:
    """Return the day of the week and the date."""
    locale = locale_of(language)
    weekday, day = get_day_names("wide", locale=locale)[date.weekday()], written_date(date, language)
    # The day of the week comes first, with or without a comma, or last: as in the language's own full date.
    first = re.match("E+([^a-zA-Z]+)", locale.date_formats["full"].pattern)
    return f"{weekday}{first[1]}{day}" if first else f"{day}{weekday}"


def day_and_time(language: str) -> str:
    """Return how the language joins a day and a time of the day: they have their places in it as {1} and {0}."""
    # Urdu has but a space there: beside 7:00 PM, which runs from left to right, the year would be read with it.
    return "{1}، {0}" if language == "ur" else str(locale_of(language).datetime_formats["long"])


def written_moment(moment: datetime.datetime, language: str) -> str:
    """Return the day of the week, the date and the time of a moment, in the time zone it is given in."""
    time, day = written_time(moment.time(), language), written_day(moment.date(), language)
    return day_and_time(language).format(time, day)
