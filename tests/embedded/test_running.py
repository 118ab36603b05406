"""`make run`: one process, ready for a newcomer."""

import re
import signal
import subprocess

from tests.site import START, Site


def test_it_says_where_everything_is_and_how_to_sign_in(site: Site) -> None:
    assert f"{site.url}/mailbox/" in site.output
    assert re.search(rf"{site.url}/admin/ +sign in as staff, password \w{{4}}-\w{{4}}-\w{{4}}-\w{{4}} ", site.output)


def test_the_printed_password_opens_the_admin(site: Site) -> None:
    password = re.search(r"password (\S+)", site.output)
    assert password
    form = site.get("/admin/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
    assert token
    answer = site.request(
        "POST",
        "/admin/login/",
        {"username": "staff", "password": password[1], "csrfmiddlewaretoken": token[1], "next": "/admin/"},
        Cookie=form.headers["Set-Cookie"].split(";")[0],
        Referer=f"{site.url}/admin/login/",
    )
    assert answer.status == 302
    assert answer.headers["Location"] == "/admin/"


def test_sample_statements_stand_on_their_own_days_in_their_languages(site: Site) -> None:
    arabic, english = site.get("/ar/").text, site.get("/en/").text
    assert 'lang="ar" dir="rtl"' in arabic
    assert len(set(re.findall(r'<time datetime="([^"]+)"', english))) > 3
    assert site.get("/en/feed.rss").text.count("<item>") >= 5


def test_static_files_are_served(site: Site) -> None:
    assert site.get("/static/site.css").headers["Content-Type"].startswith("text/css")


def test_no_sample_mail_is_sent(site: Site) -> None:
    assert "No mails yet" in site.get("/mailbox/").text


def test_requests_leave_no_lines_in_the_terminal(site: Site) -> None:
    site.get("/en/")
    site.get("/en/nothing/")
    assert "GET" not in site.output


def test_a_taken_port_is_one_clear_line(site: Site) -> None:
    other = Site(site.port, site.data)
    result = other.run("runembedded", "--port", str(site.port))
    assert result.returncode == 1
    assert result.stderr.strip() == (
        f"CommandError: Port {site.port} is taken by another program. Choose another: make run PORT={site.port + 1}"
    )


def test_links_to_another_port_are_refused(site: Site) -> None:
    result = site.run("runembedded", "--port", "1")
    assert "SITE_URL" in result.stderr
    assert result.returncode == 1


def test_it_stops_when_asked_and_comes_back_as_it_was(site: Site) -> None:
    """After the tests that read what the first run printed."""
    statements = site.get("/en/").text
    for number in (signal.SIGTERM, signal.SIGINT):
        status, seconds = site.stop(number)
        assert status == 0
        assert seconds < 5
        site.start()
        assert "password" in site.output
        assert "sample statements" not in site.output
        assert "(forgot the password? --reset-password)" in site.output
    assert site.get("/en/").text == statements


def test_a_forgotten_password_is_replaced(site: Site) -> None:
    site.stop()
    site.start("--reset-password")
    assert re.search(r"sign in as staff, password \S+ \(shown only now\)", site.output)


def test_outside_the_embedded_mode_there_is_no_mailbox(site: Site) -> None:
    environment = {**site.environment(), "SITE_URL": "https://statements.example.org", "SECRET_KEY": "x" * 50}
    del environment["EMBEDDED"]
    code = "from django.urls import resolve; resolve('/mailbox/')"
    result = subprocess.run(
        site.manage("shell", "-c", code), env=environment, capture_output=True, text=True, timeout=START, check=False
    )
    assert "Resolver404" in result.stderr
