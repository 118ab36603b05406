"""What every page knows."""

import mimetypes
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse, translate_url
from django.utils.translation import get_language

from statements.languages import direction, enabled_languages, language_name, site_name

# What most of those who show shared links can show beside them. SVG is not among it.
PICTURES = ("image/gif", "image/jpeg", "image/png", "image/webp")


def site(request: HttpRequest) -> dict[str, Any]:
    """Return the site's name, and the page's language and its counterparts in the other languages."""
    language = get_language() or settings.LANGUAGE_CODE
    return {
        "site_name": site_name(language),
        "site_url": settings.SITE_URL,
        "site_logo": settings.SITE_LOGO,
        "picture": _picture(),
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


def _picture() -> str:
    """Return where the picture is that stands beside a link somebody shares; "" if the logo cannot be one."""
    if not settings.SITE_LOGO:
        return static("sign.png")  # favicon.svg, whole: its corners would be black where nothing is transparent.
    return reverse("logo") if mimetypes.guess_type(settings.SITE_LOGO)[0] in PICTURES else ""
