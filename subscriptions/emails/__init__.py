"""Mails: their words, in one folder of templates each, and the messages that carry them."""

from subscriptions.emails.cutting import cut
from subscriptions.emails.mail import Mail, message
from subscriptions.emails.personal import address_change, address_changed, confirmation, goodbye, sign_in
from subscriptions.emails.plain_text import plain_text
from subscriptions.emails.words import Words, render

__all__ = [
    "Mail",
    "Words",
    "address_change",
    "address_changed",
    "confirmation",
    "cut",
    "goodbye",
    "message",
    "plain_text",
    "render",
    "sign_in",
]
