"""What a page or a feed costs that is known already, beside Django's simplest view."""

import json
import subprocess
from collections.abc import Iterator, Set
from contextlib import contextmanager
from functools import partial

import requests

from benchmarks.bench import Bench
from benchmarks.figures.theme import Theme
from benchmarks.load import CONNECTIONS, TURN
from benchmarks.programs import PYTHON, ROOT, running
from benchmarks.report import Figure, ratio
from benchmarks.staff import Staff
from tests.servers import free_port

# Seconds that each is asked for in a run.
SECONDS = 6
UNCOMPRESSED = {"Accept-Encoding": "identity"}


def measure(bench: Bench, wanted: Set[str]) -> Iterator[Figure]:
    rates: dict[str, list[float]] = {}
    with bench.site.running(bench.site.database(1)) as processes:
        page, feed = _published(processes.url)
        with _bare(bench, page=len(page.content), feed=len(feed.content), nothing=0) as bare:
            # By turns: a process that has rested is let in sooner where others want the processors too.
            asked = {
                "page": _asked(page.url),
                "bare_page": _asked(f"{bare}/page"),
                "feed": _asked(feed.url),
                "bare_feed": _asked(f"{bare}/feed"),
                "304": {**_asked(feed.url), "headers": {"If-None-Match": feed.headers["ETag"]}, "status": 304},
                "bare_nothing": _asked(f"{bare}/nothing"),
            }
            for _ in bench.rounds("reading"):
                bench.progress.step(f"{', '.join(asked)}, in turns")
                for name, rate in zip(asked, _rates(list(asked.values())), strict=True):
                    rates.setdefault(name, []).append(rate)
    for name, seen in rates.items():
        yield Figure(f"requests_per_second_{name}", seen, "requests/s", f"{CONNECTIONS} connections")
    yield ratio("ratio_page_cached", rates["page"], rates["bare_page"], "of a bare view with as many octets")
    yield ratio("ratio_feed_cached", rates["feed"], rates["bare_feed"], "of a bare view with as many octets")
    yield ratio("ratio_304", rates["304"], rates["bare_feed"], "of the same view")
    yield ratio("ratio_304_nothing", rates["304"], rates["bare_nothing"], "of a bare view that answers nothing")


def _asked(url: str) -> dict[str, object]:
    return {"url": url, "headers": {}, "status": 200}


def _published(site: str) -> tuple[requests.Response, requests.Response]:
    """Publish the statement; return its page and the feed it is in."""
    staff = Staff(site)
    staff.publish(staff.review())
    addresses = (f"{site}/ar/statements/{staff.statement}/", f"{site}/ar/feed.atom")
    page, feed = (requests.get(address, headers=UNCOMPRESSED, timeout=60) for address in addresses)
    return page, feed


def _rates(asked: list[dict[str, object]]) -> list[float]:
    """Return how many requests a second were answered to readers in another process."""
    command = [PYTHON, "-m", "benchmarks.load", str(round(SECONDS / TURN))]
    ended = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, cwd=ROOT, check=False)
    if ended.returncode:
        raise RuntimeError(ended.stderr[-3000:])
    rates: list[float] = json.loads(ended.stdout)
    return rates


@contextmanager
def _bare(bench: Bench, **octets: int) -> Iterator[str]:
    """Django alone, on the same server with the same options: a view for each name, which answers so many octets."""
    port = free_port()
    views = " ".join(f"{name}={count}" for name, count in octets.items())
    environment = {**bench.site.environment("postgres"), "BARE": views}
    command = [PYTHON, "-m", "gunicorn", "benchmarks.bare.wsgi", "--threads", "4", "--bind", f"127.0.0.1:{port}"]
    with running(command, output=bench.folder / "bare.log", environment=environment) as program:
        program.wait_until(partial(_answers, f"http://127.0.0.1:{port}/nothing"))
        yield f"http://127.0.0.1:{port}"


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


THEMES = [Theme(("ratio_page_cached", "ratio_feed_cached", "ratio_304", "ratio_304_nothing"), measure)]
