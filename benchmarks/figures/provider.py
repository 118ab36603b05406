"""Through a provider's HTTP interface that answers after 20 ms, beside Anymail's ordinary sending."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field

from benchmarks.bench import Bench
from benchmarks.contenders import anymail_alone
from benchmarks.figures.theme import Theme
from benchmarks.receivers import OwnServer, provider
from benchmarks.report import Figure, ratio
from benchmarks.sending import send

DELAY = 0.02
# The ordinary way sends one mail in so many: it takes that much longer for each.
PART = 20


@dataclass(frozen=True)
class Way:
    """A provider, and how the product is told to use it."""

    settings: Mapping[str, str]
    ours: Mapping[str, str] = field(default_factory=dict)
    # One reader in so many: with a call for each mail, fewer tell as much.
    part: int = 4

    def settings_for(self, server: OwnServer) -> dict[str, str]:
        return {name: value.replace("{port}", str(server.port)) for name, value in self.settings.items()}


SES = {
    "ANYMAIL_PROVIDER": "amazon_ses",
    "ANYMAIL_AMAZON_SES_SESSION_PARAMS": '{"aws_access_key_id": "k", "aws_secret_access_key": "s"}',
    "ANYMAIL_AMAZON_SES_CLIENT_PARAMS": '{"region_name": "eu-west-1", "endpoint_url": "http://127.0.0.1:{port}"}',
}
POSTMARK = {
    "ANYMAIL_PROVIDER": "postmark",
    "ANYMAIL_POSTMARK_SERVER_TOKEN": "t",
    "ANYMAIL_POSTMARK_API_URL": "http://127.0.0.1:{port}/",
}
SEVERAL_IN_FLIGHT = {"DELIVERY_CONNECTIONS": "16", "DELIVERY_PER_CALL": "1"}
WAYS = {
    "single": Way(SES, SEVERAL_IN_FLIGHT),
    "single_postmark": Way(POSTMARK, SEVERAL_IN_FLIGHT),
    "batch": Way(POSTMARK, {"DELIVERY_PER_CALL": "500"}, part=1),
}


def measure(bench: Bench, wanted: Set[str]) -> Iterator[Figure]:
    for name, way in WAYS.items():
        if f"ratio_provider_{name}" in wanted:
            yield from _measured(bench, name, way)


def _measured(bench: Bench, name: str, way: Way) -> Iterator[Figure]:
    ours: list[float] = []
    theirs: list[float] = []
    for _ in bench.rounds(f"provider, {name}"):
        bench.progress.step("Communiqué")
        with provider(bench.folder, delay=DELAY) as server:
            settings = {**way.settings_for(server), **way.ours}
            ours.append(send(bench, server, bench.readers // way.part, **settings).rate)
        bench.progress.step("Anymail alone")
        with provider(bench.folder, delay=DELAY) as server:
            theirs.append(anymail_alone(bench, bench.readers // PART, **way.settings_for(server)))
    yield Figure(f"mails_per_second_provider_{name}", ours, "mails/s")
    yield Figure(f"mails_per_second_anymail_{name}", theirs, "mails/s", f"measured on {bench.readers // PART:,} mails")
    yield ratio(f"ratio_provider_{name}", ours, theirs)


THEMES = [Theme(tuple(f"ratio_provider_{name}" for name in WAYS), measure)]
