"""Workers are killed in mid-send: nobody is lost, and copied is at most what they had in hand."""

import random

import pytest

from tests.chaos import troubles
from tests.chaos.production import Production
from tests.chaos.promises import assert_each_got_it, assert_the_books_say
from tests.chaos.size import SIZE

pytestmark = pytest.mark.postgresql


def test_killed_workers_lose_nobody_and_copy_at_most_what_each_connection_had_in_hand(
    site: Production, draw: random.Random
) -> None:
    people = site.sign_up(SIZE.readers)
    site.relay.pace = SIZE.pace
    site.publish()
    troubles.unleash(site, troubles.kills(site, SIZE.kills, draw), draw)
    site.settle(within=60)
    assert_each_got_it(site, people, copies=SIZE.kills * SIZE.setting("DELIVERY_CONNECTIONS"))
    assert_the_books_say(site, sent=len(people))


def test_a_host_lost_with_its_disk_copies_at_most_the_batches_of_its_workers(site: Production) -> None:
    people = site.sign_up(SIZE.readers)
    site.publish()
    site.wait_for_mails(SIZE.readers // 3)
    site.kill_workers()
    site.lose_journal()
    site.run_all()
    site.settle(within=60)
    assert_each_got_it(site, people, copies=len(site.workers) * SIZE.setting("DELIVERY_BATCH"))
    assert_the_books_say(site, sent=len(people))
