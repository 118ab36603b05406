"""A long text is cut where it may end."""

import re

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subscriptions.emails.cutting import cut
from tests.markup import Reader

PARAGRAPHS = "".join(f"<p>Paragraph {number} says what it says. And more.</p>" for number in range(20))
LIST = "<h2>Stations</h2><ul>" + "".join(f"<li>Station {number}</li>" for number in range(20)) + "</ul><p>End.</p>"
ROWS = "".join(f"<tr><td><p>Gauge {number}</p></td><td>{number} m</td></tr>" for number in range(20))
TABLE = f"<table><thead><tr><th>Gauge</th><th>Level</th></tr></thead><tbody>{ROWS}</tbody></table>"
NESTED = f"<blockquote><div>{PARAGRAPHS}</div></blockquote>"

PIECES = [
    *(
        "<p>One. Two.</p>",
        "<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>",
        "<h2>Head</h2>",
        "<br>",
        "bare text ",
        TABLE,
    ),
    *("<p>سطر. آخر.</p>", "<p>一句。二句。</p>", "<blockquote><p>q</p></blockquote>", "<dl><dt>t</dt><dd>d</dd></dl>"),
    *('<p><a href="https://example.org/?a=1&amp;b=2" title="a > b. c">x</a></p>', "<pre>a  b</pre>", "<hr>"),
]


def test_what_fits_stays_as_it_is() -> None:
    assert cut(PARAGRAPHS, len(PARAGRAPHS)) == PARAGRAPHS


@pytest.mark.parametrize(
    ("html", "ends_with"),
    [
        (PARAGRAPHS, "And more.</p>"),
        (LIST, "</li></ul>"),
        (TABLE, " m</td></tr></tbody></table>"),
        (NESTED, "And more.</p></div></blockquote>"),
    ],
)
def test_it_ends_with_a_whole_block_and_everything_is_closed(html: str, ends_with: str) -> None:
    for room in range(180, 400):
        kept = cut(html, room)
        assert kept.endswith(ends_with)
        assert not Reader(kept).problems
        assert not re.search(r"<tr><td>(?:(?!</tr>|<td>).)*</tr>", kept), "a row without its second cell"
        assert " ".join(Reader(html).words).startswith(" ".join(Reader(kept).words))


@pytest.mark.parametrize(
    ("paragraph", "kept"),
    [
        ("The first sentence. " * 40, "The first sentence."),
        ("تُقرأ المقاييس كل ساعة. " * 40, "تُقرأ المقاييس كل ساعة."),
        ("水位计每小时读取一次。" * 40, "水位计每小时读取一次。"),
        ("دریا کی سطح کم ہو رہی ہے۔ " * 40, "دریا کی سطح کم ہو رہی ہے۔"),
        ("She said: “It falls.” " * 40, "She said: “It falls.”"),
    ],
)
def test_a_paragraph_longer_than_the_mail_ends_with_a_sentence(paragraph: str, kept: str) -> None:
    short = cut(f"<h2>Head</h2><p>{paragraph}</p>", 400)
    assert short.endswith(f"{kept}</p>")
    assert 200 < len(short.encode()) < 410


def test_lines_of_one_block_are_kept_whole() -> None:
    assert cut("<p>" + "One line<br>" * 100 + "</p>", 100) == "<p>" + "One line<br/>" * 7 + "One line</p>"


def test_a_tag_is_never_cut_in_two() -> None:
    sentences = ["", "One.", "One.Two.", "One.Two.Three.", "One.Two.Three.Andmoreofit."]
    html = '<p><a href="https://example.org/" title="One. Two. </p> Three. ">One. Two. Three.</a> And more of it.</p>'
    for room in range(len(html)):
        assert "".join(Reader(cut(html, room)).words) in sentences


def test_where_nothing_may_end_nothing_is_kept() -> None:
    assert cut("<p>" + "word " * 100 + "</p>", 100) == ""
    assert cut(PARAGRAPHS, 0) == ""


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.integers(0, 800))
def test_whatever_is_cut_is_well_formed_and_the_beginning_of_the_text(html: str, room: int) -> None:
    html = nh3.clean(html)
    kept, whole = Reader(cut(html, room)), Reader(html)
    assert not kept.problems
    assert "".join(whole.words).startswith("".join(kept.words))
