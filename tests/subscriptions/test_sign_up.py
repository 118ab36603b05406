"""The full form, and everything between it and the press of the button that makes a subscriber."""

import re
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from django.core import mail
from django.core.cache import cache
from django.db.models.functions import Now
from django.test import Client
from pytest_django import Settings

from statements.models import Topic, TopicCategory
from subscriptions import links, signing_up, tasks
from subscriptions.models import Subscriber, Subscription
from subscriptions.suppressing import suppress_address
from subscriptions.tasks import answer_wish, send_link
from tests.making import make_release, make_statement, make_subscriber, make_topic, translations

pytestmark = pytest.mark.django_db

CHOOSE = "/en/sign-up/choose/"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[links.Wish]:
    """What the page asked the worker for."""
    wishes: list[links.Wish] = []
    monkeypatch.setattr(send_link, "delay", lambda sealed: wishes.append(links.open_wish(sealed).wish))
    return wishes


@pytest.fixture
def _workers_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send_link, "delay", answer_wish)


def category(slug: str, *topics: Topic) -> TopicCategory:
    made = TopicCategory.objects.create(slug=slug, **translations("name", {"en": slug.title(), "ar": f"{slug} (ar)"}))
    Topic.objects.filter(pk__in=[topic.pk for topic in topics]).update(category=made)
    return made


def text(answer) -> str:  # type: ignore[no-untyped-def]
    return unescape(answer.content.decode())


def selected(page: str, field: str) -> str:
    found = re.search(rf'<select name="{field}".*?</select>', page, re.DOTALL)
    assert found, field
    chosen = re.search(r'value="([^"]*)" selected', found[0])
    return chosen[1] if chosen else ""


def link_in(message: mail.EmailMessage) -> str:
    found = re.search(r"https://statements\.example\.org(/\S+)", str(message.body))
    assert found
    return found[1]


def press(wish: links.Wish, client: Client | None = None):  # type: ignore[no-untyped-def]
    return (client or Client()).post(links.confirm_url(wish).removeprefix("https://statements.example.org"))


def having(subscriber: Subscriber) -> dict[str, str]:
    active = subscriber.subscriptions.active().select_related("topic")
    return {subscription.topic.slug if subscription.topic else "": subscription.frequency for subscription in active}


# What the page shows


def test_topics_stand_under_their_categories_and_those_without_one_come_last(client: Client) -> None:
    zoo, ants, bees, cows = (make_topic(slug) for slug in ("zoo", "ants", "bees", "cows"))
    category("wild", zoo, ants)
    category("farm", cows)
    page = text(client.get(CHOOSE))
    legends = re.findall(r"<legend>(.*?)</legend>", page)
    assert legends[:4] == ["Topics, and how often", "Farm", "Wild", "Other topics"]
    labels = re.findall(r'<label for="id_topic_\w+">(.*?)</label>', page)
    assert labels == ["All topics", "cows (en)", "ants (en)", "zoo (en)", "bees (en)"]
    assert bees.category is None


def test_a_site_without_categories_names_none(client: Client) -> None:
    make_topic("water")
    assert "Other topics" not in text(client.get(CHOOSE))


def test_each_choice_says_how_many_mails_to_expect(client: Client) -> None:
    water = make_topic("water")
    for number in range(13):
        make_release(make_statement(slug=f"on-water-{number}", topics=[water]))
    page = text(client.get(CHOOSE))
    options = re.search(rf'<select name="topic_{water.pk}".*?</select>', page, re.DOTALL)
    assert options
    assert re.findall(r">([^<>]+)</option>", options[0]) == [
        "Not chosen",
        "At once, about 1 a week",
        "Once a day, less than one a month",
        "Once a week, less than one a month",
    ]
    assert "you get all topics, at once: about 1 a week" in page


def expected(page: str) -> str:
    """How many mails at once the page says all topics bring."""
    found = re.search(r'<select name="topic_all".*?At once, ([^<]+)</option>', page, re.DOTALL)
    assert found
    return found[1]


