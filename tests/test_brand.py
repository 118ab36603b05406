"""An institution makes the pages its own by settings alone."""

import itertools
import re
import struct
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from config.colours import BLACK, DAY, NIGHT, READABLE, WHITE, contrast, readable, style_sheet

pytestmark = pytest.mark.django_db


def test_name_logo_colour_and_links_are_those_of_the_institution(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.SITE_LOGO = tmp_path / "arms.svg"
    settings.SITE_LOGO.write_text("<svg/>")
    settings.BRAND_COLOUR = "#7a1f3d"
    settings.FOOTER_LINKS = {"en": [("Privacy & cookies", "https://example.org/privacy")]}
    page = client.get("/en/").content.decode()
    assert '<img src="/logo" alt="" height="36">' in page
    assert '<link rel="stylesheet" href="/colours.css?7a1f3d">' in page
    assert '<a href="https://example.org/privacy">Privacy &amp; cookies</a>' in page
    logo = client.get("/logo")
    assert (logo.headers["Content-Type"], logo.getvalue()) == ("image/svg+xml", b"<svg/>")
    assert "--brand: #7a1f3d; --on-brand: #ffffff;" in client.get("/colours.css").content.decode()


@pytest.mark.parametrize(("name", "shown"), [("arms.png", True), ("arms.jpeg", True), ("arms.svg", False)])
def test_a_logo_stands_beside_a_shared_link_where_it_can_be_shown(
    client: Client, settings: Settings, tmp_path: Path, name: str, shown: bool
) -> None:
    settings.SITE_LOGO = tmp_path / name
    settings.SITE_LOGO.write_bytes(b"")
    page = client.get("/en/").content.decode()
    found = re.findall('<meta property="og:image" content="(.*?)">', page)
    assert found == [f"{settings.SITE_URL}/logo"] * shown
    assert ("og:image:alt" in page) is shown


def test_without_a_logo_our_own_sign_stands_there_large_enough_to_be_taken(client: Client, settings: Settings) -> None:
    page = client.get("/en/").content.decode()
    (address,) = re.findall(f'<meta property="og:image" content="{settings.SITE_URL}/static/(.*?)">', page)
    header = (settings.BASE_DIR / "config" / "static" / address).read_bytes()[:24]
    assert header.startswith(b"\x89PNG")
    assert min(struct.unpack(">II", header[16:])) >= 200


def test_without_settings_there_is_nothing_to_ask_for(client: Client) -> None:
    assert client.get("/logo").status_code == 404
    assert client.get("/colours.css").status_code == 404
    assert "colours.css" not in client.get("/en/").content.decode()


@pytest.mark.parametrize("ground", [DAY, NIGHT])
def test_links_of_any_colour_can_be_read(ground: str) -> None:
    for red, green, blue in itertools.product(["00", "80", "ff"], repeat=3):
        assert contrast(readable(f"#{red}{green}{blue}", ground), ground) >= READABLE


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert readable("#0b4a59", DAY) == "#0b4a59"


def test_the_words_on_a_button_can_be_read_on_any_colour() -> None:
    assert "--on-brand: #000000" in style_sheet("#ffd700")
    assert all(
        max(contrast(text, f"#{grey:02x}{grey:02x}{grey:02x}") for text in (WHITE, BLACK)) >= READABLE
        for grey in range(256)
    )
