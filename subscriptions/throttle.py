"""How many letters one address may be sent because somebody typed it into the sign-up form."""

import logging

from django.conf import settings
from django.core.cache import cache

from subscriptions.addresses import address_hash

logger = logging.getLogger(__name__)

HOUR = 3600


def may_write_to(address: str) -> bool:
    """Count one more letter to this address, and tell whether it is within the hour's limit.

    Without it anyone could fill a stranger's inbox. Should the cache be away, people still get their links.
    """
    key = f"letters:{address_hash(address)}"
    try:
        cache.add(key, 0, HOUR)
        return cache.incr(key) <= settings.LETTERS_PER_ADDRESS_AND_HOUR
    except ValueError:
        return True  # It ran out between the two calls.
    except Exception as error:
        logger.warning("cache unreachable, letters are not counted: %s", type(error).__name__)
        return True
