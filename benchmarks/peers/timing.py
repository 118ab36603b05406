"""How a peer says when it began to send and when it had done so, by the clock that all processes share."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def timed() -> Iterator[None]:
    began = time.monotonic()
    yield
    print(json.dumps({"began": began, "ended": time.monotonic()}))
