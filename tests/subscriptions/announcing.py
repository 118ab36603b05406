"""Announcements for tests, their ledger filled."""

from subscriptions.delivery import ledger
from tests.making import make_release, make_statement, make_subscriber


def announce_to(*names: str) -> None:
    for name in names:
        make_subscriber(f"{name}@example.org")
    make_release(make_statement())
    ledger.announce_due()


def announce_to_many(number: int) -> None:
    for reader in range(number):
        make_subscriber(f"reader{reader:03}@example.org")
    make_release(make_statement(slug="many"))
    ledger.announce_due()
