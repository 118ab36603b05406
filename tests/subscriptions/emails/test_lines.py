"""Long lines are broken where nobody minds."""

import re
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subscriptions.emails import lines
from tests.markup import Reader

LONG = {
    "en": "The gauges at Belsara are read every hour, day and night. ",
    "ar": "تُقرأ المقاييس في بلسارة كل ساعة، ليلًا ونهارًا. ",
    "zh-hans": "贝尔萨拉的水位计每小时读取一次，昼夜不停。",
    "ur": "بیلسارا کے پیمانے ہر گھنٹے پڑھے جاتے ہیں۔ ",
}


@pytest.mark.parametrize("language", LONG)
def test_a_paragraph_is_broken_after_a_sentence(language: str) -> None:
    sentence = LONG[language]
    pieces = lines.of_text(sentence * 60).split("\n")
    assert len(pieces) > 2
    assert all(piece.strip().endswith(sentence.strip()) for piece in pieces)
    assert all(lines.LENGTH // 3 < len(piece.encode()) <= lines.LENGTH for piece in pieces[:-1])


def test_without_a_sentence_it_is_broken_between_words() -> None:
    assert " ".join(lines.of_text("word " * 400).split()) == " ".join(["word"] * 400)


def test_a_quotation_stays_one() -> None:
    assert all(line.startswith("> > ") for line in lines.of_text("> > " + LONG["en"] * 60).split("\n"))


def test_what_has_no_place_to_break_stays_whole() -> None:
    assert lines.of_text("x" * 2000) == "x" * 2000


@pytest.mark.parametrize("language", LONG)
def test_a_broken_line_of_html_reads_as_before(language: str) -> None:
    html = f'<p lang="{language}">{LONG[language] * 30}<a href="https://example.org/">{LONG[language]}</a></p>' * 3
    broken = lines.of_html(html)
    assert max(len(line.encode()) for line in broken.split("\n")) <= 998
    assert Reader(broken).words == Reader(html).words
    assert Reader(broken).elements == Reader(html).elements
    # Where words are not divided by spaces, none may come between them.
    assert not re.search(r"[\u4e00-\u9fff。，]\s+[\u4e00-\u9fff]", "".join(Reader(broken).texts))


def test_preformatted_text_is_not_broken() -> None:
    html = f"<pre>{'a  b   c ' * 200}</pre>"
    assert lines.of_html(html) == html


@pytest.mark.parametrize("language", LONG)
def test_no_language_is_blown_up_by_an_encoding(language: str) -> None:
    message = EmailMessage(policy=SMTP.clone(cte_type="8bit"))
    message.set_content(lines.of_text(LONG[language] * 60), cte="8bit")
    assert max(len(line) for line in message.as_bytes().split(b"\r\n")) <= 998


attributes = st.sampled_from(
    ["", ' title="a > b 。 c"', ' href="https://example.org/?a=1,2"', ' style="margin: 0 0 1px"']
)
inline = st.tuples(
    st.sampled_from(["p", "a", "b", "pre", "td"]), attributes, st.sampled_from([*LONG.values(), "x" * 300])
)


@settings(deadline=None)
@given(st.lists(inline, max_size=30))
def test_any_html_keeps_its_elements_and_its_words(parts: list[tuple[str, str, str]]) -> None:
    html = "".join(f"<{tag}{attribute}>{text}</{tag}>" for tag, attribute, text in parts)
    before, after = Reader(html), Reader(lines.of_html(html))
    assert before.words == after.words
    assert before.elements == after.elements
    assert not after.problems
