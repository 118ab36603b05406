import re
import time
from collections.abc import Iterator

import pytest
from celery.contrib.testing.worker import start_worker
from playwright.sync_api import Browser, StorageState, expect

from config.celery import app
from tests.site import Site, site
from tests.smtp import MailServer

__all__ = ["site"]

READER = "reader@example.com"


@pytest.fixture
def mailbox(transactional_db: None, smtp_server: MailServer) -> Iterator[MailServer]:
    """Where the mails of the site arrive, sent over SMTP by Celery workers for every queue."""
    with start_worker(
        app, pool="threads", concurrency=2, queues=["deliveries", "letters"], perform_ping_check=False, loglevel="ERROR"
    ):
        yield smtp_server


@pytest.fixture(scope="module")
def confirm(site: Site) -> str:
    """The path of the confirm link in the mail of somebody who signed up, without its language."""
    site.request("POST", "/en/sign-up/", {"email": READER})
    stop_at = time.monotonic() + 10
    while not (mails := re.findall(r'href="(/mailbox/\d+/)"', site.get(f"/mailbox/?to={READER}").text)):
        assert time.monotonic() < stop_at
        time.sleep(0.2)
    found = re.search(r'/en/(confirm/[^\s"<]+)', site.get(mails[0]).text)
    assert found
    return found[1]


# Said in every language of the statement, as staff would say it in the admin.
AMEND = """
from statements.models import Statement
from statements.publishing import Draft, public_languages, publish
for slug, kind in {"flood-warnings-autumn-2026": "corrected", "river-monitoring-2026": "withdrawn"}.items():
    statement = Statement.objects.get(slug=slug)
    languages = public_languages(statement)
    notes = dict.fromkeys(languages, "4.2")
    release = publish(Draft(statement, tuple(languages), kind=kind, notes=notes, announce=False))
    print("amended", release.statement_id)
"""


@pytest.fixture(scope="module")
def amended(site: Site) -> tuple[str, ...]:
    """The paths of a statement that was corrected and of one that was withdrawn, without their language."""
    numbers = re.findall(r"amended (\d+)", site.run("shell", "-c", AMEND).stdout)
    assert len(numbers) == 2
    time.sleep(1.1)  # A process looks once a second whether anything changed.
    return tuple(f"statements/{number}/" for number in numbers)


# Behind the link from their inbox; and where the links in mails lead: of somebody who wants less, of one who has their
# address back, of one who took leaving back, and of one who has nothing left to leave.
OWN = [
    *("preferences/", "preferences/address/", "preferences/pause/", "preferences/digest-time/", "preferences/mails/"),
    *("preferences/data/", "preferences/erase/", "preferences/erased/"),
]
LINKS = """
from subscriptions import changing_address as changing, leaving, links
from subscriptions.models import Subscriber
farah, marie, newsroom, layla = map(Subscriber.objects.at, (
    "farah@example.net", "marie.duval@example.com", "newsroom@example.com", "layla@example.org"))

def moved(reader, address):
    back = changing.change(changing.NewAddress(reader.pk, reader.epoch, address))
    reader.refresh_from_db()
    return back

left = leaving.take_less(farah, "weekly")
old = moved(farah, "farah@example.org")
new = changing.NewAddress(farah.pk, farah.epoch, "farah@example.com")
left = leaving.Left(farah.pk, farah.epoch, left.act, left.at)
restored = moved(marie, "marie@example.org")
changing.undo(changing.OldAddress.open(restored))
stayed = leaving.leave_everything(newsroom)
leaving.undo(stayed)
leaving.leave_everything(layla)
sign_in = links.sign_in_url(farah, "en").partition("/en/")[2]
print("links:", f"u/{links.unsubscribe_token(farah.pk)}/?statement=1", f"u/{links.unsubscribe_token(layla.pk)}/",
      f"left/{left.seal()}/", f"left/{stayed.seal()}/", f"address/{new.seal()}/", f"address/back/{old}/",
      f"address/back/{restored}/", sign_in)
"""


@pytest.fixture(scope="module")
def own(site: Site, browser: Browser, confirm: str) -> tuple[StorageState, list[str]]:
    """A browser in which somebody has opened their preferences and paused; the paths of their pages and links."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site.url}/en/{confirm}")
    page.click("main form button")
    page.goto(f"{site.url}/en/preferences/pause/")
    page.fill("#id_until", page.locator("#id_until").get_attribute("max") or "")
    page.click("main form button")
    expect(page.locator(".notice.warning")).to_be_visible()
    state = context.storage_state()
    context.close()
    printed = site.run("shell", "-c", LINKS)
    found = re.search(r"links: (.+)", printed.stdout)
    assert found, printed.stderr
    return state, [*OWN, *found[1].split(), confirm]
