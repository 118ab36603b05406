"""The statement, ready to be published, and who may publish it: `python -m benchmarks.inside.setting_up PASSWORD`."""

import datetime
import sys

from django.contrib.auth.models import User

from benchmarks.statement import SUMMARY, TITLE, body
from statements.models import Issuer, Statement, StatementType


def set_up(password: str) -> None:
    User.objects.create_superuser("leila", password=password)
    Statement.objects.create(
        slug="rivers-and-dams",
        issuer=Issuer.objects.create(slug="ministry-of-rivers", name_ar="وزارة الأنهار والسدود"),
        type=StatementType.objects.get(slug="fact-sheet"),
        date=datetime.date(2026, 4, 19),
        original_language="ar",
        title_ar=TITLE,
        summary_ar=SUMMARY,
        body_ar=body(),
    )


if __name__ == "__main__":
    set_up(sys.argv[1])
