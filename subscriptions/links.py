"""Links that carry their own proof. Each purpose has a key of its own, so that no link serves for another."""

import base64
import hashlib
import hmac
import json
import zlib
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

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
    """What a person asked for at a sign-up form. It travels in links and is stored nowhere else.

    `topics`: the slug of each and how often; "" for all of them, which are also meant, at once, if none is named.
    """

    email: str
    languages: tuple[str, ...]
    topics: tuple[tuple[str, str], ...] = ()
    while_missing: str = "next"

    def joined_by(self, other: "Wish") -> "Wish":
        """Return this wish and what another asks for beyond it. Nothing is taken away."""
        languages = tuple(dict.fromkeys((*self.languages, *other.languages)))
        topics = {**dict(self.topics), **dict(other.topics)}
        # To wait is never what a form has to begin with: whoever wants it chose it.
        waits = Subscriber.WhileMissing.WAIT in (self.while_missing, other.while_missing)
        while_missing = str(Subscriber.WhileMissing.WAIT) if waits else self.while_missing
        return Wish(self.email, languages, tuple(topics.items()), while_missing)


@dataclass(frozen=True)
class SignedWish:
    """A wish as a confirm link brought it back."""

    wish: Wish
    issued_at: datetime

    @property
    def expired(self) -> bool:
        return timezone.now() - self.issued_at > settings.CONFIRMATION_LIFETIME


class SignIn(NamedTuple):
    """A sign-in link as it came back: whose it is, if they are still there, and after how many sign-ins it was made.

    `wish` is what they asked for as they asked for the link. Whether it was used before, `signing_up` says.
    """

    subscriber: Subscriber | None
    sign_ins: int
    wish: Wish | None = None
    expired: bool = False


def _box(purpose: str) -> MultiFernet:
    """Return the encryption of one purpose (Fernet: AES-128-CBC, HMAC-SHA256) under SECRET_KEY and its fallbacks."""

    def derived(secret: str) -> Fernet:
        key = HKDF(SHA256(), length=32, salt=None, info=f"communique {purpose}".encode()).derive(secret.encode())
        return Fernet(base64.urlsafe_b64encode(key))

    return MultiFernet([derived(secret) for secret in _secrets()])


def _secrets() -> list[str]:
    """Return the key of today and those before it: a link outlives a change of key."""
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def _packed(data: Any) -> bytes:
    """Return `data` as JSON, in as few bytes as it takes: a wish for fifty topics would be two thousand."""
    plain = json.dumps(data, separators=(",", ":")).encode()
    return min(plain, zlib.compress(plain, 9), key=len)


def _unpacked(packed: bytes) -> Any:
    return json.loads(packed if packed.startswith((b"{", b"[")) else zlib.decompress(packed))


def seal(purpose: str, data: Any) -> str:
    """Return `data` encrypted and dated, fit for an address."""
    return _box(purpose).encrypt(_packed(data)).decode().rstrip("=")


def unseal(purpose: str, token: str) -> tuple[Any, datetime]:
    """Return what `seal` sealed for this purpose, and when, however old it is. Raises LinkError."""
    padded = (token + "=" * (-len(token) % 4)).encode("ascii", "replace")
    box = _box(purpose)
    try:
        return _unpacked(box.decrypt(padded)), datetime.fromtimestamp(box.extract_timestamp(padded), UTC)
    except InvalidToken as error:
        raise LinkError from error


def _written(wish: Wish) -> dict[str, Any]:
    """Return what a wish says: what goes without saying would make its link longer."""
    return {name: value for name, value in asdict(wish).items() if value and value != getattr(Wish, name, None)}


def _read(data: dict[str, Any]) -> Wish:
    # A link that was made before there was more to choose has no more in it.
    topics = tuple((slug, frequency) for slug, frequency in data.get("topics", Wish.topics))
    while_missing = data.get("while_missing", Wish.while_missing)
    return Wish(data.get("email", ""), tuple(data["languages"]), topics, while_missing)


def seal_wish(wish: Wish) -> str:
    """Return the wish encrypted and dated, fit for an address."""
    return seal("confirm", _written(wish))


def open_wish(token: str) -> SignedWish:
    """Return the wish that `seal_wish` sealed, however old it is. Raises LinkError."""
    data, issued_at = unseal("confirm", token)
    return SignedWish(_read(data), issued_at)


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


def sign_in_url(subscriber: Subscriber, language: str, wish: Wish | None = None) -> str:
    """Return an address that opens the subscriber's preferences, once.

    A wish that names topics goes with it, bound to the subscriber by the signature: there they can say yes to it.
    """
    value = f"{subscriber.pk}-{subscriber.sign_ins}-{subscriber.epoch}"
    if wish and wish.topics:
        carried = _packed(_written(replace(wish, email="")))
        value += "-" + base64.urlsafe_b64encode(carried).decode().rstrip("=")
    return absolute("sign_in", _sign_in().sign(value), language)


def read_sign_in(token: str) -> SignIn:
    """Return what a sign-in link says, however old it is. Raises LinkError."""
    signer = _sign_in()
    try:
        value, expired = signer.unsign(token, max_age=settings.SIGN_IN_LIFETIME), False
    except signing.SignatureExpired:
        value, expired = signer.unsign(token), True
    except signing.BadSignature as error:
        raise LinkError from error
    pk, sign_ins, epoch, *packed = value.split("-", 3)
    subscriber = Subscriber.objects.filter(pk=pk, epoch=epoch).first()
    wish = None
    if subscriber and packed:
        carried = base64.urlsafe_b64decode(packed[0] + "=" * (-len(packed[0]) % 4))
        wish = replace(_read(_unpacked(carried)), email=subscriber.email)
    return SignIn(subscriber, int(sign_ins), wish, expired)


def unsubscribe_token(subscriber_pk: int) -> str:
    """Return what an unsubscribe link carries: it never expires, and opens nothing else.

    Every token has the same length and only letters, digits, "-" and "_": whatever encodes a mail's body treats them
    all alike, so that a mail composed once serves for every reader (see delivery/letters.py).
    """
    number = subscriber_pk.to_bytes(_PK_BYTES, "big")
    return base64.urlsafe_b64encode(number + _proof(number, settings.SECRET_KEY)).decode()


# 6 and 18 bytes are 32 characters without padding. 144 bits are beyond guessing.
_PK_BYTES, _PROOF_BYTES = 6, 18


def _proof(number: bytes, secret: str) -> bytes:
    # Keyed BLAKE2b (RFC 7693 §2.9) takes a third of the time of HMAC, and this is done for every mail.
    return hashlib.blake2b(number, key=_unsubscribe_key(secret), digest_size=_PROOF_BYTES).digest()


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
