"""The Mailbox page shows a mail as its recipient's mail reader would."""

import re

import pytest

from tests.site import Page, Site

SUBJECT = "التحالف الدولي- العمل لدحر داعش"
SEND = """
from django.core.mail import EmailMultiAlternatives
mail = EmailMultiAlternatives(
    {subject!r}, "النص\\n{url}/en/\\n", "Ministry <statements@localhost>", ["Layla <Layla@example.org>"],
    headers={{
        "Content-Language": "ar",
        "List-Unsubscribe": "<{unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }},
)
mail.attach_alternative(
    '<!doctype html><html lang="ar" dir="rtl"><head><title>x</title></head><body>'
    '<p>النص</p><script>parent.document.title = "taken over"</script></body></html>',
    "text/html",
)
mail.send()
"""


def send(site: Site, unsubscribe: str) -> None:
    result = site.run("shell", "-c", SEND.format(subject=SUBJECT, url=site.url, unsubscribe=unsubscribe))
    assert result.returncode == 0, result.stderr


@pytest.fixture(scope="module")
def mail(site: Site) -> Page:
    """Layla's mail, just arrived."""
    send(site, f"{site.url}/health/")
    return site.get("/mailbox/1/")


def test_the_list_shows_subject_recipient_and_language(site: Site, mail: Page) -> None:
    page = site.get("/mailbox/?to=Layla@example.org").text
    assert f'<bdi dir="rtl" lang="ar">{SUBJECT}</bdi>' in page
    assert '<bdi dir="ltr">layla@example.org</bdi>' in page


def test_one_recipient_does_not_see_anothers_mail(site: Site, mail: Page) -> None:
    assert SUBJECT not in site.get("/mailbox/?to=wei@example.org").text


def test_headers_are_decoded(mail: Page) -> None:
    assert SUBJECT in mail.text
    assert "=?utf-8?" not in mail.text
    assert "<dt>Content-Language</dt><dd><bdi>ar</bdi></dd>" in mail.text


def test_links_of_the_text_part_can_be_followed(site: Site, mail: Page) -> None:
    assert f'<a href="{site.url}/en/" rel="nofollow">' in mail.text


def test_foreign_html_can_do_nothing(site: Site, mail: Page) -> None:
    page = site.get("/mailbox/1/html/")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups allow-top-navigation-by-user-activation" in policy
    assert "script-src" not in policy
    assert page.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_links_of_the_html_part_open_in_the_window_around_it(site: Site, mail: Page) -> None:
    page = site.get("/mailbox/1/html/").text
    assert page.startswith("<!doctype html>")
    assert page.count('<base target="_top">') == 1


def test_the_mail_itself_can_be_saved(site: Site, mail: Page) -> None:
    page = site.get("/mailbox/1/mail.eml")
    assert page.headers["Content-Type"] == "message/rfc822"
    assert "Content-Language: ar\r\n" in page.text


def press(site: Site, number: int) -> Page:
    page = site.get(f"/mailbox/{number}/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token
    cookie = page.headers["Set-Cookie"].split(";")[0]
    return site.request("POST", f"/mailbox/{number}/one-click/", {"csrfmiddlewaretoken": token[1]}, Cookie=cookie)


def test_one_click_posts_without_cookies_and_shows_the_answer(site: Site, mail: Page) -> None:
    """The health page takes no POST that has no token, which shows that one came, and came without a cookie."""
    assert "The site answered the mail provider with 403." in press(site, 1).text


def test_one_click_goes_nowhere_but_to_this_site(site: Site, mail: Page) -> None:
    send(site, "http://127.0.0.1:9/elsewhere/")
    assert "one-click/" not in site.get("/mailbox/2/").text


def test_a_get_presses_nothing(site: Site, mail: Page) -> None:
    assert site.get("/mailbox/1/one-click/").status == 405
