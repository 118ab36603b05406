"""`manage.py deliveries`: what an operator sees at three in the morning, and what they can do about it."""

import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models.functions import Now
from pytest_django import DjangoAssertNumQueries

from subscriptions.delivery import ledger
from subscriptions.management.commands import deliveries
from subscriptions.models import Announcement, Delivery, DigestRun, Frequency
from subscriptions.standing import unfinished
from tests.making import make_release, make_statement, make_subscriber

pytestmark = pytest.mark.django_db

Status = Delivery.Status


class Terminal(io.StringIO):
    """Standard output that is a terminal. What it shows in the end is what was drawn last."""

    def isatty(self) -> bool:
        return True

    @property
    def screen(self) -> str:
        drawn = re.split(r"\x1b\[\d*[AK]", self.getvalue())[-1]
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", drawn)


def announce(*readers: str, slug: str = "river-levels", languages: tuple[str, ...] = ("en",)) -> Announcement:
    """An announcement that owes each of these a mail."""
    for reader in readers:
        make_subscriber(f"{reader}@example.org", *languages)
    release = make_release(make_statement(*languages, slug=slug))
    ledger.announce(release)
    return Announcement.objects.get(release=release)


def send(announcement: Announcement, number: int) -> None:
    lines = list(announcement.deliveries.waiting().order_by("pk")[:number])
    Delivery.objects.filter(pk__in=[line.pk for line in lines]).update(status=Status.SENT, settled_at=Now())


def owe_digest(reader: str) -> DigestRun:
    run = DigestRun.objects.create(frequency=Frequency.DAILY, starts_at=Now() - timedelta(days=1), ends_at=Now())
    Delivery.objects.create(digest_run=run, subscriber=make_subscriber(f"{reader}@example.org"), language="en")
    return run


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("deliveries", *arguments, stdout=out)
    return out.getvalue()


def refused(*arguments: str) -> str:
    with pytest.raises(CommandError) as refusal:
        run(*arguments)
    return str(refusal.value)


# Showing -------------------------------------------------------------------------------------------------------------


def test_it_says_that_nothing_is_unfinished() -> None:
    ledger.cancel(announce("anna"), "Wrong figures.")
    assert run() == "Nothing is under way.\n"


def test_it_shows_books_that_add_up_a_bar_and_how_it_stands() -> None:
    announcement = announce("anna", "boris", "carla", "dana")
    send(announcement, 3)
    announcement.deliveries.filter(status=Status.SENT).update(settled_at=Now() - timedelta(seconds=5))
    heading, standing, books, bar = run().splitlines()
    assert heading == f"Announcement {announcement.pk}: \u2068River levels are falling\u2069 · Published"
    assert re.fullmatch(r"  Sending, 0\.[56] a second; time left 0:00:01", standing)
    assert books == "  owed 4 = sent 3 + failed 0 + cancelled 0 + expired 0 + waiting 1"
    assert re.fullmatch(r"  █{30}░{10}  75%", bar)


def test_a_line_in_a_file_is_as_long_as_it_is() -> None:
    announcement = announce("anna")
    ledger.pause(announcement, "no " * 150)
    assert "no " * 150 in run()


def test_a_title_that_runs_from_the_right_takes_nothing_along() -> None:
    announce("anna", languages=("ar",))
    heading, *_, bar = run().splitlines()
    assert "\u2068انخفاض منسوب الأنهار\u2069" in heading
    assert bar.startswith("  ░")


def test_a_paused_announcement_says_why_and_how_to_go_on() -> None:
    announcement = announce("anna")
    ledger.pause(announcement, "535 [bold]Authentication[/bold] failed")
    shown = run()
    assert "Paused since" in shown
    assert "535 [bold]Authentication[/bold] failed" in shown
    assert f"manage.py deliveries resume {announcement.pk}" in shown


def test_what_is_put_off_says_until_when() -> None:
    announcement = announce("anna")
    announcement.deliveries.update(due_at=Now() + timedelta(hours=1, seconds=30))
    assert re.search(r"Put off; next try in 1:00:\d\d", run())


def test_digest_runs_are_shown_while_they_owe_something() -> None:
    digest = owe_digest("anna")
    assert f"Digest run {digest.pk}: Once a day, " in run()
    digest.deliveries.all().settle(Status.SENT)
    assert run() == "Nothing is under way.\n"


