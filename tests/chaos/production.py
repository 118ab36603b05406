"""A site in production, every part of it real and its own, and what may befall it."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

import dj_database_url
import psycopg
from celery import Celery
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.utils import ConnectionHandler
from django.test import Client
from django.urls import reverse

from statements.models import Release, Statement
from subscriptions.models import Announcement, Delivery, LanguagePreference, Subscriber, Subscription
from tests.chaos.process import Process, wait_until
from tests.chaos.relay import Relay
from tests.chaos.size import SIZE
from tests.making import make_release, make_statement
from tests.servers import Postgres, new_folder, start_valkey

MANAGE = Path(__file__).parent.parent.parent / "manage.py"
LANGUAGES = ("en", "ar")
BOOKS = ("owed", *Delivery.Status.values)
QUEUES = {"announce": "letters", "deliver": "deliveries"}


@dataclass(frozen=True)
class SqliteFile:
    """A database without a server."""

    path: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}?transaction_mode=IMMEDIATE&timeout=20"


class Production:
    """`with Production(database) as site:` a broker, a relay, two workers, the worker for letters, and the clock.

    counted   what a test counted, for its report
    """

    def __init__(self, database: Postgres | SqliteFile) -> None:
        self.database = database
        self.valkey = start_valkey()
        self.relay = Relay()
        self.folder = new_folder()
        self.journal = self.folder / "journal"
        self.environment = {
            **os.environ,
            **SIZE.settings,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": database.url,
            "REDIS_URL": self.valkey.url,
            "EMAIL_URL": self.relay.url,
            "DELIVERY_JOURNAL": str(self.journal),
        }
        self.workers = [self._worker("one", "deliveries"), self._worker("two", "deliveries")]
        self.letters = self._worker("letters", "letters")
        self.clock = self.another_clock("clock")
        self.counted: Counter[str] = Counter()

    def __enter__(self) -> "Production":
        manage = [sys.executable, MANAGE, "migrate", "--verbosity", "0"]
        subprocess.run(manage, env=self.environment, check=True)
        self.relay.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        for process in self.processes:
            process.kill()
        self.relay.__exit__()
        self.valkey.remove()

    @property
    def processes(self) -> list[Process]:
        return [*self.workers, self.letters, self.clock]

    def _worker(self, name: str, queue: str) -> Process:
        return self._process(name, "worker", "-Q", queue, "-c", "1", "-n", f"{name}@%h", "--loglevel", "INFO")

    def another_clock(self, name: str) -> Process:
        return self._process(name, "beat", "-s", str(self.folder / name), "--pidfile=", "--loglevel", "INFO")

    def _process(self, name: str, *arguments: str) -> Process:
        return Process(*arguments, environment=self.environment, log=self.folder / f"{name}.log")

    @contextmanager
    def in_sight(self) -> Iterator["Production"]:
        """Let Django, here, look at this site, which begins anew: all runs, nothing is known and nothing is wrong."""
        tests_own = connections["default"]
        connections["default"] = ConnectionHandler({"default": dj_database_url.parse(self.database.url)})["default"]
        try:
            wait_until(self._empties, 30, "the database is emptied")
            self.relay.begin_anew()
            self.counted.clear()
            self.run_all()
            yield self
            self._drop_what_is_left()
        finally:
            connection.close()
            connections["default"] = tests_own

    @staticmethod
    def _empties() -> bool:
        try:
            call_command("flush", verbosity=0, interactive=False)
        except CommandError:
            return False  # PostgreSQL ended a deadlock with a task that looks into the same tables.
        return True

    def run_all(self) -> None:
        """Start what does not run, as a supervisor does."""
        for process in self.processes:
            process.thaw()
            process.start()

    def _drop_what_is_left(self) -> None:
        # A test that failed must not send its mails in the next.
        if Delivery.objects.waiting().exists():
            self.kill_workers()

    # What people do ------------------------------------------------------------------------------------------------

    def sign_up(self, number: int) -> list[str]:
        """Let so many people subscribe, every other one in Arabic, and return their addresses."""
        people = Subscriber.objects.bulk_create(Subscriber(email=f"reader{n:04}@example.org") for n in range(number))
        LanguagePreference.objects.bulk_create(
            LanguagePreference(subscriber=person, language=LANGUAGES[n % 2], rank=0) for n, person in enumerate(people)
        )
        Subscription.objects.bulk_create(Subscription(subscriber=person) for person in people)
        return [person.email for person in people]

    def publish(self, statement: Statement | None = None, **choices: object) -> Release:
        """Publish, as staff do on the web: the release is written, and the doorbell rung."""
        release = self.publish_unheard(statement, **choices)
        self.ring("announce")
        return release

    def publish_unheard(self, statement: Statement | None = None, **choices: object) -> Release:
        """Publish, and lose the task: the tests' own process has another broker."""
        return make_release(statement or make_statement(*LANGUAGES), *LANGUAGES, **choices)

    def ring(self, task: str) -> None:
        with Celery("bell", broker=self.valkey.url, set_as_current=False) as bell:
            bell.send_task(f"subscriptions.tasks.{task}", queue=QUEUES[task], retry=False)

    @property
    def staff(self) -> Client:
        """A browser in which somebody is signed in who may do everything."""
        client = Client()
        users = get_user_model().objects
        client.force_login(users.filter(username="editor").first() or users.create_superuser("editor"))
        return client

    # What one can see ----------------------------------------------------------------------------------------------

    def books(self) -> dict[str, int]:
        """Return the sums of all announcements, as the admin shows them to staff."""
        page = self.staff.get(reverse("admin:subscriptions_announcement_changelist")).content.decode()
        columns = {name: re.findall(rf'class="field-{name}">([\d,]+)<', page) for name in BOOKS}
        return {name: sum(int(number.replace(",", "")) for number in column) for name, column in columns.items()}

    def in_hand(self) -> list[str]:
        """Return to whom the mails go that workers hold, the next first."""
        lines = Delivery.objects.waiting().exclude(lease=None).order_by("pk")
        return list(lines.values_list("subscriber__email", flat=True))

    def wait_for_hands_full(self) -> None:
        """Wait until mails are taken, and more are in hand than one worker can hold."""
        self.wait_for_mails(10)
        wait_until(lambda: len(self.in_hand()) > SIZE.setting("DELIVERY_BATCH"), 60, "both workers hold mails")

    def wait_for_mails(self, number: int) -> None:
        wait_until(lambda: len(self.relay.taken) >= number, 120, f"{number} mails were taken")

    def settle(self, within: float = 60) -> None:
        """Wait until all that was published is told, and nobody is owed anything."""
        seconds = wait_until(self._is_settled, within, "nobody is owed anything")
        self.counted["seconds to settle"] = round(seconds)

    def _is_settled(self) -> bool:
        told = Announcement.objects.filter(filled_at__isnull=False).count()
        return told == Release.objects.count() and not Delivery.objects.waiting().exists()

    # What befalls it -----------------------------------------------------------------------------------------------

    def deploy(self, within: float) -> float:
        """Ask all workers to end, and start them anew; return how many seconds it took until the last had ended."""
        for worker in self.workers:
            worker.terminate()
        seconds = wait_until(lambda: not any(worker.running for worker in self.workers), within, "the workers end")
        self.run_all()
        return seconds

    def at_an_answer(self, when: str, do: Callable[[Process], None]) -> Process:
        """Do this to the worker that the relay answers next, "before" or "after" its answer is written; return it."""
        struck: SimpleQueue[Process] = SimpleQueue()

        def strike(port: int) -> bool:
            # A mail may still come out of the wire whose worker is dead.
            worker = next((worker for worker in self.workers if worker.calls_from(port)), None)
            if worker is None:
                return False
            do(worker)
            struck.put(worker)
            return True

        self.relay.ambushes[when] = strike
        try:
            return struck.get(timeout=120)
        except Empty:
            raise AssertionError("the relay had no mail to answer") from None

    def kill_workers(self) -> None:
        for worker in self.workers:
            worker.kill()

    def freeze_in_a_claim(self) -> Process:
        """Start the workers, freeze one that has locked lines and not taken them yet, and return it."""
        with psycopg.connect(self.database.url) as database:
            database.execute("LOCK TABLE subscriptions_delivery IN SHARE MODE")  # one may lock lines, and write none
            self.run_all()
            self.ring("deliver")
            wait_until(lambda: bool(self._held_up()), 60, "a worker takes lines")
            port = self._held_up()[0]
            frozen = next(worker for worker in self.workers if worker.calls_from(port))
            frozen.freeze()
        return frozen

    @staticmethod
    def _held_up() -> list[int]:
        """Return the ports of those who wait to write lines."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT client_port FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s",
                ['UPDATE "subscriptions_delivery"%'],
            )
            return [port for (port,) in cursor.fetchall()]

    def lose_journal(self) -> None:
        """Lose what the workers of this machine noted, as with its disk."""
        shutil.rmtree(self.journal)
