"""Runs the whole site here: for a first look, for development, for a demonstration."""

import errno
import sys
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.crypto import get_random_string

from config.embedded.process import EmbeddedSite
from config.embedded.sample_content import load_samples

STAFF = "staff"
# Without the letters and digits that are taken for each other.
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
HERE = {"localhost", "127.0.0.1"}


class Command(BaseCommand):
    help = "Run the whole site in one process: pages, mails on the Mailbox page, staff account, sample content."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine only)")
        parser.add_argument("--port", type=int, default=urlsplit(settings.SITE_URL).port or 8000)
        parser.add_argument("--reset-password", action="store_true", help=f"give {STAFF} a new password, and print it")

    def handle(self, *, host: str, port: int, reset_password: bool, **options: Any) -> None:
        _refuse_another_port(port)
        site = _site(host, port)
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # Empty, but WhiteNoise warns where it is missing.
        call_command("migrate", interactive=False, verbosity=0)
        loaded = load_samples()
        password = _staff_password(reset_password)
        site.start()
        self._greet(password, loaded)
        site.wait()

    def _greet(self, password: str | None, loaded: int) -> None:
        sign_in = (
            f"{STAFF}, password {password} (shown only now)"
            if password
            else f"{STAFF} (forgot the password? --reset-password)"
        )
        lines = [
            "",
            f"  {settings.SITE_NAME} is ready.",
            "",
            f"  Site      {settings.SITE_URL}/",
            f"  Mailbox   {settings.SITE_URL}/mailbox/    every mail the site sends",
            f"  Admin     {settings.SITE_URL}/admin/      sign in as {sign_in}",
            "",
            *([f"  {loaded} sample statements were loaded. All data is in {settings.DATA_DIR}.", ""] if loaded else []),
            "  Ctrl-C stops it.",
            "",
        ]
        self.stdout.write("\n".join(lines))
        sys.stdout.flush()


def _refuse_another_port(port: int) -> None:
    """Mails and feeds carry SITE_URL: were it another port of this machine, none of their links would work."""
    parts = urlsplit(settings.SITE_URL)
    if parts.hostname in HERE and (parts.port or 80) != port:
        raise CommandError(f"SITE_URL is {settings.SITE_URL}; set SITE_URL=http://localhost:{port} to use port {port}.")


def _site(host: str, port: int) -> EmbeddedSite:
    try:
        return EmbeddedSite(host, port)
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            message = f"Port {port} is taken by another program. Choose another: make run PORT={port + 1}"
        else:
            message = f"Cannot listen on {host}, port {port}: {problem.strerror}."
        raise CommandError(message) from None


def _staff_password(reset: bool) -> str | None:
    """Make the staff account where it is missing, and return its password if that is new."""
    users = get_user_model()._default_manager
    staff = users.filter(username=STAFF).first()
    if staff and not reset:
        return None
    password = "-".join(get_random_string(4, LETTERS) for _ in range(4))
    staff = staff or get_user_model()(username=STAFF, is_staff=True, is_superuser=True)
    staff.set_password(password)
    staff.save()
    return password
