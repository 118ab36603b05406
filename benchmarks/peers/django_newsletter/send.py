"""Its own command, which a cron job calls."""

import django
from django.core.management import call_command
from timing import timed

django.setup()
with timed():
    call_command("submit_newsletter", verbosity=0)
