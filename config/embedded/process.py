"""The whole site in one process: a web server, a Celery worker and its clock, each in a thread."""

import logging
import os
import signal
import threading
from typing import NoReturn

from celery.beat import Scheduler, Service
from celery.worker import WorkController, state
from django.core.servers.basehttp import (
    ThreadedWSGIServer,
    WSGIRequestHandler,
    get_internal_wsgi_application,
)

from config.celery import app

QUEUES = ["deliveries", "letters", "hub"]
# Seconds to finish what is under way. What is cut off is due again at the next start: the ledger sees to that.
PATIENCE = 2.0
QUIET = ["celery", "kombu", "django.server", "django.request"]


class EmbeddedSite:
    """Owns the port from the moment it is made, serves and works once started, until a signal ends it."""

    def __init__(self, host: str, port: int) -> None:
        """Take the port. Raises OSError if another program has it."""
        self.server = ThreadedWSGIServer((host, port), WSGIRequestHandler)
        self.ended = threading.Event()

    def start(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.ended.set())
        self.server.set_app(get_internal_wsgi_application())
        worker, self.beat = self._worker(), self._beat()
        # Only now: the application and the worker each set up logging anew.
        for name in QUIET:
            logging.getLogger(name).setLevel(logging.ERROR)
        self.threads = [
            threading.Thread(target=target, name=name, daemon=True)
            for name, target in [
                ("web", self.server.serve_forever),
                ("worker", worker.start),
                ("beat", self.beat.start),
            ]
        ]
        for thread in self.threads:
            thread.start()

    def wait(self) -> NoReturn:
        """Wait for SIGINT or SIGTERM, and end the process."""
        self.ended.wait()
        self._stop()

    def _worker(self) -> WorkController:
        os.environ["CELERY_SKIP_CHECKS"] = "1"  # The command has just run them.
        return WorkController(
            app=app,
            pool="threads",
            concurrency=4,
            queues=QUEUES,
            loglevel="ERROR",
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
        )

    def _beat(self) -> Service:
        # The plain scheduler keeps no file: every task of the schedule may run early, late or twice.
        return Service(app, max_interval=1, scheduler_cls=Scheduler)

    def _stop(self) -> NoReturn:
        state.should_stop = os.EX_OK  # type: ignore[assignment]
        self.beat.stop()
        self.server.shutdown()
        self.server.server_close()
        for thread in self.threads:
            thread.join(PATIENCE)
        # Not a return: the interpreter would wait for every thread of the worker's pool, however long its mail takes.
        os._exit(os.EX_OK)
