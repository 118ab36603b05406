"""The ways in which a relay misbehaves, each a small function, to be put together as one likes."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

# What a relay may do in place of an answer. After the dot it has taken the mail, and nobody can know.
HANG_UP = "hangs up"
SWALLOW = "hangs up after the dot"
SILENCE = "says nothing after the dot"


class Step(Enum):
    """Where in a session a relay may misbehave."""

    LOGIN = "AUTH"
    SENDER = "MAIL FROM"
    RECIPIENT = "RCPT TO"
    TEXT = "the middle of the text"
    DOT = "the end of the text"


@dataclass(frozen=True)
class Moment:
    """What a relay knows when it decides what to say."""

    step: Step
    address: str
    tries: int  # how often this recipient was named so far
    seconds: float  # since this recipient was first named
    mails: int  # how many were taken in this session


Fault = Callable[[Moment], str | None]


def answers(answer: str, at: Step, when: Callable[[Moment], bool] = lambda moment: True, *, share: float = 1) -> Fault:
    """Misbehave so: give this answer at this step when the condition holds; or do it in a share of these cases, which
    are drawn by recipient and try, alike in every run."""

    def fault(moment: Moment) -> str | None:
        lot = random.Random(f"{answer} {moment.address} {moment.tries}").random()  # noqa: S311
        return answer if moment.step is at and when(moment) and lot < share else None

    return fault
