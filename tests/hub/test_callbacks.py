"""The hub calls no address that it should not, and waits for nobody for ever."""

import socket
import threading
import time
from ipaddress import ip_address
from typing import Any

import pytest
from pytest_django import Settings

from hub import callbacks
from hub.callbacks import Answer, Call, call, checked_addresses, is_public
from tests.hub.conftest import Reader


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.255.255.255", "240.0.0.1"),
        *("255.255.255.255", "::", "::1", "::7f00:1", "fc00::1", "fd12::1", "fe80::1", "fe80::1%eth0", "fec0::1"),
        *("ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::a00:1"),
        "2001:0:7f00:1::f5ff:fffe",
    ],
)
def test_what_is_not_the_public_internet_is_not_called(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_the_public_internet_is_called(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "2130706433", "[::1]", "[::ffff:7f00:1]"])
def test_this_machine_is_not_called_however_it_is_written(reader: Reader, settings: Settings, host: str) -> None:
    settings.HUB_PRIVATE_CALLBACKS = False
    assert call(Call("GET", f"http://{host}:{reader.server.server_port}/")) == Answer()
    assert not reader.received


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: found)
    with pytest.raises(PermissionError):
        checked_addresses("two.example", 80)


def test_a_name_is_looked_up_once(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    real, asked = socket.getaddrinfo, []

    def rebinding(host: str, *args: Any, **kwargs: Any) -> Any:
        if host == "rebinding.example":
            asked.append(host)
            host = "127.0.0.1" if len(asked) == 1 else "10.255.255.1"
        return real(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    port = reader.server.server_port
    assert call(Call("GET", f"http://rebinding.example:{port}/?hub.challenge=x")) == Answer(200, b"x")
    assert asked == ["rebinding.example"]
    assert reader.received[0].headers["Host"] == f"rebinding.example:{port}"


def test_a_redirect_is_an_answer_and_not_followed(reader: Reader) -> None:
    reader.answer = lambda _: (302, b"")
    assert call(Call("POST", reader.url, body=b"x")).status == 302
    assert len(reader.received) == 1


def test_a_long_answer_is_not_read_to_its_end(reader: Reader) -> None:
    reader.answer = lambda _: (200, b"x" * 1_000_000)
    assert len(call(Call("GET", reader.url)).body) == 1000


@pytest.mark.parametrize(
    "url", ["http://nowhere.invalid/", "http://127.0.0.1:9/", "http://", "http://a..b/", "http://[/"]
)
@pytest.mark.usefixtures("reader")
def test_whatever_goes_wrong_is_no_answer(url: str) -> None:
    assert call(Call("GET", url)) == Answer()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_what_comes_drop_by_drop_is_cut_off(settings: Settings, monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    settings.HUB_PRIVATE_CALLBACKS = True
    monkeypatch.setattr(callbacks, "DEADLINE", 0.7)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=drip, args=[server], daemon=True).start()
        begun = time.monotonic()
        assert not call(Call("GET", f"{scheme}://127.0.0.1:{server.getsockname()[1]}/")).body
        assert time.monotonic() - begun < 3


def drip(server: socket.socket) -> None:
    connection, _ = server.accept()
    # The beginning of an answer, or of the record in which a TLS server would greet.
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: " if connection.recv(1) == b"G" else b"\x16\x03\x03\x40\x00")
    try:
        while True:
            connection.sendall(b"\x00")
            time.sleep(0.1)
    except OSError:
        connection.close()


def test_a_certificate_that_nobody_vouches_for_is_no_answer(reader: Reader) -> None:
    assert call(Call("GET", reader.url.replace("http:", "https:"))) == Answer()
