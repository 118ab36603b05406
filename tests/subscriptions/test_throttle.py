"""How many letters may be asked for."""

from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.http import HttpRequest
from django.test import RequestFactory
from pytest_django import Settings

from subscriptions import throttle

NOON = 1_800_000_000 // 3600 * 3600


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Five past twelve, until a test moves it."""
    clock = SimpleNamespace(now=NOON + 300.0)
    monkeypatch.setattr(throttle, "time", SimpleNamespace(time=lambda: clock.now))
    return clock


@pytest.fixture(autouse=True)
def _limits(settings: Settings) -> None:
    settings.SIGN_UPS_PER_VISITOR_AND_HOUR = 2
    settings.SIGN_UPS_PER_MINUTE = 100
    settings.TRUSTED_PROXIES = 1


def visit(forwarded: str | None = None, peer: str = "10.0.0.1") -> HttpRequest:
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    return RequestFactory().post("/en/sign-up/", headers=headers, REMOTE_ADDR=peer)


def waits(*requests: HttpRequest) -> list[int]:
    return [throttle.seconds_to_wait(request) for request in requests]


def test_a_visitor_who_asks_too_often_waits_for_the_next_hour(clock: SimpleNamespace) -> None:
    assert waits(*[visit("198.51.100.7")] * 3) == [0, 0, 3300]
    clock.now = NOON + 3601
    assert waits(visit("198.51.100.7")) == [0]


def test_one_visitor_does_not_use_up_what_another_has() -> None:
    assert waits(*[visit("198.51.100.7")] * 3, visit("198.51.100.8")) == [0, 0, 3300, 0]


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:eeee:dddd:cccc"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("198.51.100.7", "6.6.6.6, 198.51.100.7"),
        ("198.51.100.7", "\u0000, nonsense,198.51.100.7 "),
    ],
    ids=["addresses of one IPv6 customer", "IPv4 written as IPv6", "what the visitor wrote before it", "nonsense"],
)
def test_who_looks_like_another_is_the_same_visitor(one: str, same: str) -> None:
    assert waits(visit(one), visit(one), visit(same)) == [0, 0, 3300]


def test_the_next_ipv6_customer_is_another_visitor() -> None:
    assert waits(visit("2001:db8:1:2::1"), visit("2001:db8:1:2::1"), visit("2001:db8:1:3::1")) == [0, 0, 0]


def test_behind_two_proxies_the_last_but_one_says_who_it_is(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 2
    through = [f"6.6.6.{number}, 198.51.100.7, 10.0.0.{number}" for number in range(3)]
    assert waits(*map(visit, through)) == [0, 0, 3300]
    # Who comes by one of them alone is known to that one.
    assert waits(*[visit("198.51.100.9")] * 3) == [0, 0, 3300]


def test_without_a_proxy_what_visitors_say_of_themselves_is_not_read(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 0
    assert waits(*(visit(f"6.6.6.{number}", peer="198.51.100.7") for number in range(3))) == [0, 0, 3300]


@pytest.mark.parametrize("forwarded", [None, "", "unknown"])
def test_behind_a_proxy_that_does_not_say_who_comes_nobody_is_taken_for_somebody_else(forwarded: str | None) -> None:
    assert waits(*[visit(forwarded)] * 3) == [0, 0, 0]


def test_a_flood_from_many_places_waits_for_the_next_minute(settings: Settings, clock: SimpleNamespace) -> None:
    settings.SIGN_UPS_PER_MINUTE = 2
    clock.now += 12
    assert waits(*(visit(f"198.51.100.{number}") for number in range(3))) == [0, 0, 48]
    clock.now += 48
    assert waits(visit("198.51.100.9")) == [0]


def test_one_visitor_alone_does_not_close_the_site_to_the_others(settings: Settings) -> None:
    settings.SIGN_UPS_PER_MINUTE = 3
    waits(*[visit("198.51.100.7")] * 9)
    assert waits(visit("198.51.100.8"), visit("198.51.100.9")) == [0, 3300 % 60 or 60]


def test_no_address_of_a_visitor_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    keys: list[str] = []
    counted = cache.incr
    monkeypatch.setattr(cache, "incr", lambda key: keys.append(key) or counted(key))  # type: ignore[func-returns-value]
    throttle.seconds_to_wait(visit("198.51.100.7"))
    assert len(keys) == 2
    assert not any("198.51" in key for key in keys)


def test_without_the_cache_people_still_get_their_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(cache, "add", refuse)
    assert waits(*[visit("198.51.100.7")] * 4) == [0, 0, 0, 0]
    assert all(throttle.may_write_to("layla@example.org") for _ in range(20))
