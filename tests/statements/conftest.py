"""What tests about statements may ask for."""

import pytest

from statements.models import Statement
from tests.making import make_release, make_statement, make_topic


@pytest.fixture
def statement() -> Statement:
    """In English and Arabic, on two topics, and public."""
    made = make_statement("en", "ar", topics=[make_topic("floods"), make_topic("power")])
    make_release(made, "en", "ar")
    return made
