"""The queue, filled: what that takes is not counted."""

import django

django.setup()

from letter import MAILS, WORDS, address, headers, personal, token  # noqa: E402
from post_office import mail  # noqa: E402

AT_ONCE = 1000


def queued(number: int) -> dict[str, object]:
    own = token(number)
    return {
        "recipients": address(number),
        "sender": WORDS["from"],
        "subject": WORDS["subject"],
        "message": personal(WORDS["text"], own),
        "html_message": personal(WORDS["html"], own),
        "headers": headers(own),
    }


for first in range(0, MAILS, AT_ONCE):
    mail.send_many([queued(number) for number in range(first, min(first + AT_ONCE, MAILS))])
