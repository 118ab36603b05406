"""Workers are killed while the broker, the database and the relay fail too."""

import random

import pytest

from tests.chaos import troubles
from tests.chaos.faults import HANG_UP, SILENCE, SWALLOW, Fault, Moment, Step, answers
from tests.chaos.production import Production
from tests.chaos.promises import assert_each_got_it, assert_the_books_say, assert_tries_are_few
from tests.chaos.size import SIZE

pytestmark = pytest.mark.postgresql

SERVERS = {"broker": troubles.of_the_broker, "database": troubles.of_the_database}


@pytest.mark.parametrize("names", SIZE.servers, ids="+".join)
def test_killed_workers_lose_nobody_while_their_servers_fail(
    site: Production, draw: random.Random, names: tuple[str, ...]
) -> None:
    people = site.sign_up(SIZE.readers)
    site.relay.pace = SIZE.slow_pace
    site.publish()
    failures = [trouble for name in names for trouble in SERVERS[name](site)]
    troubles.unleash(site, [*failures, *troubles.kills(site, SIZE.storm_kills, draw)], draw)
    site.settle(within=60)
    hands = SIZE.storm_kills + len(names) * len(site.workers)
    assert_each_got_it(site, people, copies=hands * SIZE.setting("DELIVERY_CONNECTIONS"))
    assert_the_books_say(site, sent=len(people))


def misbehaviour(gone: set[str], mute: set[str]) -> list[Fault]:
    """All that a relay is known to do to its callers, at once."""

    def hopeful(moment: Moment) -> bool:
        return moment.tries <= SIZE.bad_tries

    return [
        answers("421 4.7.0 Too many mails in one session", Step.SENDER, lambda moment: moment.mails >= 10),
        answers("550 5.1.1 No such mailbox here", Step.RECIPIENT, lambda moment: moment.address in gone),
        answers("450 4.2.0 Greylisted", Step.RECIPIENT, lambda moment: moment.seconds < 5, share=0.5),
        answers("451 4.3.0 Try again later", Step.RECIPIENT, hopeful, share=0.05),
        answers(HANG_UP, Step.TEXT, hopeful, share=0.02),
        answers(SWALLOW, Step.DOT, hopeful, share=0.02),
        answers(SILENCE, Step.DOT, lambda moment: moment.address in mute and moment.tries == 1),
    ]


def test_killed_workers_lose_nobody_while_the_relay_misbehaves(site: Production, draw: random.Random) -> None:
    people = site.sign_up(SIZE.readers)
    gone, mute = set(people[::100]), set(people[1::100])
    site.relay.faults += misbehaviour(gone, mute)
    site.relay.pace = SIZE.slow_pace
    site.publish()
    troubles.unleash(site, [*troubles.of_the_relay(site), *troubles.kills(site, SIZE.storm_kills, draw)], draw)
    site.settle(within=SIZE.seconds_to_calm)
    assert {"421", "450", "451", "550", HANG_UP, SWALLOW, SILENCE} <= site.relay.said.keys()

    in_hand = (SIZE.storm_kills + len(site.workers)) * SIZE.setting("DELIVERY_CONNECTIONS")
    unanswered = site.relay.said[SWALLOW] + site.relay.said[SILENCE]
    assert_each_got_it(site, set(people) - gone, copies=in_hand + unanswered)
    assert_the_books_say(site, sent=len(people) - len(gone), failed=len(gone))
    assert sum(len(site.relay.tries[address]) - 1 for address in gone) <= in_hand
    # Each fault may spoil a try, the greylist and the silence one each, and so does a connection that breaks.
    assert_tries_are_few(site, in_a_minute=6, in_all=SIZE.bad_tries + 4)
