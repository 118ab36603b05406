"""Lines on their way out: claimed, composed, handed over, recorded, for as long as there are any."""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from django.conf import settings
from django.db import connection

from statements.models import Edition
from subscriptions.delivery import ledger
from subscriptions.delivery.ahead import Ahead
from subscriptions.delivery.digests import editions_of
from subscriptions.delivery.journal import Journal
from subscriptions.delivery.leases import Lease, sources
from subscriptions.delivery.letters import Letter, digest_letter, statement_letter
from subscriptions.delivery.lines import Line
from subscriptions.delivery.outcomes import Fate, Outcome
from subscriptions.delivery.pace import Metronome, is_quiet
from subscriptions.delivery.transports.base import Envelope, Transport
from subscriptions.models import Announcement, Delivery, DigestRun, Subscriber, Subscription
from subscriptions.suppressing import suppress_address

logger = logging.getLogger(__name__)

# With so small a part of a batch left at hand, the next are taken while these go out.
FEW = 1 / 4
# How long a worker sends without asking which of its lines are still owed, and still its own, in seconds.
LOOK_EVERY = 0.5
# So many mails in a row that the relay refuses for what they are, and not for whom they are to, stop the announcement.
REJECTED_IN_A_ROW = 10
# Fewer are tried again, so often in all: what one filter takes for spam, it may not take for spam tomorrow.
MOST_REJECTIONS = 3


