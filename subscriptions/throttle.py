"""How many letters may be asked for: to one address, by one visitor, and at the whole site.

Without limits anyone could fill a stranger's inbox, or thousands of inboxes with one message each. Should the cache
that counts be away, people still get their links.
"""

import hashlib
import hmac
import logging
import time
from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from subscriptions.addresses import address_hash

logger = logging.getLogger(__name__)

MINUTE, HOUR = 60, 3600


def may_write_to(address: str) -> bool:
    """Count one more letter to this address, and tell whether it is within the hour's limit."""
    return _count(f"letters:{address_hash(address)}", HOUR) <= settings.LETTERS_PER_ADDRESS_AND_HOUR


def seconds_to_wait(request: HttpRequest) -> int:
    """Count one more request for a letter; return 0, or after how many seconds this visitor may ask again.

    Asked before anybody looks at the address, so that the answer says nothing about it.
    """
    visitor = _visitor(request)
    if visitor and (seconds := _over(f"sign-ups:{visitor}", HOUR, settings.SIGN_UPS_PER_VISITOR_AND_HOUR)):
        return seconds  # Without being counted for the site: one visitor alone must not close it to the others.
    return _over("sign-ups", MINUTE, settings.SIGN_UPS_PER_MINUTE)


def _over(key: str, seconds: int, limit: int) -> int:
    """Count one more in the present stretch of so many seconds; return 0, or how much of it is left once it is full."""
    stretch, passed = divmod(int(time.time()), seconds)
    return seconds - passed if _count(f"{key}:{stretch}", seconds) > limit else 0


def _count(key: str, seconds: int) -> int:
    try:
        cache.add(key, 0, seconds)
        return cache.incr(key)
    except ValueError:
        return 0  # It ran out between the two calls.
    except Exception as error:
        logger.warning("cache unreachable, letters are not counted: %s", type(error).__name__)
        return 0


def _visitor(request: HttpRequest) -> str:
    """Return a keyed hash of where a request comes from: an IPv4 address, or the /64 that one IPv6 customer has.

    Nothing if that cannot be known, because a proxy that should say it does not: all would count as one visitor.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        # Each proxy adds at the end who came to it. What stands before those of ours, anybody may have written.
        said = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        address = said[-settings.TRUSTED_PROXIES :][0].strip()
    try:
        ip = ip_address(address)
    except ValueError:
        return ""
    network = ip.packed
    if isinstance(ip, IPv6Address):
        network = ip.ipv4_mapped.packed if ip.ipv4_mapped else ip.packed[:8]
    return hmac.new(settings.ADDRESS_KEY.encode(), b"visitor" + network, hashlib.sha256).hexdigest()
