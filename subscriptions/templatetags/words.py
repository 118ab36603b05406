"""Filters for showing a subscriber their own."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import get_language

from statements.languages import written_moment
from subscriptions.holdings import Fact

register = template.Library()


@register.filter
def in_words(value: Any) -> str:
    """Return a moment, or a fact, as people write it."""
    if isinstance(value, Fact):
        value = value.value if value.words is None else value.words
    if isinstance(value, datetime):
        return written_moment(timezone.localtime(value), str(get_language()))
    return str(value)
