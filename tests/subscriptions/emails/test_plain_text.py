"""A statement's HTML reads well as plain text."""

import pytest

from subscriptions.emails import plain_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One\n   paragraph.</p><p>Another.</p>", "One paragraph.\n\nAnother."),
        ("<p>a</p><h2>Next steps</h2><p>b</p>", "a\n\nNext steps\n----------\n\nb"),
        ("<h3>Minor</h3><p>b</p>", "Minor\n\nb"),
        ("<h2>水情预测</h2>", "水情预测\n--------"),
        ("<p>A line<br>and another</p>", "A line\nand another"),
        ("<ul><li>one</li><li>two<ul><li>three</li></ul></li></ul>", "- one\n- two\n  - three"),
        ('<ol start="3"><li>three</li><li>four</li></ol>', "3. three\n4. four"),
        ("<blockquote><p>He said so.</p><p>Twice.</p></blockquote>", "> He said so.\n>\n> Twice."),
        (
            "<table><caption>Levels</caption><thead><tr><th>Gauge</th><th>Level</th></tr></thead>"
            "<tbody><tr><td>Belsara</td><td>3.2 m</td></tr>"
            "<tr><td><p>Korvan</p></td><td>4.8 m</td></tr></tbody></table>",
            "Levels\n\nGauge | Level\nBelsara | 3.2 m\nKorvan | 4.8 m",
        ),
        ("<dl><dt>Crest</dt><dd>The highest level.</dd></dl>", "Crest\n  The highest level."),
        ("<pre>a  b\n  c</pre>", "a  b\n  c"),
        ("<p>H<sub>2</sub>O, <strong>now</strong> <em>and</em> <code>x_y*z</code></p>", "H2O, now and x_y*z"),
        ("<p>a</p><hr><p>b</p>", "a\n\n---\n\nb"),
        ("<p>5 &lt; 6 &amp; 7</p>", "5 < 6 & 7"),
        ("", ""),
    ],
)
def test_structure(html: str, text: str) -> None:
    assert plain_text(html, "en") == text


def test_links_are_numbered_and_their_addresses_stand_at_the_end() -> None:
    html = (
        '<p>See <a href="https://example.org/a">the report</a> and <a href="https://example.org/b">the map</a>, or '
        '<a href="https://example.org/a">the report</a> again. <a href="mailto:press@example.org">Write to us</a>.</p>'
    )
    assert plain_text(html, "en") == (
        "See the report [1] and the map [2], or the report [1] again. Write to us [3].\n\n"
        "Links:\n[1] https://example.org/a\n[2] https://example.org/b\n[3] press@example.org"
    )


def test_an_address_that_is_its_own_name_is_not_repeated() -> None:
    html = '<p><a href="https://example.org/">https://example.org/</a> <a href="tel:+123">+123</a> <a>no link</a></p>'
    assert plain_text(html, "en") == "https://example.org/ +123 no link"


def test_a_name_that_runs_the_other_way_is_isolated() -> None:
    assert plain_text("<p>قال <bdi>IFLA</bdi>.</p>", "ar") == "قال \u2068IFLA\u2069."
    assert plain_text("<p>قال <bdi>بلسارا</bdi>.</p>", "ar") == "قال بلسارا."
    assert plain_text("<p>Said <bdi>بلسارا</bdi>.</p>", "en") == "Said \u2068بلسارا\u2069."


def test_the_line_under_a_heading_stands_on_the_side_of_the_heading() -> None:
    assert plain_text("<h2>المتوقع</h2>", "ar").split("\n")[1] == "\u200f-------"
