"""Filters for showing statements."""

import datetime
import html

from django import template
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import get_language

from statements.languages import listed, written_date

register = template.Library()


@register.filter
def as_written(moment: datetime.datetime) -> str:
    """Return the day of a moment as officials write it in the language of the page."""
    return written_date(timezone.localtime(moment).date(), get_language() or "en")


register.filter("listed", listed)


@register.filter
def plain(body: str) -> str:
    """Return the words of an edition's HTML, for places that bear no markup. Not safe HTML: to be escaped there."""
    return " ".join(html.unescape(strip_tags(body.replace("<", " <"))).split())
