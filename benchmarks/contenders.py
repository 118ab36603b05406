"""The ways to send the same mails that the product is compared with. Each returns its rate, in mails per second."""

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial

from benchmarks.bench import Bench
from benchmarks.programs import PYTHON, Program, output_of, running
from benchmarks.receivers import SMTP_SOURCE, Receiver
from benchmarks.site import OF_THE_PRODUCT, PROCESSES


def connections() -> int:
    """How many connections each of the product's workers keeps: its default, unless it is told otherwise."""
    return int(os.environ.get("DELIVERY_CONNECTIONS", OF_THE_PRODUCT["DELIVERY_CONNECTIONS"]))


def wire(bench: Bench, receiver: Receiver, mails: int) -> float:
    """Ready-made mails over as many connections as the product uses, from as many processes."""
    share = mails // PROCESSES
    command = [PYTHON, "-m", "benchmarks.wire", str(receiver.port), str(share), str(connections()), str(bench.letter)]
    return share * PROCESSES / _seconds_together(bench, command, os.environ)


def anymail_alone(bench: Bench, mails: int, **settings: str) -> float:
    """Anymail's ordinary sending, in as many processes as the product uses."""
    share = mails // PROCESSES
    environment = bench.site.environment(bench.site.database(bench.readers), **settings)
    command = [PYTHON, "-m", "benchmarks.inside.anymail_alone", str(share)]
    return share * PROCESSES / _seconds_together(bench, command, environment)


def _seconds_together(bench: Bench, command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Start the processes, let them begin when all are ready, and return how long the slower one took."""
    with ExitStack() as stack:
        outputs = [bench.folder / f"sender-{number}" for number in range(PROCESSES)]
        senders = [stack.enter_context(running(command, output=output, environment=environment)) for output in outputs]
        for sender in senders:
            sender.wait_until(partial(sender.said, "ready"))
        began = time.monotonic()
        for sender in senders:
            sender.process.stdin.write(b"\n")
            sender.process.stdin.flush()
        return max(map(_ended_at, senders)) - began


def _ended_at(sender: Program) -> float:
    sender.wait()
    return float(sender.output.read_text().split()[-1])


def smtp_source(bench: Bench, receiver: Receiver, mails: int) -> float:
    """Postfix's own load generator, over the same number of kept connections; it does not pipeline."""
    assert SMTP_SOURCE is not None
    sessions = str(connections() * PROCESSES)
    size = str(len(bench.mail))
    addresses = ["-f", "statements@example.org", "-t", "reader@example.org"]
    command = [SMTP_SOURCE, "-4", "-d", "-s", sessions, "-m", str(mails), "-l", size, *addresses]
    began = time.monotonic()
    output_of([*command, f"127.0.0.1:{receiver.port}"], environment=os.environ)
    return mails / (time.monotonic() - began)
