"""docker-compose.yml cannot be started here, but everything it would start can."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from subscriptions.links import Wish, confirm_url
from tests.servers import free_port

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
MANUAL = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
PROGRAMS = Path(sys.executable).parent


def test_it_is_what_the_compose_specification_describes() -> None:
    checked = subprocess.run(
        [PROGRAMS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", ROOT / "docker-compose.yml"],
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout


def test_no_secret_has_a_default() -> None:
    assert re.findall(r"\$\{\w*(?:SECRET|PASSWORD|KEY)\w*:?-.+", TEXT) == []
    for name in ("SECRET_KEY", "ADDRESS_KEY", "WEBHOOK_SECRET", "POSTGRES_PASSWORD"):
        assert f"${{{name}:?" in TEXT


def test_the_manual_names_every_variable() -> None:
    asked = set(re.findall(r"\$\{(\w+)", TEXT))
    settings = (ROOT / "config" / "settings.py").read_text()
    read = set(re.findall(r"""env\.\w+\(\s*["'](\w+)""", settings)) - {"EMBEDDED", "DATA_DIR", "DEBUG"}
    assert (asked | read) - MANUAL == set()


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_looked_after(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"]
    assert "healthcheck" in service
    assert ":" in service["image"] or name in OURS
    for dependency in service.get("depends_on", {}):
        assert dependency in SERVICES
    for volume in service.get("volumes", []):
        assert volume.partition(":")[0] in [*COMPOSE["volumes"], "./brand"]


def test_the_queues_have_a_worker_each(settings: Any) -> None:
    routed = {settings.CELERY_TASK_DEFAULT_QUEUE, *(to["queue"] for to in settings.CELERY_TASK_ROUTES.values())}
    served = {queue for service in OURS.values() for queue in queues(shlex.split(service["command"]))}
    assert routed <= served


def queues(command: list[str]) -> list[str]:
    return command[command.index("-Q") + 1].split(",") if "-Q" in command else []


def test_the_image_is_built_from_what_dockerignore_lets_in(tmp_path: Path) -> None:
    for name in re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    (steps,) = re.findall(r"^COPY \. \.\nRUN (.+?)\n\n", (ROOT / "Dockerfile").read_text(), re.MULTILINE | re.DOTALL)
    steps = re.sub(r"^ *#.*\n", "", steps, flags=re.MULTILINE)
    built = subprocess.run(
        ["sh", "-c", steps],
        cwd=tmp_path,
        env={"PATH": f"{PROGRAMS}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    assert (tmp_path / "var" / "static" / "staticfiles.json").exists()
    assert (tmp_path / "gunicorn.conf.py").exists(), "gunicorn would go by its own defaults, and say nothing"


# The commands themselves, on the servers of the tests -----------------------------------------------------------------


@pytest.fixture
def environment(process_environment: dict[str, str]) -> dict[str, str]:
    return {
        **process_environment,
        "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
        "HOSTNAME": socket.gethostname(),
        "PORT": str(free_port()),
    }


@pytest.fixture
def started(
    request: pytest.FixtureRequest, environment: dict[str, str], tmp_path: Path
) -> Iterator["subprocess.Popen[str]"]:
    command = shlex.split(OURS[request.param]["command"].replace("/tmp/", f"{tmp_path}/"))
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, text=True)
    yield process
    process.kill()
    process.wait()


@pytest.mark.postgresql
@pytest.mark.parametrize("started", ["web", "worker", "letters", "hub", "beat"], indirect=True, ids=str)
def test_it_starts_turns_healthy_and_ends_when_asked(
    request: pytest.FixtureRequest,
    started: "subprocess.Popen[str]",
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    wait_until_healthy(request.node.callspec.params["started"], started, environment, tmp_path)
    started.send_signal(signal.SIGTERM)
    assert started.wait(30) == 0, (tmp_path / "log").read_text()


def wait_until_healthy(name: str, process: "subprocess.Popen[str]", environment: dict[str, str], folder: Path) -> None:
    deadline = time.monotonic() + 45
    while not healthy(name, environment, folder):
        assert process.poll() is None, (folder / "log").read_text()
        assert time.monotonic() < deadline, (folder / "log").read_text()
        time.sleep(0.3)


def healthy(name: str, environment: dict[str, str], folder: Path) -> bool:
    how, *command = OURS[name]["healthcheck"]["test"]
    if how == "CMD-SHELL":
        command = ["sh", "-c", command[0].replace("$$", "$").replace("/tmp/", f"{folder}/")]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True).returncode == 0


@pytest.mark.postgresql
@pytest.mark.parametrize("started", ["web"], indirect=True, ids=str)
def test_the_link_of_a_wish_for_hundreds_of_topics_is_not_too_long(
    started: "subprocess.Popen[str]", environment: dict[str, str], tmp_path: Path
) -> None:
    wait_until_healthy("web", started, environment, tmp_path)
    slugs = [uuid.uuid4().hex[:20] for _ in range(300)]
    link = urlsplit(confirm_url(Wish("layla@example.org", ("en", "ar"), tuple((slug, "weekly") for slug in slugs))))
    assert len(link.path) > 4094
    visit = HTTPConnection("127.0.0.1", int(environment["PORT"]), timeout=10)
    visit.request("GET", link.path, headers={"Host": link.netloc})
    # Sent on to HTTPS by the site; gunicorn would have refused it before.
    assert visit.getresponse().headers["Location"] == link.geturl()


@pytest.mark.postgresql
def test_migrate_runs_and_refuses_a_site_that_lacks_a_setting(environment: dict[str, str]) -> None:
    command = shlex.split(OURS["migrate"]["command"])
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    for name in ("SECRET_KEY", "WEBHOOK_SECRET", "SITE_URL", "EMAIL_URL"):
        refused = subprocess.run(command, cwd=ROOT, env={**environment, name: ""}, capture_output=True, text=True)
        assert refused.returncode != 0
        assert name in refused.stderr
