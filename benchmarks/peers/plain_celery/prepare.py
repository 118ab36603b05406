"""The readers."""

import django

django.setup()

from letter import MAILS, address, token  # noqa: E402
from readers.models import Reader  # noqa: E402

Reader.objects.bulk_create(Reader(email=address(number), token=token(number)) for number in range(MAILS))
