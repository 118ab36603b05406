"""HTML that holds up where pieces of it are kept and the rest is dropped."""

from subscriptions.emails.markup import finished
from tests.markup import Reader

HEAD = "<head><meta charset='utf-8'><title>t</title><style>p { margin: 0 } .ar { color: red }</style></head>"


def document(body: str, language: str = "ar", direction: str = "rtl") -> str:
    return f'<!DOCTYPE html><html lang="{language}" dir="{direction}">{HEAD}<body>{body}</body></html>'


def blocks(html: str) -> list[tuple[str, str | None, str | None]]:
    found = Reader(finished(html)).elements
    return [
        (tag, attributes.get("lang"), attributes.get("dir")) for tag, attributes in found if tag in ("p", "li", "td")
    ]


def test_every_block_says_its_language_and_direction() -> None:
    html = document("<table><tr><td><p>أ</p><ul><li>ب</li></ul></td></tr></table>")
    assert blocks(html) == [("td", "ar", "rtl"), ("p", "ar", "rtl"), ("li", "ar", "rtl")]


def test_a_block_in_another_language_keeps_its_own_and_passes_it_on() -> None:
    html = document(
        '<p>أ</p><div lang="en"><p>a</p><p lang="fa">ا</p></div><p lang="x-unknown">?</p><p dir="auto">1</p>'
    )
    assert blocks(html) == [
        ("p", "ar", "rtl"),
        ("p", "en", "ltr"),
        ("p", "fa", "rtl"),
        ("p", "x-unknown", "rtl"),
        ("p", "ar", "auto"),
    ]


def test_styles_are_inlined_and_type_is_chosen_where_a_language_is_named() -> None:
    html = finished(document('<p>a</p><p lang="ar">أ</p>', "en", "ltr"))
    assert '<p lang="en" dir="ltr" style="margin:0">a</p>' in html
    assert '<p class="ar" lang="ar" dir="rtl" style="margin:0;color:red">أ</p>' in html