def test_the_page_counts_what_there_was_in_its_own_language(client: Client) -> None:
    for number in range(13):
        make_release(make_statement("en", slug=f"statement-{number}"))
    make_release(make_statement("fr", slug="en-francais"))
    assert expected(text(client.get(CHOOSE))) == "about 1 a week"
    assert "sur tous les thèmes\u00a0: moins d’un par mois." in text(client.get("/fr/sign-up/choose/"))


@pytest.mark.parametrize(
    ("languages", "while_missing", "says"),
    [
        (["en"], "next", "about 1 a week"),
        (["en", "ar"], "next", "about 2 a week"),
        (["en", "ar"], "wait", "about 1 a week"),
        (["ar", "en"], "wait", "about 1 a week"),
        (["fr"], "next", "less than one a month"),
    ],
)
def test_the_preferences_count_what_reaches_their_reader(
    client: Client, languages: list[str], while_missing: str, says: str
) -> None:
    for number in range(13):
        for language in ("en", "ar"):
            make_release(make_statement(language, slug=f"{language}-{number}"))
    layla = make_subscriber("layla@example.org", *languages, while_missing=while_missing)
    client.post(links.sign_in_url(layla, "en").removeprefix("https://statements.example.org"))
    assert expected(text(client.get("/en/preferences/"))) == says


def test_the_page_asks_for_topics_and_for_what_was_told_and_no_more(client: Client, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    category("farm", *(make_topic(f"topic-{number}") for number in range(9)))
    with django_assert_num_queries(2):
        client.get(CHOOSE)
    with django_assert_num_queries(1):  # the forecast is kept
        client.get(CHOOSE)


@pytest.mark.parametrize("path", [CHOOSE, "/en/sign-up/", "/en/sign-up/embed/"])
def test_nobody_who_asks_gets_a_cookie(client: Client, path: str) -> None:
    assert not client.get(path).cookies
    assert not client.post(path, {"email": "omar@example.org", "switch": "fr"}).cookies


def test_a_link_on_a_topics_page_chooses_it_beforehand(client: Client) -> None:
    water, fish = make_topic("water"), make_topic("fish")
    make_release(make_statement(topics=[water]))
    statement = re.search(r'href="(/en/statements/[^"]+)"', text(client.get("/en/")))
    assert statement
    for path in ("/en/topics/water/", statement[1]):
        page = text(client.get(path))
        assert re.search(r'formaction="/en/sign-up/choose/\?topic=water"[^>]*>Email updates on water \(en\)<', page)
        assert "?topic=fish" not in page
    page = text(client.post(f"{CHOOSE}?topic=water", {"email": "omar@example.org", "switch": "en"}))
    assert 'value="omar@example.org"' in page
    assert selected(page, f"topic_{water.pk}") == "immediate"
    page = text(client.get(f"{CHOOSE}?topic=water&topic=gone&topic=<script>"))
    assert selected(page, f"topic_{water.pk}") == "immediate"
    assert selected(page, f"topic_{fish.pk}") == ""
    assert selected(text(client.get(f"{CHOOSE}?topic=water&frequency=weekly")), f"topic_{water.pk}") == "weekly"
    assert selected(text(client.get(f"{CHOOSE}?topic=water&frequency=hourly")), f"topic_{water.pk}") == "immediate"


# What is asked for


def test_an_address_alone_asks_for_all_topics_at_once_in_the_language_of_the_page(
    client: Client, asked: list[links.Wish]
) -> None:
    make_topic("water")
    assert client.post("/ar/sign-up/choose/", {"email": "omar@example.org"}).status_code == 302
    assert client.post("/ar/sign-up/", {"email": "omar@example.org"}).status_code == 302
    assert asked == [links.Wish("omar@example.org", ("ar",))] * 2


def test_all_that_was_chosen_is_asked_for(client: Client, asked: list[links.Wish]) -> None:
    water, fish = make_topic("water"), make_topic("fish")
    choices = {"language_0": "fr", "language_1": "", "language_2": "ar", "while_missing": "wait", "topic_all": "weekly"}
    answer = client.post(
        CHOOSE, {"email": "omar@example.org", **choices, f"topic_{water.pk}": "daily", f"topic_{fish.pk}": ""}
    )
    assert answer.headers["Location"] == "/en/sign-up/check-inbox/"
    assert asked == [links.Wish("omar@example.org", ("fr", "ar"), (("", "weekly"), ("water", "daily")), "wait")]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": ""}, "email"),
        ({"language_1": "en"}, "language_1"),
        ({"language_0": "xx"}, "language_0"),
        ({"topic_all": "hourly"}, "topic_all"),
        ({"while_missing": "never"}, "while_missing_0"),
    ],
)
def test_what_makes_no_sense_is_explained_where_it_stands_and_nothing_is_lost(
    client: Client, asked: list[links.Wish], wrong: dict[str, str], field: str
) -> None:
    water = make_topic("water")
    sensible = {"email": "omar@example.org", "language_0": "en", "while_missing": "wait", f"topic_{water.pk}": "daily"}
    answer = client.post(CHOOSE, {**sensible, **wrong})
    assert answer.status_code == 422
    page = text(answer)
    link = re.search(rf'<a href="#(id_{field}(?:_0)?)">', page)
    assert link
    assert f'id="{link[1]}"' in page
    assert selected(page, f"topic_{water.pk}") == "daily"
    assert asked == []


