"""A postman for tests about who gets what: he takes all that is owed, as a worker does, and hands it to nobody."""

from collections import defaultdict
from collections.abc import Iterator

from statements.models import Edition
from subscriptions.delivery import digests, leases, ledger
from subscriptions.delivery.lines import Line
from subscriptions.models import Delivery, DigestRun


def mails() -> Iterator[tuple[Line, list[Edition]]]:
    """Send all that is due: each line, and what its mail tells."""
    lease = leases.Lease()
    for source in leases.sources():
        while lines := lease.claim(source, 1000):
            for line in lines:
                editions = [Edition.objects.get(pk=line.edition_id)] if line.edition_id else digests.editions_of(line)
                if editions:
                    ledger.record_sent({line.pk})
                    yield line, editions
                else:
                    Delivery.objects.filter(pk=line.pk).settle(Delivery.Status.CANCELLED, "Nothing is left to tell.")


def deliver() -> dict[str, list[str]]:
    """Send all that is due and return what each reader got, mail by mail.

    "s0 en" is a statement's first edition, by itself; "daily: s1 ar, s0 en 2" is a digest, the newest first.
    """
    got = defaultdict(list)
    for line, editions in mails():
        names = ", ".join(name(edition) for edition in editions)
        run = DigestRun.objects.filter(pk=line.digest_run_id).first()
        got[str(line.address)].append(f"{run.frequency}: {names}" if run else names)
    return dict(got)


def name(edition: Edition) -> str:
    number = f" {edition.number}" if edition.number > 1 else ""
    return f"{edition.statement.slug} {edition.language}{number}"


def tick() -> dict[str, list[str]]:
    """Do what the clock and a worker do whenever they look, and return what each reader got."""
    ledger.announce_due()
    digests.run_due()
    return deliver()
