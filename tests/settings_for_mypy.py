"""For mypy's Django plugin, which loads the models: the embedded site, because it has all of them."""

import os

from tests.servers import new_folder

os.environ.update(EMBEDDED="true", DATA_DIR=str(new_folder()))

from config.settings import *  # noqa: F403