# The language, changed half-way


def test_a_change_of_language_half_way_loses_nothing_and_complains_of_nothing(
    client: Client, asked: list[links.Wish]
) -> None:
    water = make_topic("water")
    filled_in = {
        "email": "omar@",
        "language_0": "en",
        "language_1": "en",
        "while_missing": "wait",
        "topic_all": "daily",
    }
    answer = client.post("/ar/sign-up/choose/", {**filled_in, f"topic_{water.pk}": "weekly", "switch": "en"})
    assert answer.status_code == 200
    page = text(answer)
    assert 'lang="ar" dir="rtl"' in page
    assert "water (ar)" in page
    assert 'class="errors"' not in page
    assert 'value="omar@"' in page
    assert [selected(page, f"language_{rank}") for rank in range(3)] == ["en", "en", ""]
    assert (selected(page, "topic_all"), selected(page, f"topic_{water.pk}")) == ("daily", "weekly")
    assert re.search(r'value="wait"[^>]*checked', page)
    assert asked == []


def test_the_language_of_the_page_goes_with_it_where_nobody_chose_another(client: Client) -> None:
    page = text(client.post("/ar/sign-up/choose/", {"email": "", "language_0": "fr", "switch": "fr"}))
    assert selected(page, "language_0") == "ar"
    page = text(client.post("/ar/sign-up/choose/", {"email": "", "language_0": "en", "switch": "fr"}))
    assert selected(page, "language_0") == "en"
    page = text(client.post("/ar/sign-up/choose/", {"language_0": "fr", "language_1": "en", "switch": "fr"}))
    assert [selected(page, f"language_{rank}") for rank in range(2)] == ["fr", "en"]


@pytest.mark.parametrize("path", ["/en/sign-up/", CHOOSE, "/en/preferences/"])
def test_the_languages_of_a_form_are_buttons_of_it(client: Client, path: str) -> None:
    languages = text(client.get(path)).partition("</nav>")[0]
    buttons = re.findall(r'<button class="quiet" form="form" formaction="([^"]+)" name="switch" value="en"', languages)
    assert len(buttons) == 8
    for address in buttons:
        answer = client.post(address, {"email": "omar@example.org", "switch": "en"})
        assert answer.status_code == 200
        assert 'value="omar@example.org"' in text(answer)


