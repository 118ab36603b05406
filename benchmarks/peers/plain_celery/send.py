"""The tasks, queued: `send.py 1`, a task for each reader; `send.py 500`, a task for so many."""

import sys

import django

django.setup()

from readers.models import Reader  # noqa: E402
from tasks import send_many, send_one  # noqa: E402
from timing import timed  # noqa: E402

size = int(sys.argv[1])
with timed():
    pks = list(Reader.objects.order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(pks), size):
        if size == 1:
            send_one.delay(pks[first])
        else:
            send_many.delay(pks[first : first + size])
