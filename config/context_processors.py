"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.translation import get_language

from statements.languages import direction, enabled_languages, language_name, site_name


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the site's name, and the page's language and its counterparts in the other languages."""
    language = get_language() or settings.LANGUAGE_CODE
    return {
        "site_name": site_name(language),
        "site_url": settings.SITE_URL,
        "site_logo": settings.SITE_LOGO,
        "brand_colour": settings.BRAND_COLOUR,
        "footer_links": settings.FOOTER_LINKS.get(language, []),
        "language": language,
        "direction": direction(language),
        "neutral_path": request.path.removeprefix(f"/{language}"),
        "site_languages": [
            {
                "code": code,
                "name": language_name(code),
                "direction": direction(code),
                "url": translate_url(request.get_full_path(), code),
            }
            for code in enabled_languages()
        ],
    }
