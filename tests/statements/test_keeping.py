"""What is kept of the public's pages: the same for every reader, and never of yesterday."""

import gzip
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from statements import freshness, keeping
from statements.keeping import keep, same_for_everybody
from statements.models import Edition, Release, Statement
from tests.making import TEXTS, make_release

pytestmark = pytest.mark.django_db

LISTS = ["/en/", "/en/topics/floods/", "/en/types/fact-sheet/", "/en/issuers/ministry-of-rivers/", "/en/years/2026/"]
OTHERS = ["/en/feeds/", "/en/feeds.opml", "/en/feed.rss", "/en/topics/floods/feed.json"]


@pytest.fixture
def address(statement: Statement) -> str:
    return f"/en/statements/{statement.pk}/river-levels/"


@pytest.fixture
def pages(address: str) -> list[str]:
    """The address of every kind of page that is kept."""
    return [*LISTS, *OTHERS, address, address.replace("river-levels/", "edition.json")]


def test_no_page_costs_more_than_three_queries_and_none_more_than_one_again(
    client: Client, pages: list[str], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for page in pages:
        with django_assert_max_num_queries(3):
            first = client.get(page)
        assert first.status_code == 200
        with django_assert_max_num_queries(1):
            assert client.get(page).content == first.content


def test_whoever_has_a_page_is_told_that_it_is_the_same(
    client: Client, pages: list[str], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for page in pages:
        first = client.get(page)
        assert first.headers["Cache-Control"] == "public, no-cache"
        with django_assert_num_queries(1):
            again = client.get(page, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304
        assert again.headers["ETag"] == first.headers["ETag"]
        assert not again.content


def test_of_many_readers_in_a_second_one_asks_the_database(
    client: Client, address: str, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.STATE_SECONDS = 1
    client.get(address)
    with django_assert_num_queries(0):
        assert client.get(address).status_code == 200


def test_while_one_asks_the_database_the_others_do_not_wait(
    client: Client, address: str, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.STATE_SECONDS = 1
    client.get(address)
    freshness.look_anew()
    with freshness._seen.looking, django_assert_num_queries(0):  # As if another thread had the question under way.
        assert client.get(address).status_code == 200
    with django_assert_num_queries(1):
        assert client.get(address).status_code == 200


# The same for everybody -----------------------------------------------------------------------------------------------


def test_every_reader_gets_the_same_and_no_cookie(client: Client, pages: list[str]) -> None:
    """Whoever comes first has it made, whether they are signed in or come with what another site left them."""
    somebody = Client(headers={"User-Agent": "Lynx", "Referer": "https://example.org/", "Cookie": "django_language=fr"})
    staff = Client()
    staff.force_login(User.objects.create_superuser("leila"))
    for page in pages:
        answers = []
        for reader in (client, somebody, staff):
            keeping.forget()
            answers.append(reader.get(page, headers={"Accept-Language": "ar"}))
        assert len({answer.content for answer in answers}) == 1, page
        for answer in answers:
            assert not answer.cookies
            assert answer.headers["Vary"] == "Accept-Encoding"
            assert "csrfmiddlewaretoken" not in answer.content.decode()


def marked(change: Callable[[HttpResponse], None]) -> Callable[[HttpRequest], HttpResponse]:
    """A chain of middleware whose view says that it is for everybody, with something that came on the way back."""
    made = iter(range(10))

    def get_response(request: HttpRequest) -> HttpResponse:
        response = view(request)
        change(response)
        return response

    @same_for_everybody()
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(f"number {next(made)}")

    return keep(get_response)  # type: ignore[return-value]


@pytest.mark.parametrize(
    "change",
    [
        lambda response: response.set_cookie("sessionid", "leila's"),
        lambda response: response.headers.__setitem__("Vary", "Cookie"),
        lambda response: response.headers.__setitem__("Content-Security-Policy", "script-src 'nonce-Rvy4'"),
        lambda response: response.headers.__setitem__("Cache-Control", "private"),
        lambda response: setattr(response, "status_code", 404),
    ],
    ids=["a cookie", "a session was read", "a nonce", "private", "not found"],
)
def test_what_turned_out_to_be_somebodys_own_is_not_kept(
    change: Callable[[HttpResponse], None], rf: RequestFactory
) -> None:
    site = marked(change)
    assert [site(rf.get("/en/")).content for _ in range(2)] == [b"number 0", b"number 1"]


def test_what_is_for_everybody_is_kept(rf: RequestFactory) -> None:
    site = marked(lambda response: None)
    assert [site(rf.get("/en/")).content for _ in range(2)] == [b"number 0", b"number 0"]
    assert site(rf.get("/en/?page=2")).content == b"number 1"
    assert site(rf.post("/en/")).content == b"number 2"


def test_a_host_that_is_not_ours_is_refused_what_is_kept(client: Client, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["statements.example.org"]
    ours, theirs = ({"Host": host} for host in ("statements.example.org", "elsewhere.example"))
    assert [client.get("/en/", headers=host).status_code for host in (ours, theirs)] == [200, 400]


def test_a_page_kept_for_https_is_not_given_out_without(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    client = Client()
    assert [client.get("/en/", secure=secure).status_code for secure in (True, False)] == [200, 301]


def test_what_is_left_out_of_a_query_makes_no_other_address(client: Client) -> None:
    for nothing in ("%00", "%00%00", "%0%000"):
        assert client.get(f"/en/?{nothing}").status_code == 200
    assert len(keeping._shelf.kept) == 1


def test_a_page_may_not_be_changed_by_asking_for_it_otherwise(client: Client, address: str) -> None:
    page = client.get(address).content
    assert client.get(f"{address}?utm_source=elsewhere").status_code == 200
    assert client.post(address).content != b""
    assert client.get(address).content == page


# And of now -----------------------------------------------------------------------------------------------------------


def test_a_page_is_new_the_moment_something_becomes_public(client: Client, statement: Statement, address: str) -> None:
    correction = make_release(statement, "en", kind="corrected", notes={"en": "The level was wrong."})
    Release.objects.filter(pk=correction.pk).update(publish_at=timezone.now() + timedelta(hours=1))
    before = client.get(address)
    assert "The level was wrong." not in before.content.decode()
    Release.objects.filter(pk=correction.pk).update(publish_at=timezone.now() - timedelta(seconds=1))
    after = client.get(address, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert "The level was wrong." in after.content.decode()


@pytest.mark.parametrize("path", ["/en/topics/floods/", "/en/feeds/", "/en/feed.rss"])
def test_a_topic_that_gets_another_name_has_it_everywhere(client: Client, statement: Statement, path: str) -> None:
    assert "floods (en)" in client.get(path).content.decode()
    topic = statement.topics.get(slug="floods")
    topic.name_en = "High water"
    topic.save()
    assert "High water" in client.get(path).content.decode()


def test_what_changes_while_a_page_is_made_is_not_missed(
    client: Client, address: str, statement: Statement, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Edition.history

    def slow(edition: Edition) -> object:
        history = list(real(edition))
        monkeypatch.undo()
        make_release(statement, "en", kind="corrected", notes={"en": "The level was wrong."})
        return history

    monkeypatch.setattr(Edition, "history", slow)
    assert "The level was wrong." not in client.get(address).content.decode()
    assert "The level was wrong." in client.get(address).content.decode()


def test_nothing_is_kept_for_longer_than_some_minutes(
    client: Client, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(keeping, "SECONDS", -1)
    client.get("/en/")
    with pytest.raises(pytest.fail.Exception), django_assert_max_num_queries(1):
        client.get("/en/")


# How much, and how ----------------------------------------------------------------------------------------------------


def test_a_crawler_does_not_fill_the_memory(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_BYTES", 100_000)
    for year in range(2000, 2040):
        assert client.get(f"/en/years/{year}/").status_code == 200
    shelf = keeping._shelf
    assert shelf.kept
    assert sum(len(kept.body) + len(kept.gzipped) for kept in shelf.kept.values()) <= 100_000


def test_a_page_comes_compressed_to_those_who_can_read_that(client: Client, address: str) -> None:
    for _made, _kept in range(2), range(2):
        plain, packed = client.get(address), client.get(address, headers={"Accept-Encoding": "br, gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.content) == plain.content
        assert (packed.headers["ETag"], packed.headers["Vary"]) == (plain.headers["ETag"], "Accept-Encoding")
        assert [int(answer.headers["Content-Length"]) for answer in (plain, packed)] == [
            len(plain.content),
            len(packed.content),
        ]


def test_a_kept_page_has_all_the_headers_of_a_new_one(client: Client, address: str) -> None:
    new, kept = (dict(client.get(address).headers) for _ in range(2))
    assert new == kept
    for header in ("Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy"):
        assert header in kept
    assert kept["Content-Language"] == "en"


def test_the_head_of_a_page_is_that_of_the_page(client: Client, address: str) -> None:
    head, page = client.head(address), client.get(address)
    assert head.headers["ETag"] == page.headers["ETag"]
    assert client.head(address).headers["Content-Length"] == str(len(page.content))


def test_an_address_is_written_in_one_way(client: Client, address: str) -> None:
    """Or every page could be had, and kept, under as many addresses as somebody likes to make up."""
    answer = client.get(address.replace("statements/", "statements/000"))
    assert (answer.status_code, answer.headers["Location"]) == (301, address)
    assert TEXTS["en"][0] in client.get(address).content.decode()
