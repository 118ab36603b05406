"""How a log line is written: what happened, then what it is about as key=value, or the same as JSON.

A line names announcements and deliveries by their numbers and nobody by their address. So of what a logger is handed
in `extra` only whole numbers are printed: Celery and Django put arguments and requests there. And whatever looks like
an address, in a relay's answer that became an exception or in a traceback, is taken out of every line.
"""

import json
import logging
from datetime import UTC, datetime

from subscriptions.addresses import without_addresses

_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({})))


class TextFormatter(logging.Formatter):
    """Writes `2026-11-21 03:12:00,123 INFO subscriptions.delivery.worker: refused announcement=12 delivery=345`."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:
        pairs = (f" {name}={number}" for name, number in numbers(record).items())
        return super().formatMessage(record) + "".join(pairs)

    def format(self, record: logging.LogRecord) -> str:
        return without_addresses(super().format(record))


class JsonFormatter(logging.Formatter):
    """Writes one JSON object a line, with the same content."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_addresses(record.getMessage()),
            **numbers(record),
        }
        if record.exc_info:
            line["exception"] = without_addresses(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def numbers(record: logging.LogRecord) -> dict[str, int]:
    """Return what a line is about: the whole numbers of its `extra`."""
    extra = {name: value for name, value in vars(record).items() if name not in _EVERY_RECORD}
    return {name: value for name, value in extra.items() if isinstance(value, int)}
