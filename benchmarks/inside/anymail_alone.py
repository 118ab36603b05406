"""Anymail's ordinary sending, one call at a time: `python -m benchmarks.inside.anymail_alone MAILS`.

The same personal mails that the product sends. Says "ready", begins when it reads a line, and says at last when it had
sent them all.
"""

import sys
import time

from django.core.mail import get_connection

from benchmarks.inside.letter import composed, mail_to

if __name__ == "__main__":
    letter = composed()
    mails = [mail_to(number, letter) for number in range(1, int(sys.argv[1]) + 1)]
    print("ready", flush=True)
    sys.stdin.readline()
    get_connection().send_messages(mails)
    print(time.monotonic())
