"""Sign-up and preferences, as a browser meets them."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db.models.functions import Now
from django.test import Client
from pytest_django import Settings

from statements.models import Topic
from subscriptions import links, signing_up
from subscriptions.delivery.ledger import announce
from subscriptions.models import Delivery, Frequency, Subscriber
from subscriptions.suppressing import suppress_address
from subscriptions.tasks import NotSent, answer_wish, send_link
from tests.making import make_release, make_statement, make_subscriber, make_topic
from tests.subscriptions.visits import link_in, wait_for_letters

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _workers_at_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A letters worker that takes each task as it is rung."""
    monkeypatch.setattr(send_link, "delay", answer_wish)


def sign_up(client: Client, address: str, language: str = "en"):  # type: ignore[no-untyped-def]
    return client.post(f"/{language}/sign-up/", {"email": address})


def test_omar_signs_up_confirms_and_chooses(client: Client) -> None:
    water = make_topic("water")
    answer = sign_up(client, "omar@example.org", "ar")
    assert answer.headers["Location"] == "/ar/sign-up/check-inbox/"
    assert not Subscriber.objects.exists()
    (letter,) = mail.outbox
    assert letter.to == ["omar@example.org"]
    assert letter.extra_headers["Content-Language"] == "ar"
    assert 'dir="rtl"' in str(letter.alternatives[0][0])
    link = link_in(letter)
    assert link.startswith("/ar/confirm/")
    page = client.get(link)
    assert "omar@example.org" in page.content.decode()
    assert not Subscriber.objects.exists()  # a scanner's visit is no yes
    client.post(link)
    omar = Subscriber.objects.get(email="omar@example.org")
    assert omar.languages == ["ar"]
    assert omar.subscriptions.active().get().topic is None
    choices = {"language_0": "ar", "language_1": "en", "while_missing": "wait", f"topic_{water.pk}": "weekly"}
    client.post("/ar/preferences/", choices)
    omar.refresh_from_db()
    assert Subscriber.objects.get().languages == ["ar", "en"]
    assert omar.while_missing == Subscriber.WhileMissing.WAIT
    subscription = omar.subscriptions.active().get()
    assert (subscription.topic, subscription.frequency) == (water, Frequency.WEEKLY)


def test_known_unknown_suppressed_and_nonsense_get_the_same_page(client: Client) -> None:
    make_subscriber("known@example.org")
    suppress_address("suppressed@example.org", "complained")
    addresses = ["known@example.org", "new@example.org", "suppressed@example.org", "no-such-person@example.org"]
    answers = [sign_up(client, address) for address in addresses]
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {
        (302, "/en/sign-up/check-inbox/")
    }
    assert {answer.content for answer in answers} == {b""}
    assert {message.to[0] for message in mail.outbox} == {addresses[0], addresses[1], addresses[3]}


