"""Tasks are doubled, and lost: a task is a doorbell, and whoever hears one finds all that is due."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from subscriptions.delivery.ledger import announce_due
from tests.chaos.production import LANGUAGES, Production, SqliteFile
from tests.chaos.promises import assert_each_got_it, assert_the_books_say
from tests.chaos.size import SIZE
from tests.making import make_statement


@pytest.fixture
def site_on_sqlite(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Production]:
    with (
        Production(SqliteFile(tmp_path / "site.sqlite3")) as production,
        django_db_blocker.unblock(),
        production.in_sight(),
    ):
        yield production


@pytest.mark.postgresql
def test_two_clocks_and_ten_nudges_at_once_make_no_difference(site: Production) -> None:
    assert_doubled_tasks_make_no_difference(site)


def test_two_clocks_ten_nudges_and_two_workers_make_no_difference_on_sqlite(site_on_sqlite: Production) -> None:
    assert_doubled_tasks_make_no_difference(site_on_sqlite)


def assert_doubled_tasks_make_no_difference(site: Production) -> None:
    people = site.sign_up(SIZE.readers)
    second_clock = site.another_clock("second-clock")
    second_clock.start()
    site.publish_unheard()
    nudges = [threading.Thread(target=site.ring, args=[task]) for task in ("announce", "deliver") for _ in range(10)]
    for nudge in nudges:
        nudge.start()
    site.settle()
    second_clock.kill()
    assert_each_got_it(site, people, copies=0)
    assert_the_books_say(site, sent=len(people))


Lose = Callable[[Production], object]


def lose_the_nudge_to_announce(site: Production) -> None:
    site.publish_unheard()


def lose_the_nudge_to_deliver(site: Production) -> None:
    """Fill the ledger, and ring a bell that no worker of the site hears: the tests' own process has another broker."""
    site.publish_unheard()
    assert announce_due()


losing = pytest.mark.parametrize("lose", [lose_the_nudge_to_announce, lose_the_nudge_to_deliver])


@pytest.mark.postgresql
@losing
def test_what_was_lost_is_found_by_the_clock(site: Production, lose: Lose) -> None:
    people = site.sign_up(SIZE.readers)
    lose(site)
    site.settle(within=60)
    assert_each_got_it(site, people)


@pytest.mark.postgresql
@losing
def test_what_was_lost_is_found_by_the_workers_without_a_clock(site: Production, lose: Lose) -> None:
    people = site.sign_up(SIZE.readers)
    site.clock.kill()
    lose(site)
    site.settle(within=60)
    assert_each_got_it(site, people)


@pytest.mark.postgresql
@losing
def test_what_was_lost_is_found_by_the_next_release_without_a_clock(site: Production, lose: Lose) -> None:
    people = site.sign_up(SIZE.readers)
    site.clock.kill()
    lose(site)
    site.publish(make_statement(*LANGUAGES, slug="the-next"))
    site.settle(within=60)
    assert_each_got_it(site, people, statements=2)
