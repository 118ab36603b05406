import pytest

from subscriptions import tasks


@pytest.fixture
def workers_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A letters worker that takes each task as it is rung."""
    for task, answer in [
        (tasks.send_link, tasks.answer_wish),
        (tasks.send_address_question, tasks.ask_at_new_address),
        (tasks.send_address_notice, tasks.tell_old_address),
        (tasks.send_goodbye, tasks.say_goodbye),
        (tasks.send_erased, tasks.tell_erased),
    ]:
        monkeypatch.setattr(task, "delay", answer)


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers where the tasks are rung."""

    def refuse(*arguments: object, **options: object) -> None:
        raise ConnectionRefusedError

    for task in (tasks.send_link, tasks.send_address_question, tasks.send_address_notice, tasks.send_goodbye):
        monkeypatch.setattr(task, "delay", refuse)
    for task in (tasks.send_erased, tasks.deliver, tasks.announce):
        monkeypatch.setattr(task, "delay", refuse)
