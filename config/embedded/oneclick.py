"""One-click unsubscribe (RFC 8058) as a mail provider performs it."""

import http.client
import re
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.html import strip_tags

FORM = "application/x-www-form-urlencoded"
BODY = "List-Unsubscribe=One-Click"
LONGEST_ANSWER = 100_000  # bytes read of an answer
_ADDRESS = re.compile("<(https?://[^>]+)>")


def one_click_address(message: EmailMessage) -> str | None:
    """Return where the mail wants the press to go: an address of this very site, or there is none."""
    if str(message.get("List-Unsubscribe-Post", "")).strip() != BODY:
        return None
    addresses: list[str] = _ADDRESS.findall(str(message.get("List-Unsubscribe", "")))
    return next((address for address in addresses if _origin(address) == _origin(settings.SITE_URL)), None)


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc


@dataclass(frozen=True)
class Answer:
    """What the site answered; status 0 if it did not."""

    status: int
    text: str

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def press(address: str) -> Answer:
    """POST to `address` as RFC 8058 says: without cookies, and without following where it points."""
    parts = urlsplit(address)
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = connect(parts.netloc, timeout=10)
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request("POST", target, body=BODY, headers={"Content-Type": FORM})
        response = connection.getresponse()
        return Answer(response.status, _words(response.read(LONGEST_ANSWER).decode(errors="replace")))
    except (OSError, http.client.HTTPException) as problem:
        return Answer(0, str(problem))
    finally:
        connection.close()


def _words(html: str) -> str:
    """Return what a person would read of a page's main part."""
    main = re.search("<main[^>]*>(.*)</main>", html, re.DOTALL)
    return " ".join(strip_tags(main[1] if main else html).split())
