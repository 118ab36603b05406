"""A clock for tests: what Python and the database say the time is, and no other time passes."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone


class Clock:
    """The time of the test. Set it beyond today: what the database fills in by itself it takes from its own clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
        self.now = now
        monkeypatch.setattr(timezone, "now", lambda: self.now)
        monkeypatch.setattr(Now, "as_postgresql", self._postgresql)
        monkeypatch.setattr(Now, "as_sqlite", self._sqlite)

    def pass_by(self, **span: float) -> None:
        """`clock.pass_by(days=2, hours=3)`."""
        self.now += timedelta(**span)

    def _postgresql(self, *arguments: Any, **context: Any) -> tuple[str, list[datetime]]:
        return "%s::timestamptz", [self.now]

    def _sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[str]]:
        return "%s", [connection.ops.adapt_datetimefield_value(self.now)]
