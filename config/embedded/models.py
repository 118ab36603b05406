"""The mails that the embedded mode keeps instead of sending."""

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import cached_property
from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.urls import reverse

from statements.languages import direction, enabled_languages


class StoredMailQuerySet(models.QuerySet["StoredMail"]):
    def headed(self) -> Self:
        """Without the mails themselves, which only their own pages need."""
        return self.defer("raw")


class StoredMail(models.Model):
    """One mail as one recipient got it: its bytes, and what a list of mails shows of it."""

    raw = models.BinaryField()
    sender = models.CharField(max_length=320)
    recipient = models.CharField(max_length=320, db_index=True)
    subject = models.TextField(blank=True)
    language = models.CharField(max_length=35, blank=True)
    arrived_at = models.DateTimeField(db_default=Now())

    objects: ClassVar = StoredMailQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.subject} → {self.recipient}"

    def get_absolute_url(self) -> str:
        return reverse("mailbox:mail", args=[self.pk])

    @property
    def direction(self) -> str:
        """The direction of its language or, where that is unknown, what the text itself says."""
        return direction(self.language) if self.language in enabled_languages() else "auto"

    @property
    def size(self) -> int:
        return len(self.raw)

    @cached_property
    def message(self) -> EmailMessage:
        """The mail, parsed as a mail reader would: headers decoded."""
        return BytesParser(policy=policy.default).parsebytes(bytes(self.raw))

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Its headers in their order, decoded. (In a template `message.items` would be a header named "items".)"""
        return [(name, str(value)) for name, value in self.message.items()]

    @property
    def text(self) -> str:
        """Its plain text, or nothing."""
        return self._part("plain")

    @property
    def html(self) -> str:
        """Its HTML, or nothing."""
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part else ""