def test_preferences_half_way_through_can_change_the_language_too(client: Client) -> None:
    water = make_topic("water")
    layla = make_subscriber("layla@example.org", "en")
    client.post(links.sign_in_url(layla, "en").removeprefix("https://statements.example.org"))
    choices = {"language_0": "fr", "while_missing": "wait", f"topic_{water.pk}": "daily", "topic_all": ""}
    answer = client.post("/ar/preferences/", {**choices, "switch": "en"})
    assert answer.status_code == 200
    page = text(answer)
    assert 'lang="ar" dir="rtl"' in page
    assert (selected(page, "language_0"), selected(page, f"topic_{water.pk}")) == ("fr", "daily")
    assert having(layla) == {"": "immediate"}
    assert Subscriber.objects.get().languages == ["en"]


# One answer, for the same work


@pytest.fixture
def _people() -> None:
    make_subscriber("known@example.org")
    suppress_address("suppressed@example.org", "complained")


ADDRESSES = ["known@example.org", "nobody@example.org", "suppressed@example.org", "no-such-person@example.org"]


@pytest.fixture
def cache_keys(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What this thread asks the cache for."""
    keys: list[str] = []
    mine = threading.get_ident()

    def noted(name: str):  # type: ignore[no-untyped-def]
        real = getattr(cache, name)

        def call(key: str, *arguments: object) -> object:
            if threading.get_ident() == mine:
                keys.append(f"{name} {key}")
            return real(key, *arguments)

        return call

    for name in ("add", "incr", "get", "set"):
        monkeypatch.setattr(cache, name, noted(name))
    return keys


@pytest.mark.usefixtures("_people")
@pytest.mark.parametrize("path", ["/en/sign-up/", CHOOSE])
def test_whosever_address_it_is_the_page_does_the_same_work(
    client: Client,
    asked: list[links.Wish],
    cache_keys: list[str],
    path: str,
    django_assert_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    client.post(path, {"email": "first@example.org"})  # the forecast is kept from now on
    asked.clear()
    answers, work = set(), []
    for address in ADDRESSES:
        cache_keys.clear()
        with django_assert_num_queries(0 if path == "/en/sign-up/" else 1):
            answer = client.post(path, {"email": address})
        answers.add((answer.status_code, answer.headers["Location"], answer.content))
        work.append(list(cache_keys))
    assert len(answers) == 1
    assert work == [work[0]] * 4
    assert [wish.email for wish in asked] == ADDRESSES


@pytest.fixture
def _stand_in_at_rest() -> Iterator[None]:
    yield
    for _ in range(2):
        tasks._stand_in.submit(time.sleep, 0.05).result()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_people", "_stand_in_at_rest")
def test_without_a_broker_too_the_page_does_the_same_work(
    client: Client,
    cache_keys: list[str],
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries,  # type: ignore[no-untyped-def]
) -> None:
    def refuse(sealed: str) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(send_link, "delay", refuse)
    answers, work = set(), []
    for address in ADDRESSES:
        cache_keys.clear()
        with django_assert_num_queries(0):
            answer = client.post("/en/sign-up/", {"email": address})
        answers.add((answer.status_code, answer.headers["Location"], answer.content))
        work.append(list(cache_keys))
    assert len(answers) == 1
    assert work == [work[0]] * 4
    stop_at = time.monotonic() + 10
    while len(mail.outbox) < 3:
        assert time.monotonic() < stop_at
        time.sleep(0.02)
    assert {letter.to[0] for letter in mail.outbox} == {*ADDRESSES} - {"suppressed@example.org"}


@pytest.mark.usefixtures("_people")
def test_a_visitor_who_asks_too_often_is_told_when_to_come_back_and_loses_nothing(
    client: Client, asked: list[links.Wish], settings: Settings
) -> None:
    settings.SIGN_UPS_PER_VISITOR_AND_HOUR = 4
    headers = {"x-forwarded-for": "198.51.100.7"}
    water = make_topic("water")
    for address in ADDRESSES:
        assert client.post("/en/sign-up/", {"email": address}, headers=headers).status_code == 302
    pages = set()
    for address in ADDRESSES:
        answer = client.post(CHOOSE, {"email": address, f"topic_{water.pk}": "daily"}, headers=headers)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 3600
        page = text(answer)
        assert re.search(r"Please try again in \d+ minutes?\.", page)
        assert selected(page, f"topic_{water.pk}") == "daily"
        pages.add(re.sub(r"\d+ minutes?", "", page.replace(address, "")))
    assert len(pages) == 1
    assert len(asked) == 4
    # Nobody else has to wait.
    assert client.post("/en/sign-up/", {"email": "omar@example.org"}).status_code == 302


# Saying yes


def test_omar_gets_exactly_what_he_asked_for(client: Client) -> None:
    for slug in ("water", "fish", "roads"):
        make_topic(slug)
    wish = links.Wish("omar@example.org", ("ar", "fr"), (("fish", "weekly"), ("water", "immediate")), "wait")
    url = links.confirm_url(wish).removeprefix("https://statements.example.org").replace("/ar/", "/en/")
    page = text(client.get(url))
    facts = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index("<dl") : page.index("</dl>")]))
    for fact in ("omar@example.org", "fish (en) · Once a week", "water (en) · At once", "العربيّة", "Français"):
        assert fact in facts
    assert facts.index("العربيّة") < facts.index("Français")
    assert "Wait for my first language" in facts
    assert "roads" not in facts
    assert not Subscriber.objects.exists()
    assert client.post(url).headers["Location"] == "/en/sign-up/welcome/"
    omar = Subscriber.objects.get()
    assert (omar.email, omar.languages, omar.while_missing) == ("omar@example.org", ["ar", "fr"], "wait")
    assert having(omar) == {"fish": "weekly", "water": "immediate"}
    assert "You asked for something new" not in text(client.get("/en/sign-up/welcome/"))


def test_the_confirm_page_names_every_topic_where_its_mail_names_the_first(client: Client) -> None:
    topics = [make_topic(f"topic-{number}") for number in range(30)]
    wish = links.Wish("omar@example.org", ("en",), tuple((topic.slug, "weekly") for topic in topics))
    page = text(client.get(links.confirm_url(wish).removeprefix("https://statements.example.org")))
    assert all(f"<li>{topic.slug} (en) · Once a week</li>" in page for topic in topics)


def test_the_confirm_page_asks_little_of_the_database(client: Client, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    wish = links.Wish("omar@example.org", ("en",), tuple((make_topic(f"t-{n}").slug, "daily") for n in range(5)))
    url = links.confirm_url(wish).removeprefix("https://statements.example.org")
    with django_assert_num_queries(2):  # who is it, which topics
        client.get(url)


def test_all_topics_and_one_of_them_sooner(client: Client) -> None:
    make_topic("water")
    press(links.Wish("omar@example.org", ("en",), (("water", "immediate"), ("", "weekly"))))
    assert having(Subscriber.objects.get()) == {"": "weekly", "water": "immediate"}


def test_topics_that_are_gone_when_the_link_is_pressed_are_left_out(client: Client) -> None:
    make_topic("water")
    wish = links.Wish("omar@example.org", ("en",), (("fish", "daily"), ("water", "daily")))
    url = links.confirm_url(wish).removeprefix("https://statements.example.org")
    assert "Something you chose is no longer there" in text(client.get(url))
    client.post(url)
    assert having(Subscriber.objects.get()) == {"water": "daily"}


def test_if_all_topics_are_gone_the_welcome_asks_for_others(client: Client) -> None:
    assert press(links.Wish("omar@example.org", ("en",), (("fish", "daily"),)), client).status_code == 302
    assert having(Subscriber.objects.get()) == {}
    page = text(client.get("/en/sign-up/welcome/"))
    assert "You get nothing at present" in page
    assert "Thank you" not in page


def test_a_subscriber_is_made_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    make_topic("water")

    def fail(*arguments: object, **fields: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Subscription, "save", fail)
    with pytest.raises(RuntimeError):
        press(links.Wish("omar@example.org", ("en",), (("water", "daily"),)))
    assert not Subscriber.objects.exists()


# Who is a subscriber already


@pytest.mark.usefixtures("_workers_at_once")
def test_what_a_subscriber_asks_for_is_proposed_to_them_and_changes_nothing_before_they_save(client: Client) -> None:
    water, fish = make_topic("water"), make_topic("fish")
    layla = make_subscriber("layla@example.org", "en", topics=[fish], frequency="weekly")
    client.post(
        CHOOSE,
        {"email": "layla@example.org", "language_0": "fr", "while_missing": "wait", f"topic_{water.pk}": "daily"},
    )
    link = link_in(mail.outbox[0])
    assert link.startswith("/fr/sign-in/")
    client.get(link)
    client.post(link.replace("/fr/", "/en/"))
    for _ in range(2):  # it waits for them, and a reload does no harm
        page = text(client.get("/en/preferences/"))
        assert "You asked for something new" in page
        assert f'<a href="#id_topic_{water.pk}">water (en)</a>: Once a day' in page
        assert '<a href="#id_language_1">Second language</a>: Français' in page
        assert [selected(page, f"topic_{topic.pk}") for topic in (water, fish)] == ["daily", "weekly"]
        assert having(layla) == {"fish": "weekly"}
    layla.refresh_from_db()
    assert (Subscriber.objects.get().languages, layla.while_missing) == (["en"], "next")
    choices = {"language_0": "en", "language_1": "fr", "while_missing": "wait"}
    client.post("/en/preferences/", {**choices, f"topic_{water.pk}": "daily", f"topic_{fish.pk}": "weekly"})
    assert having(layla) == {"fish": "weekly", "water": "daily"}
    assert "You asked for something new" not in text(client.get("/en/preferences/"))


@pytest.mark.usefixtures("_workers_at_once")
def test_the_box_proposes_nothing_to_a_subscriber(client: Client) -> None:
    layla = make_subscriber("layla@example.org", "en", topics=[make_topic("water")])
    client.post("/fr/sign-up/", {"email": "layla@example.org"})
    client.post(link_in(mail.outbox[0]))
    page = text(client.get("/en/preferences/"))
    assert "layla@example.org" in page
    assert "You asked for something new" not in page
    assert having(layla) == {"water": "immediate"}


def test_what_was_asked_for_at_one_address_is_not_proposed_at_another(client: Client) -> None:
    make_topic("water")
    layla, omar = make_subscriber("layla@example.org"), make_subscriber("omar@example.org")
    wish = links.Wish("layla@example.org", ("en",), (("water", "daily"),))
    client.post(links.sign_in_url(layla, "en", wish).removeprefix("https://statements.example.org"))
    client.post(links.sign_in_url(omar, "en").removeprefix("https://statements.example.org"))
    page = text(client.get("/en/preferences/"))
    assert "omar@example.org" in page
    assert "You asked for something new" not in page


def test_who_signed_in_and_closed_the_preferences_leaves_nothing_behind(client: Client) -> None:
    make_topic("water")
    layla = make_subscriber("layla@example.org")
    wish = links.Wish("layla@example.org", ("en",), (("water", "daily"),))
    client.post(links.sign_in_url(layla, "en", wish).removeprefix("https://statements.example.org"))
    client.post("/en/preferences/sign-out/")
    assert not client.session.keys() & {"subscriber", "asked_for"}


def test_who_subscribed_while_the_link_was_on_its_way_is_asked_and_not_overridden(client: Client) -> None:
    make_topic("water")
    layla = make_subscriber("layla@example.org")
    Subscriber.objects.update(confirmed_at=Now() - timedelta(days=1))
    press(links.Wish("layla@example.org", ("en",), (("water", "daily"),)), client)
    assert having(layla) == {"": "immediate"}
    assert "You asked for something new" in text(client.get("/en/preferences/"))


def test_the_preferences_ask_little_of_the_database(client: Client, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    topics = [make_topic(f"topic-{number}") for number in range(6)]
    category("farm", *topics)
    layla = make_subscriber("layla@example.org", "en", "fr", topics=topics)
    client.post(links.sign_in_url(layla, "en").removeprefix("https://statements.example.org"))
    client.get("/en/preferences/")
    with django_assert_num_queries(5):  # session, subscriber, their languages, their subscriptions, topics
        client.get("/en/preferences/")


# Links that do nothing any more


@pytest.mark.usefixtures("_workers_at_once")
def test_a_link_that_is_too_old_offers_a_new_one_for_the_same_wish(client: Client, settings: Settings) -> None:
    make_topic("water")
    wish = links.Wish("omar@example.org", ("ar",), (("water", "daily"),), "wait")
    url = links.confirm_url(wish).removeprefix("https://statements.example.org")
    settings.CONFIRMATION_LIFETIME = timedelta(seconds=-1)
    answer = client.get(url)
    assert answer.status_code == 410
    assert 'lang="ar" dir="rtl"' in text(answer)
    assert client.post(url, {"again": "1"}).headers["Location"] == "/ar/sign-up/check-inbox/"
    settings.CONFIRMATION_LIFETIME = timedelta(days=3)
    (letter,) = mail.outbox
    assert letter.to == ["omar@example.org"]
    client.post(link_in(letter))
    omar = Subscriber.objects.get()
    assert (having(omar), omar.while_missing) == ({"water": "daily"}, "wait")


@pytest.mark.usefixtures("_workers_at_once")
def test_a_link_that_is_used_up_says_so_and_offers_a_link_to_the_preferences(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_topic("water")
    wish = links.Wish("omar@example.org", ("en",), (("water", "daily"),))
    url = links.confirm_url(wish).removeprefix("https://statements.example.org")
    client.post(url)
    monkeypatch.setattr(signing_up, "DOUBLE_CLICK", timedelta(0))  # longer ago than one takes
    for answer in (Client().get(url), Client().post(url)):
        assert answer.status_code == 410
        assert "This link has been used" in text(answer)
    Client().post(url, {"again": "1"})
    assert link_in(mail.outbox[0]).startswith("/en/sign-in/")
    assert Subscriber.objects.count() == 1


@pytest.mark.usefixtures("_workers_at_once")
def test_a_sign_in_link_that_is_too_old_brings_a_new_one_with_what_was_asked_for(
    client: Client, settings: Settings
) -> None:
    make_topic("water")
    layla = make_subscriber("layla@example.org")
    wish = links.Wish("layla@example.org", ("en",), (("water", "daily"),))
    url = links.sign_in_url(layla, "en", wish).removeprefix("https://statements.example.org")
    settings.SIGN_IN_LIFETIME = timedelta(seconds=-1)
    assert client.get(url).status_code == 410
    assert client.post(url).status_code == 410
    client.post(url, {"again": "1"})
    settings.SIGN_IN_LIFETIME = timedelta(hours=1)
    client.post(link_in(mail.outbox[0]))
    assert "You asked for something new" in text(client.get("/en/preferences/"))


def test_a_sign_in_link_of_somebody_who_is_gone_offers_to_begin_anew(client: Client) -> None:
    layla = make_subscriber("layla@example.org")
    url = links.sign_in_url(layla, "en").removeprefix("https://statements.example.org")
    layla.delete()
    answer = client.post(url, {"again": "1"})
    assert answer.status_code == 410
    assert 'action="/en/sign-up/"' in text(answer)


def test_nobody_is_written_to_without_end_by_old_links(client: Client, settings: Settings, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    settings.SIGN_UPS_PER_VISITOR_AND_HOUR = 1
    monkeypatch.setattr(send_link, "delay", lambda sealed: None)
    url = links.confirm_url(links.Wish("omar@example.org", ("en",))).removeprefix("https://statements.example.org")
    headers = {"x-forwarded-for": "198.51.100.7"}
    assert client.post(url, {"again": "1"}, headers=headers).status_code == 302
    answer = client.post(url, {"again": "1"}, headers=headers)
    assert answer.status_code == 429
    assert "Please try again in" in text(answer)
    assert 'name="again"' in text(answer)
