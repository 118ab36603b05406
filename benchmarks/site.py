"""The product: a database with readers and a statement to publish, and its ordinary processes."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import redis
import requests

from benchmarks.databases import Databases
from benchmarks.programs import PYTHON, ROOT, Program, output_of, running
from benchmarks.staff import PASSWORD
from tests.servers import Valkey, free_port

# The product's settings with their defaults.
OF_THE_PRODUCT = dict(re.findall(r"^#?([A-Z_]+)=(.*)", (ROOT / ".env.example").read_text(), re.MULTILINE))
# To be tuned from outside: DELIVERY_CONNECTIONS=8 make bench.
TUNABLE = re.compile("DELIVERY_(?!JOURNAL)")
OWN_SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "SECRET_KEY": "the benchmark's own secret key, of no use anywhere else: 5d0c7b2e",
    "ADDRESS_KEY": "the benchmark's own address key, of no use anywhere else: 91fa63c8",
    "WEBHOOK_SECRET": "benchmark:of-no-use-anywhere-else",
    "SITE_NAME": "Ministry of Rivers",
    "EMAIL_URL": "smtp://127.0.0.1:9",
    "DEFAULT_FROM_EMAIL": "Ministry of Rivers <statements@example.org>",
}
PROCESSES = 2

SUBSCRIBERS = """
INSERT INTO subscriptions_subscriber (email, while_missing, sign_ins)
SELECT 'reader' || number || '@example.org', 'next', 0 FROM generate_series(1, %s) AS number
"""
PREFERENCES = """
INSERT INTO subscriptions_languagepreference (subscriber_id, language, rank)
SELECT id, 'ar', 0 FROM subscriptions_subscriber
"""
SUBSCRIPTIONS = """
INSERT INTO subscriptions_subscription (subscriber_id, frequency, ended_because)
SELECT id, 'immediate', '' FROM subscriptions_subscriber
"""


@dataclass
class Processes:
    """The running product."""

    url: str
    web: Program
    deliveries: Program
    letters: Program
    beat: Program


class Site:
    """Where the product keeps its things, and the environment its processes run in."""

    def __init__(self, folder: Path, databases: Databases, valkey: Valkey) -> None:
        self.folder, self.databases, self.valkey = folder, databases, valkey
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self, database: str, **settings: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in OF_THE_PRODUCT or TUNABLE.match(name)}
        return {
            **kept,
            **OWN_SETTINGS,
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": self.databases.url(database),
            "REDIS_URL": self.valkey.url,
            "SITE_URL": self.url,
            **settings,
        }

    def database(self, readers: int) -> str:
        """Return a new database with so many readers and the statement; the first time it takes some seconds."""
        template = f"readers_{readers}"
        if not self.databases.has(template):
            self._fill(self.databases.make(template, self._empty()), readers)
        return self.databases.make("site", template)

    def _empty(self) -> str:
        if not self.databases.has("empty"):
            environment = self.environment(self.databases.make("empty"))
            output_of([PYTHON, "manage.py", "migrate"], environment=environment)
            output_of([PYTHON, "manage.py", "collectstatic", "--noinput"], environment=environment)
            output_of([PYTHON, "-m", "benchmarks.inside.setting_up", PASSWORD], environment=environment)
        return "empty"

    def _fill(self, database: str, readers: int) -> None:
        with self.databases.connect(database) as connection:
            connection.execute(SUBSCRIBERS, [readers])
            connection.execute(PREFERENCES)
            connection.execute(SUBSCRIPTIONS)
            connection.execute("VACUUM ANALYZE")

    @contextmanager
    def running(self, database: str, **settings: str) -> Iterator[Processes]:
        """The product's processes, as docker-compose.yml starts them."""
        environment = self.environment(database, **settings)
        shutil.rmtree(self.folder / "journal", ignore_errors=True)
        redis.Redis(port=self.valkey.port).flushall()
        with ExitStack() as stack:

            def start(name: str, *command: str) -> Program:
                output = self.folder / f"{name}.log"
                return stack.enter_context(running([PYTHON, "-m", *command], output=output, environment=environment))

            celery = ("celery", "-A", "config")
            worker = (*celery, "worker", "--loglevel", "INFO")
            schedule = ("--schedule", str(self.folder / "schedule"), "--pidfile=")
            web = start("web", "gunicorn", "config.wsgi", "--threads", "4", "--bind", f"127.0.0.1:{self.port}")
            deliveries = start("deliveries", *worker, "-Q", "deliveries", "-c", str(PROCESSES), "-n", "deliveries@%h")
            letters = start("letters", *worker, "-Q", "letters,celery", "-c", "1", "-n", "letters@%h")
            beat = start("beat", *celery, "beat", "--loglevel", "INFO", *schedule)
            web.wait_until(self._answers)
            for program, words in ((deliveries, "ready."), (letters, "ready."), (beat, "beat: Starting...")):
                program.wait_until(partial(program.said, words))
            yield Processes(self.url, web, deliveries, letters, beat)

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/health/", timeout=5).ok
        except requests.RequestException:
            return False
