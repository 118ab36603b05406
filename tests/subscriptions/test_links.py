"""Links that carry their own proof."""

import pytest
from pytest_django import Settings

from subscriptions import links
from tests.making import make_subscriber

WISH = links.Wish("layla@example.org", ("ar", "en"))


def test_a_wish_comes_back_as_it_was_sealed() -> None:
    signed = links.open_wish(links.seal_wish(WISH))
    assert signed.wish == WISH
    assert not signed.expired


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
    assert links.read_sign_in(sign_in) == (subscriber, 0)
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
