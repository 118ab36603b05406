"""For mypy's Django plugin, which loads the models: the embedded site, because it has all of them."""

import os
import tempfile

_folder = tempfile.TemporaryDirectory()
os.environ.update(EMBEDDED="true", DATA_DIR=_folder.name)

from config.settings import *  # noqa: E402, F403
