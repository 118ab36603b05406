"""Layla changes her address; and somebody else changes it, who found her preferences open."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db.models.functions import Now
from django.test import Client, override_settings
from pytest_django import Settings

from subscriptions import changing_address, links, signing_up, tasks
from subscriptions.changing_address import NewAddress, OldAddress
from subscriptions.delivery import leases
from subscriptions.delivery.ledger import announce
from subscriptions.models import AddressChange, Delivery, Subscriber
from subscriptions.suppressing import suppress_address
from tests.making import make_release, make_statement, make_subscriber
from tests.servers import free_port
from tests.subscriptions.visits import link_in, open_preferences, opens_preferences, path, wait_for_letters, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("workers_at_once")]

OLD, NEW = "layla@example.org", "layla@elsewhere.example"


@pytest.fixture
def layla() -> Subscriber:
    return make_subscriber(OLD, "en", "ar")


@pytest.fixture
def as_layla(client: Client, layla: Subscriber) -> Client:
    open_preferences(client, layla)
    return client


def ask(client: Client, address: str = NEW, language: str = "en"):  # type: ignore[no-untyped-def]
    return client.post(f"/{language}/preferences/address/", {"email": address})


def move(client: Client, address: str = NEW) -> str:
    """Ask for a new address and press the button at the end of the link; return the way back, mailed to the old one."""
    mail.outbox.clear()
    ask(client, address)
    client.post(link_in(mail.outbox[0]))
    return link_in(mail.outbox[1])


def what_is_held(subscriber: Subscriber) -> str:
    client = Client()
    subscriber.refresh_from_db()
    open_preferences(client, subscriber)
    return client.get("/en/preferences/data.json").content.decode()


def address(subscriber: Subscriber) -> str:
    subscriber.refresh_from_db()
    return subscriber.email


# The new one is proven -----------------------------------------------------------------------------------------------


def test_layla_proves_her_new_address_and_the_old_one_is_told(as_layla: Client, layla: Subscriber) -> None:
    answer = ask(as_layla)
    assert answer.headers["Location"] == "/en/preferences/"
    assert f"We have sent a message to {NEW}." in words(as_layla.get("/en/preferences/"))
    (question,) = mail.outbox
    assert question.to == [NEW]
    link = link_in(question)
    page = as_layla.get(link)
    assert NEW in words(page)
    assert address(layla) == OLD  # a scanner's visit is no yes

    at_home = Client()  # where she reads the mail
    assert at_home.post(link).headers["Location"] == "/en/preferences/"
    assert address(layla) == NEW
    assert f"Your updates come to {NEW} from now on." in words(at_home.get("/en/preferences/"))
    notice = mail.outbox[1]
    assert notice.to == [OLD]
    assert link_in(notice).startswith("/en/address/back/")
    assert not opens_preferences(as_layla)  # opened by a link to a mailbox that may be no longer hers


def test_the_old_address_is_told_though_the_mail_server_was_away(
    as_layla: Client, layla: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(as_layla)
    monkeypatch.setattr(tasks.send_address_notice, "delay", lambda *arguments: None)  # lost with its worker
    as_layla.post(link_in(mail.outbox.pop()))
    tasks.send_address_notices()
    assert mail.outbox == []  # Whoever was rung may be at it.
    AddressChange.objects.update(changed_at=Now() - timedelta(minutes=2))
    assert OLD in what_is_held(layla)

    with override_settings(
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_HOST="127.0.0.1", EMAIL_PORT=free_port()
    ):
        tasks.send_address_notices()  # Nobody answers there.
    for _ in range(2):
        tasks.send_address_notices()
        (notice,) = mail.outbox
    assert notice.to == [OLD]
    assert link_in(notice).startswith("/en/address/back/")
    assert OLD not in what_is_held(layla)


def test_an_old_address_that_has_had_its_time_is_not_told_any_more(
    as_layla: Client, layla: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(as_layla)
    monkeypatch.setattr(tasks.send_address_notice, "delay", lambda *arguments: None)
    as_layla.post(link_in(mail.outbox.pop()))
    AddressChange.objects.update(changed_at=Now() - timedelta(days=8))
    tasks.send_address_notices()
    assert mail.outbox == []
    assert AddressChange.objects.get().untold == ""


def test_a_way_back_sealed_under_a_key_that_is_no_more_stops_nobody_elses(
    as_layla: Client, layla: Subscriber, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(as_layla)
    monkeypatch.setattr(tasks.send_address_notice, "delay", lambda *arguments: None)
    as_layla.post(link_in(mail.outbox.pop()))
    AddressChange.objects.update(changed_at=Now() - timedelta(minutes=2))
    settings.SECRET_KEY = "another"
    assert OLD not in what_is_held(layla)
    tasks.send_address_notices()
    assert mail.outbox == []
    assert changing_address.untold() == []


def test_it_can_be_done_in_any_language(as_layla: Client) -> None:
    ask(as_layla, language="ar")
    (question,) = mail.outbox
    assert question.extra_headers["Content-Language"] == "ar"
    assert link_in(question).startswith("/ar/address/")


def test_what_she_chose_moves_with_her(as_layla: Client, layla: Subscriber) -> None:
    before = list(layla.subscriptions.values_list("pk", "ended_at"))
    move(as_layla)
    layla.refresh_from_db()
    assert layla.languages == ["en", "ar"]
    assert list(layla.subscriptions.values_list("pk", "ended_at")) == before


@pytest.mark.parametrize("wrong", ["", "nobody", "a@localhost", OLD, OLD.upper()])
def test_an_address_that_will_not_do_is_explained_next_to_the_field(as_layla: Client, wrong: str) -> None:
    answer = ask(as_layla, wrong)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'aria-invalid="true"' in page
    assert 'class="errors"' in page
    assert mail.outbox == []


def test_nobody_asks_who_has_not_opened_preferences(client: Client, layla: Subscriber) -> None:
    assert "we send you a link that opens your preferences" in words(ask(client))
    assert mail.outbox == []


# Nobody learns whether an address is known ---------------------------------------------------------------------------


def test_known_unknown_and_suppressed_addresses_get_one_answer(as_layla: Client) -> None:
    omar = make_subscriber("omar@example.org", "ar")
    suppress_address("suppressed@example.org", "complained")
    answers, notices = set(), set()
    for wanted in ("omar@example.org", "suppressed@example.org", "new@example.org"):
        answer = ask(as_layla, wanted)
        answers.add((answer.status_code, answer.headers["Location"]))
        page = as_layla.get("/en/preferences/").content.decode()
        notices.add(page.partition('role="status">')[2].partition("</div>")[0].replace(wanted, "…"))
    assert answers == {(302, "/en/preferences/")}
    assert len(notices) == 1
    assert [message.to for message in mail.outbox] == [["omar@example.org"], ["new@example.org"]]
    to_omar = mail.outbox[0]
    # What Omar gets is his own link, in his own language, and says nothing of Layla.
    assert link_in(to_omar).startswith("/ar/sign-in/")
    assert OLD not in str(to_omar.body)
    assert links.read_sign_in(link_in(to_omar).split("/")[3])[0] == omar


def test_known_and_unknown_addresses_cost_the_same_queries(
    as_layla: Client,
    django_assert_num_queries,
    monkeypatch: pytest.MonkeyPatch,  # type: ignore[no-untyped-def]
) -> None:
    make_subscriber("omar@example.org")
    monkeypatch.setattr(tasks.send_address_question, "delay", lambda token, language: None)
    for wanted in ("omar@example.org", "new@example.org"):
        with django_assert_num_queries(2):  # the session and the subscriber
            ask(as_layla, wanted)


def test_the_address_waits_in_the_queue_encrypted(as_layla: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[tuple[str, ...]] = []
    monkeypatch.setattr(tasks.send_address_question, "delay", lambda *arguments: rung.append(arguments))
    monkeypatch.setattr(tasks.send_address_notice, "delay", lambda *arguments: rung.append(arguments))
    ask(as_layla)
    as_layla.post(f"/en/address/{rung[0][0]}/")
    assert len(rung) == 2
    assert "elsewhere" not in str(rung)
    assert "layla" not in str(rung)


def test_a_stranger_is_not_written_to_without_end(as_layla: Client, settings: Settings) -> None:
    settings.LETTERS_PER_ADDRESS_AND_HOUR = 3
    for _ in range(5):
        assert ask(as_layla, "victim@example.org").status_code == 302
    assert len(mail.outbox) == 3


@pytest.mark.usefixtures("no_broker")
@pytest.mark.django_db(transaction=True)
def test_without_a_broker_the_letters_are_sent_all_the_same(as_layla: Client) -> None:
    ask(as_layla)
    wait_for_letters(1)
    as_layla.post(link_in(mail.outbox[0]))
    wait_for_letters(2)
    assert [message.to for message in mail.outbox] == [[NEW], [OLD]]


@pytest.mark.usefixtures("no_broker")
def test_when_no_mail_can_be_sent_the_page_says_so_and_keeps_what_was_typed(
    as_layla: Client, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    answer = ask(as_layla)
    assert answer.status_code == 503
    assert f'value="{NEW}"' in answer.content.decode()


# The link ------------------------------------------------------------------------------------------------------------


def test_the_link_works_once(as_layla: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(as_layla)
    link = link_in(mail.outbox[0])
    as_layla.post(link)
    monkeypatch.setattr(signing_up, "DOUBLE_CLICK", timedelta(0))  # longer ago than one takes
    stranger = Client()
    assert stranger.get(link).status_code == 410
    assert stranger.post(link).status_code == 410
    assert not opens_preferences(stranger)
    assert len(mail.outbox) == 2


def test_a_double_click_opens_the_preferences_and_changes_once(as_layla: Client) -> None:
    ask(as_layla)
    link = link_in(mail.outbox[0])
    at_home = Client()
    assert [at_home.post(link).status_code for _ in range(2)] == [302, 302]
    assert opens_preferences(at_home)
    assert AddressChange.objects.count() == 1
    assert len(mail.outbox) == 2


def test_the_link_expires(as_layla: Client, layla: Subscriber, settings: Settings) -> None:
    ask(as_layla)
    settings.CONFIRMATION_LIFETIME = timedelta(seconds=-1)
    assert as_layla.post(link_in(mail.outbox[0])).status_code == 410
    assert address(layla) == OLD


def test_a_link_that_is_too_old_offers_a_new_one_for_the_same_change(
    as_layla: Client, layla: Subscriber, settings: Settings
) -> None:
    ask(as_layla)
    link = link_in(mail.outbox[0])
    settings.CONFIRMATION_LIFETIME = timedelta(seconds=-1)
    at_home = Client()
    answer = at_home.get(link.replace("/en/", "/ar/"))
    assert answer.status_code == 410
    assert 'name="again"' in answer.content.decode()
    assert "sign-up" not in answer.content.decode().partition("<main")[2].partition("</main>")[0]
    assert at_home.post(link.replace("/en/", "/ar/"), {"again": "1"})["Location"] == "/ar/sign-up/check-inbox/"
    assert address(layla) == OLD
    settings.CONFIRMATION_LIFETIME = timedelta(days=3)
    letter = mail.outbox[1]
    assert (letter.to, letter.extra_headers["Content-Language"]) == ([NEW], "ar")
    at_home.post(link_in(letter))
    assert address(layla) == NEW
    assert opens_preferences(at_home)
    assert list(Subscriber.objects.all()) == [layla]


@pytest.mark.parametrize(
    "meanwhile", ["she was erased", "she closed all devices", "she moved elsewhere", "a month went by"]
)
def test_a_link_that_is_void_gets_no_new_life(
    as_layla: Client, layla: Subscriber, settings: Settings, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    ask(as_layla)
    link = link_in(mail.outbox[0])
    if meanwhile == "she was erased":
        layla.delete()
    elif meanwhile == "she closed all devices":
        signing_up.sign_out_everywhere(layla)
    elif meanwhile == "she moved elsewhere":
        move(as_layla, "third@example.org")
    else:
        monkeypatch.setattr(changing_address, "ASKED_AGAIN_FOR", timedelta(seconds=-1))
    settings.CONFIRMATION_LIFETIME = timedelta(seconds=-1)
    mail.outbox.clear()
    for answer in (as_layla.get(link), as_layla.post(link), as_layla.post(link, {"again": "1"})):
        assert answer.status_code == 410
        assert "Enter the address to which your updates come now" in words(answer)
        assert NEW not in answer.content.decode()
    assert mail.outbox == []
    assert not Subscriber.objects.filter(email=NEW).exists()


@pytest.mark.parametrize("meanwhile", ["somebody signed up there", "it was suppressed"])
def test_a_new_link_is_sent_to_nobody_who_would_not_have_got_the_first(
    as_layla: Client, settings: Settings, meanwhile: str
) -> None:
    ask(as_layla)
    link = link_in(mail.outbox.pop())
    if meanwhile == "it was suppressed":
        suppress_address(NEW, "complained")
    else:
        make_subscriber(NEW, "fr")
    settings.CONFIRMATION_LIFETIME = timedelta(seconds=-1)
    assert as_layla.post(link, {"again": "1"})["Location"] == "/en/sign-up/check-inbox/"
    assert [link_in(letter)[:12] for letter in mail.outbox] == ([] if "supp" in meanwhile else ["/fr/sign-in/"])


def test_nobody_is_written_to_without_end_by_an_old_link(as_layla: Client, settings: Settings) -> None:
    ask(as_layla)
    link = link_in(mail.outbox[0])
    settings.CONFIRMATION_LIFETIME = timedelta(seconds=-1)
    settings.SIGN_UPS_PER_VISITOR_AND_HOUR = 1
    at_home = {"x-forwarded-for": "198.51.100.7"}
    assert as_layla.post(link, {"again": "1"}, headers=at_home).status_code == 302
    answer = as_layla.post(link, {"again": "1"}, headers=at_home)
    assert answer.status_code == 429
    assert "Please try again in" in words(answer)
    assert 'name="again"' in answer.content.decode()
    assert len(mail.outbox) == 2


@pytest.mark.parametrize("meanwhile", ["somebody signed up there", "it was suppressed", "she was erased"])
def test_what_happened_to_the_address_meanwhile_counts(as_layla: Client, layla: Subscriber, meanwhile: str) -> None:
    ask(as_layla)
    link = link_in(mail.outbox[0])
    if meanwhile == "somebody signed up there":
        make_subscriber(NEW)
    elif meanwhile == "it was suppressed":
        suppress_address(NEW, "complained")
    else:
        layla.delete()
    assert as_layla.post(link).status_code == 410
    assert not Subscriber.objects.filter(email=NEW, pk=layla.pk).exists()
    assert len(mail.outbox) == 1


def test_of_two_links_the_second_is_void_once_the_first_is_pressed(as_layla: Client, layla: Subscriber) -> None:
    ask(as_layla, "first@example.org")
    ask(as_layla, "second@example.org")
    first, second = (link_in(message) for message in mail.outbox)
    as_layla.post(first)
    assert as_layla.post(second).status_code == 410
    assert address(layla) == "first@example.org"


@pytest.mark.parametrize("place", ["address", "address/back"])
def test_a_link_serves_no_other_purpose(client: Client, layla: Subscriber, place: str) -> None:
    wish = links.seal_wish(links.Wish(NEW, ("en",)))
    new = NewAddress(layla.pk, layla.epoch, NEW).seal()
    old = OldAddress(layla.pk, 1, NEW).seal()
    others = [wish, links.unsubscribe_token(layla.pk), old if place == "address" else new, "cut-short"]
    for token in others:
        assert client.post(f"/en/{place}/{token}/").status_code == 404
    for token in (new, old):
        assert client.post(f"/en/confirm/{token}/").status_code == 404
    assert address(layla) == OLD


# The way back --------------------------------------------------------------------------------------------------------


def test_layla_takes_back_what_a_stranger_did(as_layla: Client, layla: Subscriber) -> None:
    stranger, layla_herself = as_layla, Client()
    link = move(stranger)
    open_preferences(stranger, layla)
    ask(stranger, "third@example.org")
    sign_in_of_the_stranger = path(links.sign_in_url(Subscriber.objects.get(), "en"))
    pending = link_in(mail.outbox[-1])

    assert OLD in words(layla_herself.get(link))
    assert address(layla) == NEW  # a scanner's visit is no yes
    answer = layla_herself.post(link, follow=True)
    assert "You have your address back" in words(answer)
    assert address(layla) == OLD
    assert not opens_preferences(stranger)
    assert stranger.post(sign_in_of_the_stranger).status_code == 410
    assert stranger.post(pending).status_code == 410
    assert not opens_preferences(stranger)
    assert not opens_preferences(layla_herself)  # seven days are too long for a link that signs in


def test_the_stranger_cannot_bury_the_way_back_under_more_changes(as_layla: Client, layla: Subscriber) -> None:
    link = move(as_layla, "stranger-1@example.org")
    open_preferences(as_layla, layla)
    link_of_the_stranger = move(as_layla, "stranger-2@example.org")
    open_preferences(as_layla, layla)
    newest_of_the_stranger = move(as_layla, "stranger-3@example.org")
    Client().post(newest_of_the_stranger)
    assert address(layla) == "stranger-2@example.org"

    Client().post(link)
    assert address(layla) == OLD
    for void in (link_of_the_stranger, newest_of_the_stranger):
        assert Client().post(void).status_code == 410
    assert address(layla) == OLD


def test_the_way_back_pressed_twice_is_as_good_as_once(as_layla: Client, layla: Subscriber) -> None:
    link = move(as_layla)
    for _ in range(2):
        assert "You have your address back" in words(Client().post(link, follow=True))
    epoch = Subscriber.objects.get().epoch
    assert "You have your address back" in words(Client().get(link))
    assert (address(layla), layla.epoch) == (OLD, epoch)


def test_the_way_back_ends_after_seven_days(as_layla: Client, layla: Subscriber) -> None:
    link = move(as_layla)
    AddressChange.objects.update(changed_at=Now() - timedelta(days=7, minutes=1))
    assert Client().get(link).status_code == 410
    assert Client().post(link).status_code == 410
    assert address(layla) == NEW


def test_the_way_back_is_there_after_six_days(as_layla: Client, layla: Subscriber) -> None:
    link = move(as_layla)
    AddressChange.objects.update(changed_at=Now() - timedelta(days=6, hours=23))
    Client().post(link)
    assert address(layla) == OLD


def test_who_has_signed_up_again_meanwhile_keeps_that_and_the_stranger_nothing(
    as_layla: Client, layla: Subscriber
) -> None:
    link = move(as_layla)
    again = make_subscriber(OLD, "fr")
    assert "You have your address back" in words(Client().post(link, follow=True))
    assert list(Subscriber.objects.all()) == [again]


def test_an_old_address_that_must_not_be_mailed_by_now_gets_nothing(as_layla: Client, layla: Subscriber) -> None:
    link = move(as_layla)
    suppress_address(OLD, "complained")
    Client().post(link)
    assert address(layla) == OLD
    assert not layla.subscriptions.active().exists()


def test_the_notice_names_no_address_that_was_taken_back_before_it_was_sent(
    as_layla: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(tasks.send_address_notice, "delay", rung.append)
    ask(as_layla)
    as_layla.post(link_in(mail.outbox[0]))
    Client().post(f"/en/address/back/{rung[0]}/")
    tasks.tell_old_address(rung[0])
    assert len(mail.outbox) == 1


# Sends under way -----------------------------------------------------------------------------------------------------


def test_a_mail_in_a_workers_hands_goes_to_the_new_address(as_layla: Client, layla: Subscriber) -> None:
    announce(make_release(make_statement()))
    source = Delivery.objects.get().announcement_id
    holder = leases.Lease()
    (line,) = holder.claim(source, 10)
    assert line.address == OLD
    move(as_layla)
    assert holder.lost([line.pk]) == {line.pk}  # what a worker asks twice a second
    assert leases.Lease().claim(source, 10) == []  # its holder may just have sent it, and not said so yet
    Delivery.objects.update(due_at=Now())
    (line,) = leases.Lease().claim(source, 10)
    assert line.address == NEW


def test_a_mail_nobody_has_taken_yet_goes_to_the_new_address_at_once(as_layla: Client) -> None:
    announce(make_release(make_statement()))
    move(as_layla)
    (line,) = leases.Lease().claim(Delivery.objects.get().announcement_id, 10)
    assert line.address == NEW


# Sessions ------------------------------------------------------------------------------------------------------------


def test_layla_closes_her_preferences_on_all_devices(as_layla: Client, layla: Subscriber) -> None:
    at_work = Client()
    open_preferences(at_work, layla)
    pending = path(links.sign_in_url(Subscriber.objects.get(), "en"))
    as_layla.post("/en/preferences/sign-out-everywhere/")
    assert not opens_preferences(as_layla)
    assert not opens_preferences(at_work)
    assert at_work.post(pending).status_code == 410


def test_who_signs_in_elsewhere_stays_signed_in_here(as_layla: Client, layla: Subscriber) -> None:
    at_work = Client()
    open_preferences(at_work, layla)
    assert opens_preferences(as_layla)
    assert opens_preferences(at_work)


@pytest.mark.parametrize(("method", "queries"), [("get", 2), ("post", 2)])
def test_queries_of_the_page(
    as_layla: Client,
    method: str,
    queries: int,
    django_assert_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    with django_assert_num_queries(queries):
        getattr(as_layla, method)("/en/preferences/address/", {"email": "nobody"})
