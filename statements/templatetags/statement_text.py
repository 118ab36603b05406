"""Filters and a tag for showing statements."""

import datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from statements import excerpts, languages
from statements.languages import Count, day_and_time, digits, listed, written_date
from statements.models import Edition
from statements.text import plain

register = template.Library()


@register.filter
def as_written(moment: datetime.datetime) -> str:
    """Return the day of a moment as officials write it in the language of the page."""
    return written_date(timezone.localtime(moment).date(), get_language() or "en")


@register.filter
def as_written_with_time(moment: datetime.datetime) -> SafeString:
    """Return the day of a moment, its time and the time zone in the language of the page."""
    local, language = timezone.localtime(moment), get_language() or "en"
    time = format_html("<bdi>{}</bdi>", digits(f"{local:%H:%M %Z}", language))
    return format_html(day_and_time(language), time, written_date(local.date(), language))


@register.filter
def excerpt(edition: Edition, query: str) -> SafeString:
    """Return the part of an edition's summary or text in which words of the search stand."""
    return excerpts.excerpt((edition.summary, plain(edition.body)), query)


@register.filter(needs_autoescape=True)
def isolated(name: object, autoescape: bool = True) -> str:
    """Return a name that may run the other way than the sentence it stands in: in HTML in <bdi>, in plain text between
    isolates where it must."""
    return format_html("<bdi>{}</bdi>", name) if autoescape else languages.isolated(str(name))


@register.filter
def for_machines(moment: datetime.datetime) -> str:
    """Return a moment as HTML bears it: with no more than a thousandth of a second, and so without any part of one."""
    return timezone.localtime(moment).isoformat(timespec="seconds")


@register.filter
def in_digits(number: int) -> Count:
    """Return a number that is written in the digits of the language of the page."""
    return Count(number)


@register.simple_tag
def gap() -> str:
    """Return what stands between two sentences: a space, but nothing in Chinese and Japanese: 。 brings its own."""
    return "" if (get_language() or "en").startswith(("zh", "ja")) else " "


register.filter("listed", listed)
register.filter("marked", excerpts.marked)
register.filter("open_graph_locale", languages.open_graph_locale)
register.filter("plain", plain)
