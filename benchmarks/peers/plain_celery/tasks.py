"""One task per mail, and one for many readers over one connection."""

import os

import django
from celery import Celery
from django.core.mail import EmailMultiAlternatives, get_connection
from letter import WORDS, headers, personal

django.setup()

from readers.models import Reader  # noqa: E402

app = Celery("peer", broker=os.environ["BENCH_REDIS"])


@app.task(ignore_result=True)
def send_one(pk: int) -> None:
    mail_to(Reader.objects.get(pk=pk)).send()


@app.task(ignore_result=True)
def send_many(pks: list[int]) -> None:
    with get_connection() as connection:
        for reader in Reader.objects.filter(pk__in=pks):
            mail = mail_to(reader)
            mail.connection = connection
            mail.send()


def mail_to(reader: Reader) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(
        subject=WORDS["subject"],
        body=personal(WORDS["text"], reader.token),
        from_email=WORDS["from"],
        to=[reader.email],
        headers=headers(reader.token),
    )
    mail.attach_alternative(personal(WORDS["html"], reader.token), "text/html")
    return mail
