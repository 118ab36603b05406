"""What is being done and how far it is, on standard error."""

import sys
import time

WIDTH = 28
EVERY = 0.2


class Progress:
    """One line that is written over and over on a terminal; elsewhere one line a step."""

    def __init__(self) -> None:
        self.live = sys.stderr.isatty()
        self.prefix = self.label = ""
        self.shown_at = 0.0
        self.failures = 0

    def step(self, label: str) -> None:
        """Say what begins."""
        self.label = f"{self.prefix}: {label}"
        self.shown_at = 0.0
        if self.live:
            self._write(self.label)
        else:
            print(self.label, file=sys.stderr, flush=True)

    def show(self, done: int, of: int) -> None:
        """Say how far it is; called often, it writes five times a second."""
        now = time.monotonic()
        if self.live and now - self.shown_at > EVERY:
            self.shown_at = now
            bar = ("█" * (WIDTH * done // max(of, 1))).ljust(WIDTH, "·")
            self._write(f"{bar} {done:>7,} of {of:,}  {self.label}")

    def fail(self, why: str) -> None:
        """Say that what had begun could not be measured."""
        self.failures += 1
        self.clear()
        print(f"{self.label} failed: {why}", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self.live:
            self._write("")

    def _write(self, line: str) -> None:
        sys.stderr.write(f"\r\033[K{line}")
        sys.stderr.flush()
