"""The ledger filled for the same readers, in both ways: `python -m benchmarks.inside.filling RUNS`.

Prints a line of JSON for each run: how many rows, and the seconds of each way.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import date

from django.db import connection

from benchmarks.statement import TITLE, body
from statements.models import Release, Statement
from statements.publishing import Draft, publish
from subscriptions.audience import Readers, Tidings, audience
from subscriptions.delivery.ledger import announce
from subscriptions.models import Announcement, Delivery, Frequency


def release(slug: str) -> Release:
    """Publish the statement once more under another name, so that nobody has been told of it."""
    like = Statement.objects.get(slug="rivers-and-dams")
    copy = Statement.objects.create(
        slug=slug,
        issuer=like.issuer,
        type=like.type,
        date=date(2026, 4, 19),
        original_language="ar",
        title_ar=TITLE,
        body_ar=body(),
    )
    return publish(Draft(copy, ("ar",)))


def seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def in_one_statement(number: int) -> float:
    """Return how long the product takes, all that belongs to it included."""
    own = release(f"one-statement-{number}")
    Announcement.objects.create(release=own)
    return seconds(lambda: announce(own))


def by_bulk_create(number: int) -> tuple[float, float]:
    """Return how long Django's way takes: to read whom it concerns into objects, and to write them."""
    own = release(f"bulk-create-{number}")
    announcement = Announcement.objects.create(release=own)
    readers = audience(Tidings.of_release(own), Frequency.IMMEDIATE)
    lines: list[Delivery] = []
    reading = seconds(lambda: lines.extend(_lines(announcement, own, readers)))
    writing = seconds(lambda: Delivery.objects.bulk_create(lines))
    return reading, writing


def _lines(announcement: Announcement, own: Release, readers: Readers) -> list[Delivery]:
    edition = own.editions.get()
    return [
        Delivery(announcement=announcement, subscriber_id=pk, edition=edition, language=language)
        for pk, language in readers.values_list("pk", "language")
    ]


def empty_the_ledger() -> None:
    """Leave nothing behind, dead rows neither: each way finds what the other found."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE subscriptions_delivery CASCADE")


if __name__ == "__main__":
    for run in range(int(sys.argv[1])):
        one_statement = in_one_statement(run)
        rows = Delivery.objects.count()
        empty_the_ledger()
        reading, writing = by_bulk_create(run)
        empty_the_ledger()
        print(json.dumps({"rows": rows, "one": one_statement, "read": reading, "write": writing}), flush=True)
