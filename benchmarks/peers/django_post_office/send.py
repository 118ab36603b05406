"""Its own command with two processes."""

import django
from django.core.management import call_command
from timing import timed

django.setup()
with timed():
    call_command("send_queued_mail", processes=2)
