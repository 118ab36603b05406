"""Email addresses: which ones we take, and the hash by which a suppressed one is known."""

import hashlib
import hmac
import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from email_validator import EmailNotValidError, validate_email


def clean_address(text: str) -> str:
    """Return the one address in `text`, its domain in lower-case ASCII (IDNA), or raise ValidationError.

    Refused, though mail systems may know them: IP literals, `localhost` and other reserved names, display names,
    quoted and over-long local parts (RFC 5321 §4.5.3.1.1), and non-ASCII ones, which go out as another mailbox where
    a relay lacks RFC 6531.
    """
    try:
        parsed = validate_email(text.strip(" "), allow_smtputf8=False, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        raise ValidationError(
            _("Enter one email address, such as name@example.org, and nothing else."), code="invalid"
        ) from error
    address = parsed.ascii_email
    if address is None or len(address) > 254:
        raise ValidationError(_("This email address is too long."), code="invalid")
    return address


def address_hash(address: str) -> str:
    """Return the keyed hash (HMAC-SHA256, hex) of an address, the same however its letters are cased."""
    return hmac.new(settings.ADDRESS_KEY.encode(), address.lower().encode(), hashlib.sha256).hexdigest()


# As wide as an address may be: those that bounce reports and provider's errors write are not ours to choose.
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")


def without_addresses(text: str) -> str:
    """Return the text with whatever looks like an address taken out: a relay's words often repeat the reader's."""
    return _ADDRESS.sub("[address]", text)
