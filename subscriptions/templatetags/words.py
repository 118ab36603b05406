"""Filters for showing a subscriber their own."""

from datetime import datetime, time
from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import get_language

from statements.languages import Count, written_day, written_moment
from subscriptions.holdings import Fact

register = template.Library()


@register.filter
def in_words(value: Any) -> str:
    """Return a moment, or a fact, as people write it."""
    if isinstance(value, Fact):
        value = value.value if value.words is None else value.words
    if isinstance(value, datetime):
        moment, language = timezone.localtime(value), str(get_language())
        # A pause lasts until a day begins. People name that day, and would look for 12:00 AM in the night after it.
        begins_a_day = moment.time() == time()
        return written_day(moment.date(), language) if begins_a_day else written_moment(moment, language)
    return str(Count(value) if isinstance(value, int) else value)
