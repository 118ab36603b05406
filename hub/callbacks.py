"""Requests to addresses that strangers gave us: only to the public Internet, and only for so long.

The address that was checked is the one that is connected to: a name that is looked up a second time may lead elsewhere
(DNS rebinding). No redirect is followed and no proxy asked, and what comes slowly is cut off, however alive it looks.
"""

import socket
import ssl
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from django.conf import settings

PATIENCE = 5.0
DEADLINE = 10.0
ANSWER_LENGTH = 1000
AT_ONCE = 16

_GLOBAL_UNICAST = IPv6Network("2000::/3")  # RFC 4291, section 2.4
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
_CERTIFIED = ssl.create_default_context()


@dataclass(frozen=True)
class Call:
    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 if nothing did."""

    status: int = 0
    body: bytes = b""

    @property
    def is_yes(self) -> bool:
        return 200 <= self.status < 300


def call_all(calls: Iterable[Call]) -> list[Answer]:
    """Return the answers to these calls, in their order. Many are made at a time, so that nobody waits for the slow."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(call, calls))


def call(wanted: Call) -> Answer:
    """Make one call. Whatever goes wrong is no answer."""
    try:
        return _call(wanted)
    except (OSError, HTTPException, ValueError):
        return Answer()


def _call(wanted: Call) -> Answer:
    parts = urlsplit(wanted.url)
    connection = _connection(parts.scheme, str(parts.hostname), parts.port)
    guillotine = threading.Timer(DEADLINE, partial(_cut, connection.sock))
    guillotine.start()
    try:
        if isinstance(connection.sock, ssl.SSLSocket):
            connection.sock.do_handshake()
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"User-Agent": f"Communique (+{settings.SITE_URL})", "Connection": "close", **wanted.headers}
        connection.request(wanted.method, target, wanted.body, headers)
        response = connection.getresponse()
        return Answer(response.status, response.read(ANSWER_LENGTH))
    finally:
        guillotine.cancel()
        connection.close()


def _connection(scheme: str, host: str, port: int | None) -> HTTPConnection:
    """Return a connection that is open already, so that it looks nothing up by itself. TLS has yet to be agreed on."""
    kind = HTTPSConnection if scheme == "https" else HTTPConnection
    connection = kind(host, port)
    plain = _opened(checked_addresses(host, connection.port), connection.port)
    connection.sock = (
        _CERTIFIED.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
        if kind is HTTPSConnection
        else plain
    )
    return connection


def _cut(connected: socket.socket) -> None:
    # Not the method of a TLS socket, which would pull its state from under the thread that reads.
    socket.socket.shutdown(connected, socket.SHUT_RDWR)


def _opened(addresses: list[str], port: int) -> socket.socket:
    """Return a connection to the first address; where it leads nowhere, to the last: often of the other family."""
    try:
        return socket.create_connection((addresses[0], port), PATIENCE)
    except OSError:
        if len(addresses) == 1:
            raise
        return socket.create_connection((addresses[-1], port), PATIENCE)


def checked_addresses(host: str, port: int) -> list[str]:
    """Return the addresses of this host. Raises PermissionError if any of them may not be called."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not settings.HUB_PRIVATE_CALLBACKS and not all(is_public(ip_address(address)) for address in found):
        raise PermissionError("a callback on a private address")
    return found


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is one of the public Internet. One that carries an IPv4 address is judged by that."""
    if isinstance(address, IPv6Address):
        if carried := _carried(address):
            return is_public(carried)
        return address.is_global and address in _GLOBAL_UNICAST
    return address.is_global and not address.is_multicast


def _carried(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
