"""What a language is called, which way it runs, and how its officials write a date."""

import datetime
from collections.abc import Iterable

from babel import Locale
from babel.dates import format_date, get_month_names
from babel.lists import format_list
from django.conf import settings
from django.utils.translation import get_language, get_language_info, to_locale


def enabled_languages() -> list[str]:
    """Return the codes of the site's languages, in the site's order."""
    return [code for code, _ in settings.LANGUAGES]


def language_name(language: str) -> str:
    """Return the language's name in itself: العربية, 简体中文, français."""
    return str(get_language_info(language)["name_local"])


def direction(language: str) -> str:
    """Return the value of HTML's `dir` for the language: "rtl" or "ltr"."""
    return "rtl" if get_language_info(language)["bidi"] else "ltr"


def listed(items: Iterable[object]) -> str:
    """Return the items as one text, joined as the active language joins them: "A, B and C", «A، B وC», 「A、B和C」."""
    return format_list([str(item) for item in items], locale=_locale(get_language() or settings.LANGUAGE_CODE))


def site_name(language: str | None = None) -> str:
    """Return what the site is called in a language; in the active one if none is given."""
    return str(settings.SITE_NAMES.get(language or get_language(), settings.SITE_NAME))


def _locale(language: str) -> Locale:
    return Locale.parse(to_locale(language))


_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def digits(text: object, language: str) -> str:
    """Return a number, or a text with numbers, in the digits of a language: ۲۰۲۶."""
    return str(text).translate(_PERSIAN_DIGITS) if language == "fa" else str(text)


def written_date(date: datetime.date, language: str) -> str:
    """Return `date` as that language's officials write it, in the Gregorian calendar.

    Arabic has two sets of month names, and a text for all its readers prints both: 6 شباط/فبراير، 2019. Persian has
    digits of its own, and French an ordinal for the first of a month; neither comes from Babel.
    """
    if language == "ar":
        eastern, western = (get_month_names("wide", locale=locale)[date.month] for locale in ("ar_SY", "ar_EG"))
        month = eastern if eastern == western else f"{eastern}/{western}"
        return f"{date.day} {month}، {date.year}"
    written = digits(format_date(date, "long", locale=_locale(language)), language)
    if language == "fr" and date.day == 1:
        return written.replace("1 ", "1er ", 1)
    return written
