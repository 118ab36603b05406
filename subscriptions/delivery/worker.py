"""One batch of lines on its way out: composed, handed over, recorded."""

import logging
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from django.conf import settings
from django.db.models.functions import Now

from statements.models import Edition
from subscriptions.delivery import leases, ledger
from subscriptions.delivery.digests import editions_of
from subscriptions.delivery.journal import Journal
from subscriptions.delivery.letters import Letter, digest_letter, statement_letter
from subscriptions.delivery.outcomes import Fate, Outcome
from subscriptions.delivery.transports.base import Envelope, Transport
from subscriptions.models import Delivery, Subscription
from subscriptions.suppressing import suppress_address

logger = logging.getLogger(__name__)

# How long a worker sends without asking which of its lines are still owed, and still its own, in seconds.
LOOK_EVERY = 0.25
# So many mails in a row that the relay refuses for what they are, and not for whom they are to, stop the announcement.
REJECTED_IN_A_ROW = 10
# Fewer are tried again, so often in all: what one filter takes for spam, it may not take for spam tomorrow.
MOST_REJECTIONS = 3

Letters = dict[int, Letter]


class Worker:
    """Holds a batch under one lease. `letters` are those composed so far, by edition: editions never change."""

    def __init__(self, lease: uuid.UUID, lines: list[Delivery], letters: Letters) -> None:
        self.lease = lease
        self.lines = lines
        self.letters = letters
        self.sent: list[int] = []
        self.rejected_in_a_row = 0
        self.journal = Journal(str(lease))
        self.looked_at = time.monotonic()

    def work(self, transport: Transport) -> int:
        """Send the batch and return how many mails were accepted."""
        sent = 0
        for envelope, outcome in transport.deliver(self._envelopes()):
            sent += outcome.fate is Fate.SENT
            self._record(envelope.line, outcome)
        return sent

    def close(self) -> None:
        """Tell the database all that is in the journal. If it is away, the journal stays for whoever comes next."""
        try:
            self._flush()
        except BaseException:
            self.journal.leave()
            raise
        self.journal.remove()

    # What goes out -------------------------------------------------------------------------------------------------

    def _envelopes(self) -> Iterator[Envelope]:
        """Yield, one at a time, what is still owed and still ours."""
        while True:
            if time.monotonic() - self.looked_at > LOOK_EVERY:
                self._look_again()
            if not self.lines:
                return
            if envelope := self._envelope(self.lines.pop(0)):
                yield envelope

    def _look_again(self) -> None:
        """Renew the lease of what is left, and let go of what was cancelled, or lost while we were frozen."""
        self._flush()
        pks = [line.pk for line in self.lines]
        leases.renew(self.lease, pks)
        self.looked_at = time.monotonic()
        self.lines = leases.held(self.lease, pks)

    def _envelope(self, line: Delivery) -> Envelope | None:
        if line.subscriber is None:
            self._cancel(line, "The subscriber was erased.")
            return None
        try:
            letter = self._letter(line)
        except Exception as error:  # Whatever a template or a library raises: it is the text's fault, not the line's.
            logger.exception("delivery %s: its letter cannot be composed", line.pk)
            fate = Fate.BLOCKED if line.announcement_id else Fate.DEFERRED
            self._record(line, Outcome(fate, f"The letter cannot be composed: {error}"))
            return None
        if letter is None:
            self._cancel(line, "Nothing is left to tell.")
            return None
        return Envelope(line, letter, line.subscriber.email, may_go=partial(self._may_go, line))

    def _may_go(self, line: Delivery) -> bool:
        """Tell whether there is time for this mail under the lease; where there may not be, renew it if it is ours yet.

        A relay that takes its time to greet, or a process that was frozen, may have used the lease up. From the text to
        the relay's last word it may take two timeouts.
        """
        left = settings.DELIVERY_LEASE.total_seconds() - (time.monotonic() - self.looked_at)
        if left > 2 * settings.EMAIL_TIMEOUT:
            return True
        self._look_again()
        leases.renew(self.lease, [line.pk])
        return bool(leases.held(self.lease, [line.pk]))

    def _letter(self, line: Delivery) -> Letter | None:
        """Return the line's letter: composed once for all readers of an edition, once for each digest."""
        if line.edition_id is None:
            editions = editions_of(line)
            return digest_letter(line.digest_run, line.language, editions) if editions and line.digest_run else None
        if line.edition_id not in self.letters:
            edition = Edition.objects.for_reading().get(pk=line.edition_id)
            self.letters[line.edition_id] = statement_letter(edition)
        return self.letters[line.edition_id]

    # What became of it ---------------------------------------------------------------------------------------------

    def _record(self, line: Delivery, outcome: Outcome) -> None:
        # The relay's words stay out of the log: they often repeat the address.
        level = logging.DEBUG if outcome.fate is Fate.SENT else logging.INFO
        fate = outcome.fate.name.lower()
        logger.log(level, "delivery %s of announcement %s: %s", line.pk, line.announcement_id, fate)
        match outcome.fate:
            case Fate.SENT:
                self.rejected_in_a_row = 0
                self._note_sent(line, outcome)
            case Fate.REJECTED:
                self._reject(line, outcome)
            case Fate.REFUSED:
                leases.ours(self.lease, [line.pk]).settle(Delivery.Status.FAILED, outcome.reason)
                if outcome.no_such_address and line.subscriber:
                    suppress_address(line.subscriber.email, Subscription.Ended.BOUNCED)
            case Fate.DEFERRED:
                leases.put_off(self.lease, line, outcome.reason)
            case Fate.LOST:
                pass  # Whoever has the line now records what becomes of it.
            case Fate.UNREACHABLE:
                self._put_back(line, outcome)
            case Fate.BLOCKED:
                self._put_back(line, outcome)
                if line.announcement:
                    ledger.pause(line.announcement, outcome.reason)

    def _reject(self, line: Delivery, outcome: Outcome) -> None:
        """Try again later what was refused for what it is; but not if it is all that is refused."""
        self.rejected_in_a_row += 1
        if self.rejected_in_a_row >= REJECTED_IN_A_ROW:
            self._record(line, replace(outcome, fate=Fate.BLOCKED))
        elif line.attempts >= MOST_REJECTIONS:
            leases.ours(self.lease, [line.pk]).settle(Delivery.Status.FAILED, outcome.reason)
        else:
            leases.put_off(self.lease, line, outcome.reason)

    def _put_back(self, line: Delivery, outcome: Outcome) -> None:
        """Let go of the whole batch for a while."""
        leases.put_back(self.lease, [line.pk, *(other.pk for other in self.lines)], outcome.reason)
        self.lines = []

    def _note_sent(self, line: Delivery, outcome: Outcome) -> None:
        """Note it where it outlives this process; the database is told with the next look, all at once."""
        self.journal.add(line)
        self.sent.append(line.pk)
        if outcome.provider_id:
            Delivery.objects.filter(pk=line.pk).update(provider_id=outcome.provider_id[:255])

    def _cancel(self, line: Delivery, reason: str) -> None:
        leases.ours(self.lease, [line.pk]).settle(Delivery.Status.CANCELLED, reason)

    def _flush(self) -> None:
        if self.sent:
            record_sent(self.sent)
            self.sent.clear()
            self.journal.forget()


def record_sent(pks: Sequence[int]) -> int:
    """Record that these mails were accepted, and return for how many lines that was news.

    Whatever happened to a line meanwhile, its mail is out, and saying so is the truth; save that the provider may have
    reported already that it came back.
    """
    known = [Delivery.Status.SENT, Delivery.Status.FAILED]
    lines = Delivery.objects.filter(pk__in=pks).exclude(status__in=known)
    return lines.update(status=Delivery.Status.SENT, settled_at=Now(), reason="")
