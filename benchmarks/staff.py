"""Someone on the staff, in a browser: signs in, looks the release over, presses Publish."""

import re
import time
from dataclasses import dataclass

import requests

USER, PASSWORD = "leila", "made up for the benchmark"
SECONDS = 60


@dataclass(frozen=True)
class Publishing:
    """When the button was pressed, and when the page answered; seconds of the monotonic clock."""

    pressed: float
    answered: float


class Staff:
    def __init__(self, site: str) -> None:
        self.site = site
        self.browser = requests.Session()
        login = f"{site}/admin/login/"
        self._post(login, self._hidden(login), username=USER, password=PASSWORD)
        listing = self.browser.get(f"{site}/admin/statements/statement/", timeout=SECONDS).text
        (self.statement,) = set(re.findall(r"/admin/statements/statement/(\d+)/change/", listing))

    def review(self) -> dict[str, str]:
        """Open the page that shows the release and whom it reaches; return what its button will send."""
        return self._hidden(f"{self.site}/admin/statements/statement/{self.statement}/publish/")

    def publish(self, reviewed: dict[str, str]) -> Publishing:
        address = f"{self.site}/admin/statements/statement/{self.statement}/publish/"
        pressed = time.monotonic()
        choices = {"kind": "published", "languages": "ar", "announce": "on", "publish": "Publish"}
        answer = self._post(address, reviewed, **choices)
        answered = time.monotonic()
        if answer.status_code != 302:
            raise RuntimeError(f"The site did not publish: {answer.status_code}\n{answer.text[-3000:]}")
        return Publishing(pressed, answered)

    def _hidden(self, address: str) -> dict[str, str]:
        page = self.browser.get(address, timeout=SECONDS).text
        return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))

    def _post(self, address: str, hidden: dict[str, str], **fields: str) -> requests.Response:
        return self.browser.post(address, {**hidden, **fields}, allow_redirects=False, timeout=SECONDS)
