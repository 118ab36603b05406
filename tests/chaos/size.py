"""How much is broken, in `make test` and in `make chaos`."""

import os
from dataclasses import dataclass, field

from django.conf import settings


@dataclass(frozen=True)
class Size:
    """`settings` are those of the workers, where they are not the site's defaults."""

    readers: int
    kills: int
    storm_kills: int  # the same, while servers or the relay fail too
    seconds_away: int  # how long a server or the relay is not there
    pace: float  # mails in a second, where there must be time to do something meanwhile
    slow_pace: float  # the same while something is away meanwhile
    crawl: float  # so slow that what workers have in hand takes ten seconds
    seconds_to_calm: int  # how long it may take until the last mail that a relay put off is tried again
    servers: tuple[tuple[str, ...], ...]  # which of them fail in one send
    bad_tries: int  # how many tries of a recipient the relay may spoil
    settings: dict[str, str] = field(default_factory=dict)

    def setting(self, name: str) -> int:
        """Return what a worker takes for a number among its settings."""
        return int(self.settings.get(name) or getattr(settings, name))

    @property
    def lease(self) -> int:
        """For how many seconds a worker holds what it has taken."""
        return int(self.settings.get("DELIVERY_LEASE_SECONDS") or settings.DELIVERY_LEASE.seconds)


LONG = Size(
    readers=3000,
    kills=20,
    storm_kills=20,
    seconds_away=30,
    pace=200,
    slow_pace=40,
    crawl=200,
    seconds_to_calm=600,
    servers=(("broker",), ("database",)),
    bad_tries=3,
)
# Small batches, few connections, and no long wait for an answer or for what a dead worker held. But a wait it is: on a
# busy machine any process may stand still for a second or two.
SHORT = Size(
    readers=300,
    kills=4,
    storm_kills=1,
    seconds_away=3,
    pace=40,
    slow_pace=40,
    crawl=6,
    seconds_to_calm=120,
    servers=(("broker", "database"),),
    bad_tries=1,
    settings={
        "DELIVERY_LEASE_SECONDS": "9",
        "EMAIL_TIMEOUT": "4",
        "DELIVERY_BATCH": "30",
        "DELIVERY_CONNECTIONS": "4",
    },
)
SIZE = LONG if os.environ.get("CHAOS") == "long" else SHORT
