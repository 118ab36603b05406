"""The words of a mail: one folder of templates each, rendered in one language."""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import override

from statements.languages import direction, site_name
from statements.text import clean_line
from subscriptions.emails import lines, markup

# RFC 5322 §2.1.1 bounds a line at 998 octets; a subject this long is cut by every mail program anyway.
SUBJECT_LENGTH = 200

_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n){2,}")


@dataclass(frozen=True)
class Words:
    """A mail's words, before it has a reader."""

    subject: str
    text: str
    html: str
    language: str


def render(name: str, language: str, context: dict[str, Any]) -> Words:
    """Return the words of `templates/emails/<name>/` in a language: subject.txt, body.txt, body.html."""
    with override(language):
        context = {
            "language": language,
            "direction": direction(language),
            "site_name": site_name(language),
            "home_url": settings.SITE_URL + reverse("statements:latest"),
            **context,
        }
        subject = _short(clean_line(render_to_string(f"emails/{name}/subject.txt", context)))
        context["subject"] = subject
        text = render_to_string(f"emails/{name}/body.txt", context)
        html = render_to_string(f"emails/{name}/body.html", context)
    return Words(subject, lines.of_text(_EMPTY_LINES.sub("\n\n", text).strip() + "\n"), markup.finished(html), language)


def _short(subject: str) -> str:
    # Cleaned again: what was cut off may have been the end of an isolate.
    return subject if len(subject) <= SUBJECT_LENGTH else clean_line(subject[: SUBJECT_LENGTH - 2]) + "…"
