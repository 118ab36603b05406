"""The settings of the tests: those of production, on servers of the tests' own.

The servers start here because Django reads its settings before pytest reads any conftest.py.
`TEST_DATABASE=sqlite` runs the same tests as the embedded mode does: on a SQLite file and Celery's memory broker.
"""

import os
import re
from pathlib import Path

from tests.servers import new_folder, shared, start_postgres, start_valkey

# A developer's own site must not reach into the tests.
MANUAL = Path(__file__).parent.parent / ".env.example"
for variable in ["EMBEDDED", "DEBUG", *re.findall(r"^#?([A-Z_]+)=", MANUAL.read_text(), re.MULTILINE)]:
    os.environ.pop(variable, None)

ON_SQLITE = os.environ.get("TEST_DATABASE") == "sqlite"
# gw0, gw1 … under xdist: each has a database of its own, on Valkey as on PostgreSQL.
WORKER_NUMBER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")) + 1

DATA = new_folder()
(DATA / "static").mkdir()

if ON_SQLITE:
    os.environ["DATABASE_URL"] = f"sqlite:///{DATA}/site.sqlite3"
    os.environ["REDIS_URL"] = "memory://"
else:
    os.environ["DATABASE_URL"] = shared("TEST_POSTGRES_URL", start_postgres)
    os.environ["REDIS_URL"] = shared("TEST_VALKEY_URL", start_valkey).removesuffix("0") + str(WORKER_NUMBER)

os.environ.update(
    DATA_DIR=str(DATA),
    SECRET_KEY="the tests' own secret key, of no use anywhere else: 3f5c1e9a7b",
    ADDRESS_KEY="the tests' own address key, of no use anywhere else: 8d2b6a40",
    WEBHOOK_SECRET="tests:the-tests-own-webhook-secret",
    SITE_URL="https://statements.example.org",
    SITE_NAME="Ministry of Examples",
    EMAIL_URL="smtp://127.0.0.1:9",  # nobody listens there: a test that sends has a server of its own
    DEFAULT_FROM_EMAIL="Ministry of Examples <statements@example.org>",
    REPLY_TO="press@example.org",
)

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES, STORAGES  # noqa: E402

# The test client and the live server speak plain HTTP; `make check` looks at this setting in production.
SECURE_SSL_REDIRECT = False
# The hashed names come from collectstatic, which nobody should have to run before the tests.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# One round of the weakest: a hundred users are made, and none of them has anything to lose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# A test publishes and looks at once.
STATE_SECONDS = 0

if ON_SQLITE:
    # A file, as in the embedded mode. Django's default, a database in memory, has one connection and no locks.
    DATABASES["default"]["TEST"] = {"NAME": f"{DATA}/test.sqlite3"}
