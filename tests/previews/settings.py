"""The settings of the previews: those of the sample site, on a database that is gone afterwards."""

import os
import re
import tempfile
from pathlib import Path

# What a developer has set for a site of their own must not be seen in the previews.
MANUAL = Path(__file__).parents[2] / ".env.example"
for variable in re.findall(r"^#?([A-Z_]+)=", MANUAL.read_text(), re.MULTILINE):
    os.environ.pop(variable, None)

_folder = tempfile.TemporaryDirectory()
os.environ.update(
    EMBEDDED="true",
    DATA_DIR=_folder.name,
    SITE_URL="https://statements.example.org",
    DEFAULT_FROM_EMAIL="statements@example.org",
)

from config.settings import *  # noqa: E402, F403
