"""A message as the e-mail package builds it, and what that gets wrong."""

from email.header import Header
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from statements.languages import site_name
from subscriptions.emails.words import Words


class Mail(EmailMultiAlternatives):
    """A mail that reads the same, octet for octet, whenever it is built with the same Message-ID and boundary."""

    # What divides its parts; the e-mail package draws one by lot if there is none.
    boundary = ""

    def message(self, *args: Any, **kwargs: Any) -> Any:
        built = super().message(*args, **kwargs)
        # The e-mail package folds an address at 78 octets by a line break before it, and some mail programs then read
        # the link of List-Unsubscribe with a space in front. 998 is the limit (RFC 5322 §2.1.1).
        built.policy = built.policy.clone(max_line_length=998)
        if not self.subject.isascii():
            # Django encodes as if the header's name took no room, which moves all of the subject to the second line.
            built.replace_header("Subject", Header(str(self.subject), "utf-8", header_name="Subject").encode())
        if built.is_multipart() and self.boundary:
            built.set_boundary(self.boundary)
        return built


def sender(language: str) -> str:
    """Return DEFAULT_FROM_EMAIL, named after the site in the mail's language unless it bears a name of its own."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return settings.DEFAULT_FROM_EMAIL if name else formataddr((site_name(language), address))


def message(words: Words, to: str, headers: dict[str, str] | None = None) -> Mail:
    """Return the mail that says these words to one address."""
    mail = Mail(
        subject=words.subject,
        body=words.text,
        from_email=sender(words.language),
        to=[to],
        reply_to=[settings.REPLY_TO] if settings.REPLY_TO else None,
        headers={"Content-Language": words.language, **(headers or {})},
    )
    mail.attach_alternative(words.html, "text/html")
    return mail
