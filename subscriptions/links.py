"""Links that carry their own proof. Each purpose has a key of its own, so that no link serves for another."""

import base64
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from subscriptions.models import Subscriber


class LinkError(Exception):
    """The link is none of ours: altered, cut short, or made for another purpose."""


@dataclass(frozen=True)
class Wish:
    """What a person asked for at the sign-up form. It travels in the confirm link and is stored nowhere else."""

    email: str
    languages: tuple[str, ...]


@dataclass(frozen=True)
class SignedWish:
    """A wish as a confirm link brought it back."""

    wish: Wish
    issued_at: datetime

    @property
    def expired(self) -> bool:
        return timezone.now() - self.issued_at > settings.CONFIRMATION_LIFETIME


def _box(purpose: str) -> MultiFernet:
    """Return the encryption of one purpose (Fernet: AES-128-CBC, HMAC-SHA256) under SECRET_KEY and its fallbacks."""

    def derived(secret: str) -> Fernet:
        key = HKDF(SHA256(), length=32, salt=None, info=f"communique {purpose}".encode()).derive(secret.encode())
        return Fernet(base64.urlsafe_b64encode(key))

    return MultiFernet([derived(secret) for secret in _secrets()])


def _secrets() -> list[str]:
    """Return the key of today and those before it: a link outlives a change of key."""
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def seal(purpose: str, data: Any) -> str:
    """Return `data` encrypted and dated, fit for an address."""
    return _box(purpose).encrypt(json.dumps(data).encode()).decode().rstrip("=")


def unseal(purpose: str, token: str) -> tuple[Any, datetime]:
    """Return what `seal` sealed for this purpose, and when, however old it is. Raises LinkError."""
    padded = (token + "=" * (-len(token) % 4)).encode("ascii", "replace")
    box = _box(purpose)
    try:
        return json.loads(box.decrypt(padded)), datetime.fromtimestamp(box.extract_timestamp(padded), UTC)
    except InvalidToken as error:
        raise LinkError from error


def seal_wish(wish: Wish) -> str:
    """Return the wish encrypted and dated, fit for an address."""
    return seal("confirm", asdict(wish))


def open_wish(token: str) -> SignedWish:
    """Return the wish that `seal_wish` sealed, however old it is. Raises LinkError."""
    data, issued_at = unseal("confirm", token)
    return SignedWish(Wish(data["email"], tuple(data["languages"])), issued_at)


def absolute(name: str, token: str, language: str) -> str:
    """Return the address of a page that has this token in it."""
    with override(language):
        return settings.SITE_URL + reverse(f"subscriptions:{name}", args=[token])


def confirm_url(wish: Wish) -> str:
    """Return the address of the page that asks whether the wish is theirs, in their first language."""
    return absolute("confirm", seal_wish(wish), wish.languages[0])


def _sign_in() -> signing.TimestampSigner:
    # Made at each use: a signer takes its key when it is made, and a site without one must get as far as the checks.
    return signing.TimestampSigner(salt="subscriptions.sign-in", sep=".")


def sign_in_url(subscriber: Subscriber, language: str) -> str:
    """Return an address that opens the subscriber's preferences, once."""
    return absolute("sign_in", _sign_in().sign(f"{subscriber.pk}-{subscriber.sign_ins}-{subscriber.epoch}"), language)


def read_sign_in(token: str) -> tuple[Subscriber | None, int]:
    """Return whom the sign-in link is for, and after how many sign-ins it was made; None if it is too old, or void.

    Raises LinkError. Whether it was used before, `signing_up.sign_in` says.
    """
    try:
        pk, sign_ins, epoch = _sign_in().unsign(token, max_age=settings.SIGN_IN_LIFETIME).split("-")
    except signing.SignatureExpired:
        return None, 0
    except (signing.BadSignature, ValueError) as error:
        raise LinkError from error
    return Subscriber.objects.filter(pk=pk, epoch=epoch).first(), int(sign_ins)


def unsubscribe_token(subscriber_pk: int) -> str:
    """Return what an unsubscribe link carries: it never expires, and opens nothing else.

    Every token has the same length and only letters, digits, "-" and "_": whatever encodes a mail's body treats them
    all alike, so that a mail composed once serves for every reader (see delivery/letters.py).
    """
    number = subscriber_pk.to_bytes(_PK_BYTES, "big")
    return base64.urlsafe_b64encode(number + _proof(number, settings.SECRET_KEY)).decode()


# 6 and 18 bytes are 32 characters without padding. 144 bits of HMAC-SHA256 are beyond guessing (RFC 2104 §5).
_PK_BYTES, _PROOF_BYTES = 6, 18


def _proof(number: bytes, secret: str) -> bytes:
    return hmac.digest(_unsubscribe_key(secret), number, "sha256")[:_PROOF_BYTES]


@cache
def _unsubscribe_key(secret: str) -> bytes:
    return hashlib.sha256(b"communique unsubscribe" + secret.encode()).digest()


def unsubscribe_url(token: str, language: str) -> str:
    """Return the address that ends subscriptions, for the reader and, by POST, for their mail program (RFC 8058)."""
    return absolute("unsubscribe", token, language)


def read_unsubscribe(token: str) -> Subscriber | None:
    """Return whom the unsubscribe link is for; None if they are gone. Raises LinkError."""
    try:
        data = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError as error:
        raise LinkError from error
    number, proof = data[:_PK_BYTES], data[_PK_BYTES:]
    if not any(hmac.compare_digest(_proof(number, secret), proof) for secret in _secrets()):
        raise LinkError
    return Subscriber.objects.filter(pk=int.from_bytes(number, "big")).first()
