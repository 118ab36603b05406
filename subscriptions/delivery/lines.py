"""A line of the ledger as those see it who send it."""

from datetime import datetime
from typing import NamedTuple


class Line(NamedTuple):
    """What sending takes of a delivery. A model instance would cost as much as all else that is done for a mail."""

    pk: int
    attempts: int
    announcement_id: int | None
    digest_run_id: int | None
    edition_id: int | None
    language: str
    had_in: str
    subscriber_id: int | None
    created_at: datetime
    address: str | None  # None: the subscriber was erased
