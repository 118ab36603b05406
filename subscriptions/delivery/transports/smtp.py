"""SMTP over several sessions at once, in one thread: while one relay's answer travels, the other sessions go on."""

import selectors
import socket
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.mail import get_connection

from subscriptions.delivery.lines import Line
from subscriptions.delivery.outcomes import Fate, Outcome, of_error, of_failed_opening
from subscriptions.delivery.transports.base import Envelope, Record
from subscriptions.delivery.transports.outbox import ASK_AGAIN, Outbox
from subscriptions.delivery.transports.session import Ended, Session

# So many sessions in a row that end before they took a mail: nobody to talk to, for this time.
FRUITLESS_SESSIONS = 3
# So many are opened at a time: of a relay far away each takes several round trips.
OPENED_AT_ONCE = 8
# How often to look whether a session's time is over, in seconds.
TICK = 0.25


class SmtpTransport:
    """Up to DELIVERY_CONNECTIONS sessions, opened as they prove to be of use: a second one once a mail was accepted.

    A relay that refuses everything is so asked by one session, and a single mail needs no more.
    """

    def __init__(self) -> None:
        self._sessions: list[Session] = []
        self._selector = selectors.DefaultSelector()
        self._opener = ThreadPoolExecutor(OPENED_AT_ONCE, "smtp-open")
        self._opening: list[Future[Any]] = []
        self._opened, self._bell = socket.socketpair()
        self._opened.setblocking(False)
        self._selector.register(self._opened, selectors.EVENT_READ)
        self._most = settings.DELIVERY_CONNECTIONS
        self._outcomes: list[tuple[Line, Outcome]] = []  # not recorded yet
        self._accepted_before = 0  # by sessions that are over
        self._fruitless = 0
        self._look_at = 0.0  # whether a session's time is over

    def deliver(self, envelopes: Iterable[Envelope | None], record: Record) -> None:
        self._outbox, self._record = Outbox(envelopes), record
        while True:
            self._begin()
            if not self._busy() and not self._outbox.waits:
                return
            self._wait()

    def close(self) -> None:
        for session in self._sessions:
            session.close()
        self._sessions.clear()
        self._opener.shutdown(wait=False, cancel_futures=True)
        for opening in self._opening:
            opening.add_done_callback(_close_unused)
        self._selector.close()
        self._opened.close()
        self._bell.close()

    # Sessions ------------------------------------------------------------------------------------------------------

    def _busy(self) -> bool:
        return any(not session.idle for session in self._sessions)

    def _begin(self) -> None:
        """Give idle sessions something to do, and open one more where none is idle."""
        self._join()
        for session in [session for session in self._sessions if session.idle]:
            if envelope := self._outbox.take():
                self._attend(session, session.begin, envelope)
        while self._wants_more() and self._outbox.peek():
            # In threads: a relay may take its time to greet, and the other sessions go on meanwhile.
            opening = self._opener.submit(_open)
            self._opening.append(opening)
            opening.add_done_callback(self._ring)

    def _wants_more(self) -> bool:
        coming = len(self._opening)
        sessions = len(self._sessions) + coming
        return coming < OPENED_AT_ONCE and sessions < self._most and sessions <= self._accepted()

    def _accepted(self) -> int:
        return self._accepted_before + sum(session.accepted for session in self._sessions)

    def _ring(self, opening: "Future[Any]") -> None:
        with suppress(OSError):
            self._bell.send(b"!")

    def _join(self) -> None:
        """Take up the sessions that were opened meanwhile."""
        for opening in [opening for opening in self._opening if opening.done()]:
            self._opening.remove(opening)
            error = opening.exception()
            if error is None:
                self._take_up(Session(opening.result(), self._outbox, self._became))
            elif self._sessions:
                self._most = len(self._sessions) + len(self._opening)  # The relay wants no more of us.
            else:
                self._give_up(of_failed_opening(error))

    def _give_up(self, outcome: Outcome) -> None:
        """Record this of all that is at hand. The caller gives no more, once it has heard of the first."""
        while envelope := self._outbox.take():
            self._record([(envelope.line, outcome)])

    def _take_up(self, session: Session) -> None:
        self._sessions.append(session)
        session.watched_for = session.interest
        self._selector.register(session, session.interest, session)

    def _wait(self) -> None:
        """Wait until something happens, and do what follows from it. It happens for almost every mail."""
        heard: list[Session] = []
        for key, events in self._selector.select(TICK if self._busy() else ASK_AGAIN):
            if key.data is None:
                self._opened.recv(64)
            else:
                heard.append(key.data)
                self._attend(key.data, key.data.happened, events)
        self._lose_silent()
        self._record_all()
        while heard := [session for session in heard if session.waits_for_notes]:
            for session in heard:
                self._attend(session, session.go_on)
                self._record_all()

    def _lose_silent(self) -> None:
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + TICK
        for session in [session for session in self._sessions if not session.idle and session.deadline < now]:
            self._lose(session, TimeoutError("the server said nothing in time"))

    def _became(self, line: Line, outcome: Outcome) -> None:
        self._outcomes.append((line, outcome))

    def _record_all(self) -> None:
        if self._outcomes:
            self._record(self._outcomes)
            self._outcomes.clear()

    def _attend(self, session: Session, step: Callable[..., None], *arguments: Any) -> None:
        """Let a session take a step, and let go of it if it has come to its end."""
        try:
            step(*arguments)
        except Ended as end:
            self._lose(session, end.why)
        else:
            if session.watched_for != session.interest:
                session.watched_for = session.interest
                self._selector.modify(session, session.interest, session)

    def _lose(self, session: Session, error: Exception) -> None:
        self._sessions.remove(session)
        self._selector.unregister(session)
        self._accepted_before += session.accepted
        self._fruitless = 0 if session.accepted else self._fruitless + 1
        outcome = of_error(error)
        if self._fruitless >= FRUITLESS_SESSIONS and outcome.fate is Fate.DEFERRED:
            outcome = Outcome(Fate.UNREACHABLE, outcome.reason)
        session.fail(outcome)
        self._record_all()


def _open() -> Any:
    """Return Django's backend with an open session; TLS and AUTH are its."""
    backend: Any = get_connection()
    try:
        backend.open()
        backend.connection.ehlo_or_helo_if_needed()  # Django says it only before TLS or AUTH.
    except BaseException:
        _close(backend)
        raise
    return backend


def _close(backend: Any) -> None:
    with suppress(Exception):
        backend.close()


def _close_unused(opening: "Future[Any]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        _close(opening.result())