class Worker:
    """Takes lines batch by batch under one lease number, and notes in one journal what was accepted."""

    def __init__(self, seconds: float, wake: Callable[[], None] = lambda: None) -> None:
        """Take no mail in hand later than so many seconds after the first. `wake` is called once if there is work for
        more than one worker, and once if the time was over first."""
        self.lease = Lease()
        self.seconds = seconds
        self.stop_at = time.monotonic() + seconds
        self.wake = wake
        self.accepted = 0
        self.journal = Journal(str(self.lease.number))
        self._lines: deque[Line] = deque()
        self._begun: set[int] = set()  # with the transport, their texts not out yet
        self._sent: dict[int, str] = {}  # with the provider's numbers
        # Composed once for all who get the same; None where nothing is left to tell.
        self._statements: dict[tuple[int, str], Letter | None] = {}
        self._digests: dict[tuple[object, ...], Letter | None] = {}
        self._sources: list[int | None] = []
        self._metronome = Metronome()
        self._rejected_in_a_row = 0
        self._woke = self._went_out = False
        self._ahead = Ahead(self._next_lines)
        self._few = settings.DELIVERY_BATCH * FEW
        # With those in the air on as many sessions they are a batch: so many, and no more, are sent again if the
        # machine is lost with its disk.
        self._most_unrecorded = settings.DELIVERY_BATCH - settings.DELIVERY_CONNECTIONS
        self._has_more = False  # or so it seems: the last batch was full
        self._looked_at = self._renewed_at = time.monotonic()
        # How long after its renewal a lease still leaves time for a whole mail, in seconds.
        self._spare = settings.DELIVERY_LEASE.total_seconds() - 2 * settings.EMAIL_TIMEOUT

    def work(self, transport: Transport) -> int:
        """Send what is due and return how many mails were accepted."""
        transport.deliver(self._envelopes(), self._record)
        return self.accepted

    def close(self) -> None:
        """Tell the database all that is in the journal, and let go of what was not begun.

        If the database is away, the journal stays for whoever comes next.
        """
        try:
            self._ahead.close()
            self._flush()
            self._let_go()
        except BaseException:
            self.journal.leave()
            raise
        self.journal.remove()

    # What goes out -------------------------------------------------------------------------------------------------

    def _envelopes(self) -> Iterator[Envelope | None]:
        """Yield, one at a time, what is still owed and still ours; None while it is not yet time for the next."""
        while self._has_lines():
            if not self._metronome.beats():
                yield None
            elif envelope := self._envelope(self._lines.popleft()):
                yield envelope
        self._let_go()  # A relay so slow should not keep them, nor hold up a deploy.
        if self.seconds and time.monotonic() >= self.stop_at:  # Not where the relay is away: see `_put_back`.
            self.wake()

    def _has_lines(self) -> bool:
        now = time.monotonic()
        if now >= self.stop_at and self._metronome.is_behind:
            return False
        if now - self._looked_at > LOOK_EVERY:
            self._look_again()
        if len(self._lines) < self._few:
            self._refill(now)
        return bool(self._lines)

    def _refill(self, now: float) -> None:
        """Add what was taken ahead; take more, or have it taken while what is at hand goes out."""
        if self._ahead.has_taken or not self._lines:
            self._add(self._ahead.fetch(), self._ahead.begun_at)
        if now >= self.stop_at or is_quiet():
            return
        if not self._lines:
            self.claim()
        elif self._has_more and self._may_take_ahead():
            self._ahead.begin()

    def _may_take_ahead(self) -> bool:
        """Tell whether the site has no rate, which is reserved for what is at hand, and the database a lock for each
        line: SQLite has one for all, and two who take lines at once would wait for each other."""
        return self._metronome.is_free and connection.features.has_select_for_update_skip_locked

    def claim(self) -> None:
        """Take a batch of the next source that has one, so that a long announcement does not hold up a short one."""
        begun_at = time.monotonic()
        self._add(self._next_lines(), begun_at)

    def _next_lines(self) -> list[Line]:
        for _ in range(2):
            while self._sources:
                if lines := self.lease.claim(self._sources.pop(0), self._metronome.limit):
                    return lines
            self._sources = sources()
        return []

    def _add(self, lines: list[Line], taken_at: float) -> None:
        """Add lines that were taken at this moment."""
        self._has_more = len(lines) == self._metronome.limit
        if not lines:
            return
        if self._lines or self._begun:
            # Of all that is held the oldest counts; and these may be older than the last renewal.
            self._renewed_at = min(self._renewed_at, taken_at)
        else:
            self._looked_at = self._renewed_at = taken_at
        self._lines.extend(lines)
        self._metronome.reserve(len(lines))

    def _wake_another(self) -> None:
        if not self._woke:
            self._woke = True
            self.wake()

    def _look_again(self) -> None:
        """Let go of what was cancelled, paused, or lost while we were frozen; renew the lease of the rest."""
        self._flush()
        pks = self._begun.union(line.pk for line in self._lines)
        if self._lease_ages():
            self.lease.renew(pks)
            self._renewed_at = time.monotonic()
        if lost := self.lease.lost(pks):
            # What was paused is still ours: given back, it may go at once when staff resume it.
            self.lease.release(lost)
            self._lines = deque(line for line in self._lines if line.pk not in lost)
            self._begun -= lost
        # The ledger will say so too, but not before it is known who has the text already.
        withdrawn = _withdrawn({number for number, _ in self._statements})
        self._statements.update(dict.fromkeys(key for key in self._statements if key[0] in withdrawn))
        self._looked_at = time.monotonic()

    def _lease_ages(self) -> bool:
        return time.monotonic() - self._renewed_at > self._spare / 2

    def _may_go(self, line: Line) -> bool:
        """Tell whether this mail is still owed and still ours, and whether there is time for it under the lease.

        A relay that takes its time to greet, or a process that was frozen, may have used the lease up. From the text to
        the relay's last word it may take two timeouts.
        """
        if time.monotonic() - self._renewed_at >= self._spare:
            self._look_again()
        if not self._went_out:
            # A relay may take its time to greet, and all of ours.
            self._went_out, self.stop_at = True, time.monotonic() + self.seconds
        may_go = line.pk in self._begun
        self._begun.discard(line.pk)
        return may_go

    def _envelope(self, line: Line) -> Envelope | None:
        if line.address is None:
            self._forget(line)
            return None
        try:
            letter = self._letter(line)
        except Exception as error:  # Whatever a template or a library raises: it is the text's fault, not the line's.
            logger.exception("letter cannot be composed", extra=_ids(line))
            fate = Fate.BLOCKED if line.announcement_id else Fate.DEFERRED
            self._record_untaken(line, Outcome(fate, f"The letter cannot be composed: {error}"))
            return None
        if letter is None:
            self._cancel(line, "Nothing is left to tell.")
            return None
        self._begun.add(line.pk)
        return Envelope(line, letter, line.address, self._may_go)

    def _letter(self, line: Line) -> Letter | None:
        return self._digest(line) if line.edition_id is None else self._statement(line.edition_id, line.had_in)

    def _statement(self, number: int, had_in: str) -> Letter | None:
        """Return the letter of an edition: composed once for all who get it in the same words."""
        key = number, had_in
        if key not in self._statements:
            edition = Edition.objects.for_reading().get(pk=number)
            self._statements[key] = None if _withdrawn([number]) else statement_letter(edition, had_in)
        return self._statements[key]

    def _digest(self, line: Line) -> Letter | None:
        editions = editions_of(line)
        key = (line.digest_run_id, line.language, *(edition.pk for edition in editions))
        if key not in self._digests:
            run = DigestRun.objects.get(deliveries=line.pk)
            self._digests[key] = digest_letter(run, line.language, editions) if editions else None
        return self._digests[key]

    # What became of it ---------------------------------------------------------------------------------------------

    def _record(self, outcomes: Sequence[tuple[Line, Outcome]]) -> None:
        """Note first what was accepted, where it outlives this process: the database may be away.

        The database is told with the next look, all at once, or when they are almost a batch.
        """
        sent = [(line, outcome.provider_id) for line, outcome in outcomes if outcome.fate is Fate.SENT]
        self._sent.update([(line.pk, number) for line, number in sent])
        self.journal.add([line for line, _ in sent])
        self.accepted += len(sent)
        if sent and self._has_more:  # Not before: where the relay is away, they would wake each other without end.
            self._wake_another()
        for line, outcome in outcomes:
            if outcome.fate is Fate.SENT:
                self._rejected_in_a_row = 0
            else:
                self._record_untaken(line, outcome)
        if len(self._sent) > self._most_unrecorded:
            self._flush()

    def _record_untaken(self, line: Line, outcome: Outcome) -> None:
        self._begun.discard(line.pk)
        # The relay's words stay out of the log: they often repeat the address.
        logger.info(outcome.fate.name.lower(), extra=_ids(line))
        match outcome.fate:
            case Fate.REJECTED:
                self._reject(line, outcome)
            case Fate.REFUSED:
                self.lease.ours([line.pk]).settle(Delivery.Status.FAILED, outcome.reason)
                if outcome.no_such_address and line.address:
                    suppress_address(line.address, Subscription.Ended.BOUNCED)
            case Fate.DEFERRED:
                self.lease.put_off(line, outcome.reason)
            case Fate.LOST:
                pass  # Whoever has the line now records what becomes of it.
            case Fate.UNREACHABLE:
                self._put_back(line, outcome)
            case Fate.BLOCKED:
                self._put_back(line, outcome)
                self._pause(line, outcome)

    def _reject(self, line: Line, outcome: Outcome) -> None:
        """Try again later what was refused for what it is; but not if it is all that is refused."""
        self._rejected_in_a_row += 1
        if self._rejected_in_a_row >= REJECTED_IN_A_ROW:
            self._record_untaken(line, replace(outcome, fate=Fate.BLOCKED))
        elif line.attempts >= MOST_REJECTIONS:
            self.lease.ours([line.pk]).settle(Delivery.Status.FAILED, outcome.reason)
        else:
            self.lease.put_off(line, outcome.reason)

    def _put_back(self, line: Line, outcome: Outcome) -> None:
        """Let go of all that was not begun, and take nothing more: the clock will ask again."""
        self.lease.put_back([line.pk], outcome.reason)
        self._let_go()
        self.seconds = self.stop_at = 0.0

    def _let_go(self) -> None:
        """Give back all that was not begun."""
        self._lines.extend(self._ahead.fetch())
        if self._lines:
            self.lease.release([line.pk for line in self._lines])
            self._lines.clear()

    def _pause(self, line: Line, outcome: Outcome) -> None:
        if line.announcement_id is not None:
            ledger.pause(Announcement.objects.get(pk=line.announcement_id), outcome.reason)

    def _cancel(self, line: Line, reason: str) -> None:
        self.lease.ours([line.pk]).settle(Delivery.Status.CANCELLED, reason)

    def _forget(self, line: Line) -> None:
        """Close the line of a subscriber who was erased, also where it was written while they were."""
        self._cancel(line, "The subscriber was erased.")
        gone = Delivery.objects.filter(pk=line.pk).exclude(subscriber__in=Subscriber.objects.all())
        gone.update(subscriber=None)

    def _flush(self) -> None:
        if self._sent:
            ledger.record_sent(self._sent.keys())
            ledger.record_numbers({pk: number for pk, number in self._sent.items() if number})
            self._sent.clear()
            self.journal.forget()


def _withdrawn(editions: Iterable[int]) -> list[int]:
    return list(Edition.objects.filter(pk__in=list(editions)).withdrawn().values_list("pk", flat=True))


def _ids(line: Line) -> dict[str, int | None]:
    return {"announcement": line.announcement_id, "digest_run": line.digest_run_id, "delivery": line.pk}
