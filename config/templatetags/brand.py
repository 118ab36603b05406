"""The institution's colours, for what has no style sheet to ask: mails."""

from django import template
from django.conf import settings

from config.colours import palette

register = template.Library()


@register.simple_tag
def colours() -> dict[str, str]:
    """Return the colours of bars, buttons and links, by day and by night."""
    return palette(settings.BRAND_COLOUR)
