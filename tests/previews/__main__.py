"""Renders all mails in all languages into a folder: `python -m tests.previews FOLDER`, or `make mails`.

Each whole, as .eml, in its HTML and text parts, and as pictures if there is a Chromium; `index.html` shows them side by
side.
"""

import os
import sys
from pathlib import Path

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.previews.settings"
django.setup()

from django.core.management import call_command  # noqa: E402

from config.embedded.sample_content import load_samples  # noqa: E402
from tests.chromium import NOT_FOUND, chromium  # noqa: E402
from tests.previews.folder import write, write_index  # noqa: E402
from tests.previews.mails import previews  # noqa: E402
from tests.previews.pictures import take  # noqa: E402


def render(folder: Path) -> None:
    call_command("migrate", interactive=False, verbosity=0)
    load_samples()
    mails = list(previews())
    files = write(mails, folder)
    program = chromium()
    index = write_index(mails, folder, with_pictures=program is not None)
    _say(f"{len(mails)} mails are in {folder}.")
    if program is None:
        _say(f"There are no pictures: {NOT_FOUND}.")
    else:
        _say("Taking the pictures takes a few minutes.")
        _say(f"{sum(1 for _ in take(files, program))} pictures are there too.")
    _say(f"Look through them: {index.absolute().as_uri()}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Say into which folder: python -m tests.previews FOLDER")
    render(Path(sys.argv[1]))
