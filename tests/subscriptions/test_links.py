"""Links that carry their own proof."""

import json

import pytest
from pytest_django import Settings

from subscriptions import links
from tests.making import make_subscriber

WISH = links.Wish("layla@example.org", ("ar", "en"))


def test_a_wish_comes_back_as_it_was_sealed() -> None:
    signed = links.open_wish(links.seal_wish(WISH))
    assert signed.wish == WISH
    assert not signed.expired


def test_a_wish_with_all_choices_comes_back_as_it_was_sealed() -> None:
    wish = links.Wish("layla@example.org", ("ar", "en"), (("", "daily"), ("flood-safety", "immediate")), "wait")
    assert links.open_wish(links.seal_wish(wish)).wish == wish


def test_a_link_from_before_there_was_more_to_choose_still_opens() -> None:
    old = links._box("confirm").encrypt(json.dumps({"email": "layla@example.org", "languages": ["ar", "en"]}).encode())
    assert links.open_wish(old.decode().rstrip("=")).wish == WISH


def test_mail_programs_can_carry_the_link_of_somebody_who_chose_a_hundred_topics() -> None:
    words = ["water", "floods", "bridges", "fisheries", "energy", "health", "trade", "migration", "culture", "justice"]
    topics = sorted((f"{one}-and-{other}", "weekly") for one in words for other in words)
    wish = links.Wish("a.long.name@mail.ministry.example.org", ("ar", "en", "fr", "ru"), tuple(topics), "wait")
    assert len(links.confirm_url(wish)) < 1500
    assert links.open_wish(links.seal_wish(wish)).wish == wish


def test_a_wish_joined_by_another_loses_nothing() -> None:
    present = links.Wish("layla@example.org", ("ar",), (("", "daily"), ("fish", "weekly")))
    asked_for = links.Wish("layla@example.org", ("fr", "ar"), (("fish", "immediate"), ("water", "daily")), "wait")
    assert present.joined_by(asked_for) == links.Wish(
        "layla@example.org", ("ar", "fr"), (("", "daily"), ("fish", "immediate"), ("water", "daily")), "wait"
    )
    assert asked_for.joined_by(present).while_missing == "wait"


def test_the_address_cannot_be_read_from_the_link() -> None:
    assert "layla" not in links.confirm_url(WISH)


def test_a_wish_expires(settings: Settings) -> None:
    token = links.seal_wish(WISH)
    settings.CONFIRMATION_LIFETIME *= 0
    assert links.open_wish(token).expired


def test_links_outlive_a_change_of_key(settings: Settings) -> None:
    token = links.seal_wish(WISH)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the new key of a careful operator", [settings.SECRET_KEY]
    assert links.open_wish(token).wish == WISH


@pytest.mark.parametrize("token", ["", "x", "gAAAAA", "é" * 80, "../../etc/passwd", "%00"])
def test_what_is_no_token_opens_nothing(token: str) -> None:
    for read in (links.open_wish, links.read_sign_in, links.read_unsubscribe):
        with pytest.raises(links.LinkError):
            read(token)


def test_an_altered_token_opens_nothing() -> None:
    token = links.seal_wish(WISH)
    with pytest.raises(links.LinkError):
        links.open_wish(token[:-3] + ("AAA" if token[-3:] != "AAA" else "BBB"))


@pytest.mark.django_db
def test_a_link_serves_no_other_purpose() -> None:
    subscriber = make_subscriber("layla@example.org")
    unsubscribe = links.unsubscribe_token(subscriber.pk)
    sign_in = links.sign_in_url(subscriber, "en").rstrip("/").rpartition("/")[2]
    assert links.read_unsubscribe(unsubscribe) == subscriber
    assert links.read_sign_in(sign_in) == links.SignIn(subscriber, 0)
    for read, token in [
        (links.read_sign_in, unsubscribe),
        (links.open_wish, unsubscribe),
        (links.read_unsubscribe, sign_in),
        (links.open_wish, sign_in),
        (links.read_sign_in, links.seal_wish(WISH)),
        (links.read_unsubscribe, links.seal_wish(WISH)),
    ]:
        with pytest.raises(links.LinkError):
            read(token)  # type: ignore[operator]


@pytest.mark.django_db
def test_a_sign_in_link_brings_back_what_its_owner_asked_for() -> None:
    layla = make_subscriber("layla@example.org")
    wish = links.Wish("Layla@Example.org", ("fr",), (("water", "daily"),), "wait")
    url = links.sign_in_url(layla, "en", wish)
    carried = links.read_sign_in(url.rstrip("/").rpartition("/")[2]).wish
    assert carried == links.Wish("layla@example.org", ("fr",), (("water", "daily"),), "wait")
    assert len(url) < 250


@pytest.mark.django_db
def test_a_sign_in_link_for_no_more_than_the_preferences_stays_short() -> None:
    layla = make_subscriber("layla@example.org")
    assert links.sign_in_url(layla, "en", links.Wish("layla@example.org", ("fr",))) == links.sign_in_url(layla, "en")


@pytest.mark.django_db
def test_a_sign_in_link_that_is_too_old_still_says_whose_it_is(settings: Settings) -> None:
    layla = make_subscriber("layla@example.org")
    token = links.sign_in_url(layla, "en").rstrip("/").rpartition("/")[2]
    settings.SIGN_IN_LIFETIME *= -1
    assert links.read_sign_in(token) == links.SignIn(layla, 0, None, expired=True)
