"""What Celery does around each task."""

import sys
from collections.abc import Iterator
from importlib import import_module
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any

import pytest
from celery.fixups.django import DjangoWorkerFixup
from celery.signals import before_task_publish, task_postrun, task_prerun, worker_process_init
from django.db import connection

from config import celery
from subscriptions.tasks import announce


@pytest.fixture
def fixup(monkeypatch: pytest.MonkeyPatch) -> DjangoWorkerFixup:
    """Celery's own doing around the tasks of processes that it forks."""
    fixup = DjangoWorkerFixup(celery.app)
    fixup.worker = SimpleNamespace(pool_cls="celery.concurrency.prefork:TaskPool")
    monkeypatch.setattr(task_prerun, "receivers", task_prerun.receivers.copy())
    monkeypatch.setattr(task_postrun, "receivers", task_postrun.receivers.copy())
    monkeypatch.setattr(worker_process_init, "receivers", [])  # those of a worker that ran in this process
    task_prerun.connect(fixup.on_task_prerun)
    task_postrun.connect(fixup.on_task_postrun)
    worker_process_init.connect(fixup.on_worker_process_init)
    return fixup


@pytest.fixture
def rung() -> Iterator[SimpleQueue[str]]:
    """The tasks that this process rings for."""
    rung = SimpleQueue[str]()

    def hear(sender: str, **kwargs: Any) -> None:
        rung.put(sender)

    before_task_publish.connect(hear)
    yield rung
    before_task_publish.disconnect(hear)


@pytest.mark.postgresql
@pytest.mark.usefixtures("fixup")
@pytest.mark.django_db(transaction=True)
def test_a_task_gives_its_connection_back_and_leaves_the_pool_open() -> None:
    connection.close()
    connection.ensure_connection()
    pool = connection.pool
    task_prerun.send(announce)
    task_postrun.send(announce)
    assert connection.connection is None
    assert connection.pool is pool
    assert not pool.closed


@pytest.mark.postgresql
@pytest.mark.usefixtures("fixup")
@pytest.mark.django_db(transaction=True)
def test_a_process_connects_before_its_first_task(rung: SimpleQueue[str]) -> None:
    celery.prepare_processes()
    worker_process_init.send(None)
    assert not connection.pool.closed
    wait_for_what_the_clock_rings(rung)


def test_a_process_that_serves_pages_rings_before_its_first_page(
    rung: SimpleQueue[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "config.wsgi", raising=False)
    import_module("config.wsgi")
    wait_for_what_the_clock_rings(rung)


def wait_for_what_the_clock_rings(rung: SimpleQueue[str]) -> None:
    """Raises queue.Empty if nothing comes for too long."""
    waited_for = {entry["task"] for entry in celery.app.conf.beat_schedule.values()}
    while waited_for:
        waited_for.discard(rung.get(timeout=10))