def test_a_look_takes_four_queries_however_much_there_is(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    announce("anna", "boris")
    announce(slug="floods", languages=("en", "ar"))
    owe_digest("carla")
    with django_assert_num_queries(4):
        run()


# On a terminal -------------------------------------------------------------------------------------------------------


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`meanwhile(one, another)`: what happens between the first look and the second, the second and the third."""

    def happens(*events: Callable[[], object]) -> None:
        left = list(events)
        monkeypatch.setattr(deliveries.time, "sleep", lambda seconds: left.pop(0)())

    return happens


def test_it_looks_again_until_all_is_done(terminal: Terminal, meanwhile: Callable[..., None]) -> None:
    announcement = announce("anna", "boris")
    meanwhile(lambda: send(announcement, 1), lambda: send(announcement, 1), ledger.announce_due)
    call_command("deliveries", stdout=terminal)
    assert "sent 0 " in terminal.getvalue()
    assert "sent 1 " in terminal.getvalue()
    assert "owed 2 = sent 2 " in terminal.screen
    assert "Completed " in terminal.screen


def test_what_begins_meanwhile_is_shown_too(terminal: Terminal, meanwhile: Callable[..., None]) -> None:
    first = announce("anna")
    meanwhile(
        lambda: announce("layla", slug="floods", languages=("ar",)),
        lambda: [send(x, 1) for x in unfinished()],
        ledger.announce_due,
    )
    call_command("deliveries", stdout=terminal)
    assert f"Announcement {first.pk}" in terminal.screen
    assert "انخفاض" in terminal.screen


def test_ctrl_c_ends_it_quietly(terminal: Terminal, meanwhile: Callable[..., None]) -> None:
    announce("anna")

    def press_ctrl_c() -> None:
        raise KeyboardInterrupt

    meanwhile(press_ctrl_c)
    call_command("deliveries", stdout=terminal)
    assert "owed 1 = sent 0" in terminal.getvalue()
    assert terminal.getvalue().endswith("\x1b[?25h")  # the cursor is there again


def test_once_is_once_on_a_terminal_too(terminal: Terminal) -> None:
    announce("anna")
    call_command("deliveries", "--once", stdout=terminal)
    assert terminal.getvalue().count("owed 1") == 1


# Steering ------------------------------------------------------------------------------------------------------------


def test_pause_resume_and_cancel_by_number() -> None:
    first, second = announce("anna"), announce("boris", slug="floods")
    numbers = [str(first.pk), str(second.pk)]
    assert run("pause", *numbers, "--reason", "Wrong figures.").splitlines() == [
        f"Announcement {first.pk} is paused. What is not sent yet waits.",
        f"Announcement {second.pk} is paused. What is not sent yet waits.",
    ]
    assert set(Announcement.objects.values_list("pause_reason", flat=True)) == {"Wrong figures."}
    assert run("resume", numbers[0]) == f"Announcement {first.pk} goes on within seconds.\n"
    assert Announcement.objects.filter(paused_at=None).get() == first
    assert run("cancel", numbers[1], "--no-input") == (
        f"Announcement {second.pk} is cancelled: 2 mails will not be sent.\n"
    )
    assert set(second.deliveries.values_list("status", "reason")) == {
        (Status.CANCELLED, "Cancelled from the command line.")
    }


def test_all_are_paused_and_resumed_at_once() -> None:
    announce("anna"), announce("boris", slug="floods")
    ledger.cancel(announce("carla", slug="dams"), "Wrong figures.")
    run("pause", "--all")
    assert Announcement.objects.filter(paused_at=None).count() == 1
    run("resume", "--all")
    assert not Announcement.objects.filter(paused_at__isnull=False).exists()


def test_what_is_not_possible_is_an_error_and_holds_up_nothing_else() -> None:
    first, done = announce("anna"), announce("boris", slug="floods")
    ledger.cancel(done, "Wrong figures.")
    assert refused("pause", "999999999", str(first.pk), str(done.pk)) == (
        f"There is no announcement 999999999.\nAnnouncement {done.pk} is cancelled already."
    )
    first.refresh_from_db()
    assert first.pause_reason == "Paused from the command line."
    assert refused("pause", str(first.pk)) == f"Announcement {first.pk} is paused already."
    send(first, 1)
    run("resume", str(first.pk))
    ledger.announce_due()
    assert (
        refused("cancel", str(first.pk), "--no-input") == f"Announcement {first.pk} is completed: nothing of it waits."
    )
    assert refused("resume", str(first.pk)) == f"Announcement {first.pk} is completed: nothing of it waits."


@pytest.mark.parametrize(
    "arguments", [["pause"], ["resume"], ["cancel"], ["pause", "12", "--all"], ["cancel", "--all"]]
)
def test_it_must_be_said_which(arguments: list[str]) -> None:
    refused(*arguments)


@pytest.mark.parametrize(
    ("answer", "status"), [("yes", Status.CANCELLED), ("no", Status.WAITING), ("", Status.WAITING)]
)
def test_it_shows_what_it_would_cancel_and_asks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str, status: str
) -> None:
    announcement = announce("anna")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{answer}\n"))
    shown = run("cancel", str(announcement.pk))
    assert "River levels are falling" in shown
    assert "will never be sent" in capsys.readouterr().out
    assert announcement.deliveries.get().status == status


def test_of_what_cannot_be_cancelled_nothing_is_asked() -> None:
    assert refused("cancel", "99") == "There is no announcement 99."


def test_where_nobody_can_be_asked_it_cancels_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    announcement = announce("anna")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert "--no-input" in refused("cancel", str(announcement.pk))
    assert announcement.deliveries.waiting().count() == 1
