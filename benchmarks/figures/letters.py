"""How long somebody waits who signs up while a statement is on its way to all."""

import time
from collections.abc import Iterator, Set

import requests

from benchmarks.bench import Bench
from benchmarks.figures.theme import Theme
from benchmarks.receivers import OwnServer, lean_receiver
from benchmarks.report import Figure
from benchmarks.sending import Watch
from benchmarks.staff import Staff

ADDRESS = "newcomer@example.com"
MULTIPLE = 10
# Asked for when so much of the statement is out.
IN_THE_MIDDLE = 0.3


def measure(bench: Bench, wanted: Set[str]) -> Iterator[Figure]:
    readers = bench.readers * MULTIPLE
    waited: list[float] = []
    for _ in bench.rounds("a letter meanwhile"):
        bench.progress.step(f"asked for while {readers:,} mails go out")
        with lean_receiver(bench.folder, watch=ADDRESS) as receiver:
            waited.append(_seconds_until_the_letter_came(bench, receiver, readers))
    yield Figure("confirmation_mail", waited, "s", f"asked for in the middle of {readers:,} mails")


def _seconds_until_the_letter_came(bench: Bench, receiver: OwnServer, readers: int) -> float:
    database = bench.site.database(readers)
    with bench.site.running(database, EMAIL_URL=f"smtp://127.0.0.1:{receiver.port}") as processes:
        staff = Staff(processes.url)
        staff.publish(staff.review())
        Watch(bench.progress, int(readers * IN_THE_MIDDLE)).until_all(lambda: receiver.accepted)
        asked = time.monotonic()
        requests.post(f"{processes.url}/ar/sign-up/", {"email": ADDRESS}, timeout=60).raise_for_status()
        came = Watch(bench.progress, 1).until_all(lambda: receiver.tally.watched)
        if receiver.accepted >= readers:
            raise RuntimeError("The statement was out before the letter was.")
    return came - asked


THEMES = [Theme(("confirmation_mail",), measure)]