def test_known_and_unknown_addresses_cost_the_same_queries(client: Client, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    make_subscriber("known@example.org")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(send_link, "delay", lambda sealed: None)
        for address in ("known@example.org", "new@example.org"):
            with django_assert_num_queries(0):
                sign_up(client, address)


def test_the_same_address_again_gets_a_link_to_the_preferences_however_it_is_cased(client: Client) -> None:
    layla = make_subscriber("layla@example.org")
    sign_up(client, "Layla@Example.org")
    link = link_in(mail.outbox[0])
    assert link.startswith("/en/sign-in/")
    assert client.get(link).status_code == 200
    assert client.post(link).headers["Location"] == "/en/preferences/"
    assert layla.email in client.get("/en/preferences/").content.decode()


def test_a_sign_in_link_works_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_subscriber("layla@example.org")
    sign_up(client, "layla@example.org")
    link = link_in(mail.outbox[0])
    client.post(link)
    monkeypatch.setattr(signing_up, "DOUBLE_CLICK", timedelta(0))  # longer ago than one takes
    stranger = Client()
    answer = stranger.post(link)
    assert answer.status_code == 410
    assert 'name="again"' in answer.content.decode()  # a new one is offered
    assert "layla@example.org" not in answer.content.decode()
    assert "layla@example.org" not in stranger.get("/en/preferences/").content.decode()


@pytest.mark.parametrize("known", [True, False])
def test_a_double_click_opens_the_preferences(client: Client, known: bool) -> None:
    if known:
        make_subscriber("layla@example.org")
    sign_up(client, "layla@example.org")
    link = link_in(mail.outbox[0])
    answers = [client.post(link) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert "layla@example.org" in client.get("/en/preferences/").content.decode()
    assert Subscriber.objects.count() == 1


def test_a_sign_in_link_expires(client: Client, settings: Settings) -> None:
    make_subscriber("layla@example.org")
    sign_up(client, "layla@example.org")
    settings.SIGN_IN_LIFETIME = timedelta(seconds=-1)
    assert client.post(link_in(mail.outbox[0])).status_code == 410


def test_a_confirm_link_used_twice_makes_one_subscriber_and_opens_nothing_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_up(client, "omar@example.org")
    link = link_in(mail.outbox[0])
    client.post(link)
    monkeypatch.setattr(signing_up, "DOUBLE_CLICK", timedelta(0))  # longer ago than one takes
    again = Client()
    assert again.post(link).status_code == 410
    assert Subscriber.objects.count() == 1
    assert "omar@example.org" not in again.get("/en/preferences/").content.decode()


def test_an_old_confirm_link_offers_a_new_one_to_the_same_address(client: Client, settings: Settings) -> None:
    sign_up(client, "omar@example.org")
    settings.CONFIRMATION_LIFETIME = timedelta(seconds=-1)
    answer = client.post(link_in(mail.outbox[0]))
    assert answer.status_code == 410
    assert 'name="again"' in answer.content.decode()
    assert not Subscriber.objects.exists()
    assert client.post(link_in(mail.outbox[0]), {"again": "1"}).headers["Location"] == "/en/sign-up/check-inbox/"
    assert [letter.to for letter in mail.outbox] == [["omar@example.org"]] * 2


@pytest.mark.parametrize("path", ["confirm", "sign-in", "u"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_broken_link_says_so_in_the_persons_language(client: Client, path: str, method: str) -> None:
    answer = getattr(client, method)(f"/ar/{path}/gAAAAABnonsense/")
    assert answer.status_code == 404
    assert 'lang="ar" dir="rtl"' in answer.content.decode()


@pytest.mark.parametrize(
    "address", ["a@localhost", "two@example.org, three@example.org", "x\u202e@example.org", "", " "]
)
def test_a_bad_address_is_explained_next_to_the_field(client: Client, address: str) -> None:
    answer = sign_up(client, address)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'aria-invalid="true"' in page
    assert "id_email_error" in page
    assert mail.outbox == []


def test_one_address_is_not_written_to_without_end(client: Client, settings: Settings) -> None:
    settings.LETTERS_PER_ADDRESS_AND_HOUR = 3
    for _ in range(5):
        assert sign_up(client, "victim@example.org").status_code == 302
    assert len(mail.outbox) == 3


@pytest.fixture
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(sealed: str) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(send_link, "delay", refuse)


@pytest.mark.usefixtures("_no_broker")
@pytest.mark.django_db(transaction=True)
def test_without_a_broker_the_letter_is_sent_all_the_same(client: Client) -> None:
    assert sign_up(client, "omar@example.org").status_code == 302
    wait_for_letters(1)


@pytest.mark.usefixtures("_no_broker")
def test_when_no_mail_can_be_sent_the_page_says_so(client: Client, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    answer = sign_up(client, "omar@example.org")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "300"
    assert 'value="omar@example.org"' in answer.content.decode()


def test_a_reader_who_only_reads_gets_no_cookie(client: Client) -> None:
    make_release(make_statement())
    for path in ("/en/", "/en/sign-up/", "/en/sign-up/check-inbox/", "/en/feed.rss", "/en/preferences/"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert not answer.cookies, path


def signed_in(client: Client, *topics: Topic) -> Subscriber:
    layla = make_subscriber("layla@example.org", "en", topics=topics or [None])
    client.post(links.sign_in_url(layla, "en").removeprefix("https://statements.example.org"))
    return layla


@pytest.mark.parametrize(
    "wrong",
    [
        {"language_0": ""},
        {"language_0": "xx"},
        {"language_0": "en", "language_1": "en"},
        {"topic_all": "hourly"},
        {"while_missing": "never"},
    ],
)
def test_preferences_that_make_no_sense_change_nothing(client: Client, wrong: dict[str, str]) -> None:
    layla = signed_in(client)
    answer = client.post(
        "/en/preferences/", {"language_0": "fr", "while_missing": "next", "topic_all": "daily", **wrong}
    )
    assert answer.status_code == 422
    assert 'class="errors"' in answer.content.decode()
    assert Subscriber.objects.get().languages == ["en"]
    assert layla.subscriptions.active().get().frequency == Frequency.IMMEDIATE


def test_a_topic_that_does_not_exist_is_passed_over(client: Client) -> None:
    layla = signed_in(client)
    client.post(
        "/en/preferences/", {"language_0": "en", "while_missing": "next", "topic_99999": "daily", "topic_all": "daily"}
    )
    assert layla.subscriptions.active().get().frequency == Frequency.DAILY


def test_a_topic_dropped_in_the_preferences_is_cancelled_for_mails_under_way(client: Client) -> None:
    water, fish = make_topic("water"), make_topic("fish")
    signed_in(client, water, fish)
    announce(make_release(make_statement(slug="on-water", topics=[water])))
    announce(make_release(make_statement(slug="on-fish", topics=[fish])))
    client.post("/en/preferences/", {"language_0": "en", "while_missing": "next", f"topic_{fish.pk}": "immediate"})
    statuses = dict(Delivery.objects.values_list("edition__statement__slug", "status"))
    assert statuses == {"on-water": Delivery.Status.CANCELLED, "on-fish": Delivery.Status.WAITING}


def test_a_language_changed_in_the_preferences_changes_the_mails_under_way(client: Client) -> None:
    signed_in(client)
    announce(make_release(make_statement("en", "ar"), "en", "ar"))
    client.post("/en/preferences/", {"language_0": "ar", "while_missing": "next", "topic_all": "immediate"})
    assert Delivery.objects.get(status=Delivery.Status.WAITING).language == "ar"


def test_preferences_close_on_this_device(client: Client) -> None:
    signed_in(client)
    client.post("/en/preferences/sign-out/")
    assert "layla@example.org" not in client.get("/en/preferences/").content.decode()


def test_confirming_again_after_leaving_makes_no_second_subscriber(client: Client) -> None:
    layla = make_subscriber("layla@example.org")
    Subscriber.objects.update(confirmed_at=Now() - timedelta(days=30))
    token = links.seal_wish(links.Wish("layla@example.org", ("ar",)))
    assert client.post(f"/en/confirm/{token}/").status_code == 302
    assert Subscriber.objects.get() == layla
    assert Subscriber.objects.get().languages == ["en"]


def test_a_suppressed_address_cannot_be_signed_up_again_through_open_preferences(client: Client) -> None:
    layla = signed_in(client)
    suppress_address(layla.email, "complained")
    answer = client.post("/en/preferences/", {"language_0": "en", "while_missing": "next", "topic_all": "daily"})
    assert answer.status_code == 422
    assert not layla.subscriptions.active().exists()


@pytest.mark.parametrize("path", ["/en/statements/99999999999999999999999/x/", "/en/u/%00/"])
def test_addresses_that_cannot_be_are_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_nul_is_refused_in_a_cookie_and_forgotten_in_a_query(client: Client) -> None:
    client.cookies["sessionid"] = "\0abcdefgh"
    assert client.get("/en/preferences/").status_code == 400
    client.cookies.clear()
    for query in ("%00", "%0%000"):
        assert "%00" not in client.get(f"/admin/login/?next={query}").content.decode()


def test_changing_how_often_between_a_statement_and_the_digest_loses_and_repeats_nothing(client: Client) -> None:
    layla = signed_in(client)
    for frequency in ("weekly", "daily"):
        client.post("/en/preferences/", {"language_0": "en", "while_missing": "next", "topic_all": frequency})
    ended = layla.subscriptions.exclude(ended_at=None)
    assert [subscription.frequency for subscription in ended.order_by("pk")] == ["immediate", "weekly"]
    assert layla.subscriptions.active().get().frequency == "daily"


def test_a_letter_that_cannot_be_sent_says_so_without_the_address(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    with pytest.raises(NotSent, match=r"^deferred$"):
        answer_wish(links.seal_wish(links.Wish("secret.person@example.org", ("en",))))
