"""What may befall a site in mid-send, each as a thing to do, and when it is done."""

import random
import time
from collections.abc import Callable, Sequence
from functools import partial

import redis
from django.db import connection

from tests.chaos.process import Process
from tests.chaos.production import Production
from tests.chaos.promises import assert_the_books_close
from tests.chaos.size import SIZE
from tests.servers import Server

Trouble = Callable[[], None]


def unleash(site: Production, troubles: Sequence[Trouble], draw: random.Random) -> None:
    """Let the troubles come, in any order, during the first half of the mails; after each the books close."""
    numbers = sorted(draw.sample(range(SIZE.readers // 2), len(troubles)))
    for number, trouble in zip(numbers, draw.sample(troubles, len(troubles)), strict=True):
        site.wait_for_mails(number)
        trouble()
        assert_the_books_close(site)


def kills(site: Production, number: int, draw: random.Random) -> list[Trouble]:
    """So many times SIGKILL, to a whole worker or to what works for it: around an answer of the relay, or whenever."""
    ways = [
        partial(kill, site, draw, when, how)
        for how in (Process.kill, Process.kill_children)
        for when in ("after", "before", "whenever")
    ]
    return [ways[turn % len(ways)] for turn in range(number)]


def kill(site: Production, draw: random.Random, when: str, how: Callable[[Process], None]) -> None:
    if when == "whenever":
        how(draw.choice(site.workers))
    else:
        site.at_an_answer(when, how)
    site.run_all()
    site.counted["kills"] += 1


def of_the_broker(site: Production) -> list[Trouble]:
    return [partial(empty, site), partial(go_away, site.valkey)]


def of_the_database(site: Production) -> list[Trouble]:
    return [partial(go_away, site.database)]


def of_the_relay(site: Production) -> list[Trouble]:
    return [partial(refuse_connections, site)]


def empty(site: Production) -> None:
    with redis.Redis.from_url(site.valkey.url) as client:
        client.flushall()


def go_away(server: Server) -> None:
    """End at once, with all it holds in memory, and come back after a while."""
    connection.close()
    server.kill()
    time.sleep(SIZE.seconds_away)
    server.start()


def refuse_connections(site: Production) -> None:
    site.relay.shut()
    time.sleep(SIZE.seconds_away)
    site.relay.open()
