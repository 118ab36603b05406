"""A mail put together from a skeleton is, octet for octet, what the e-mail package builds for that reader."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from modeltranslation.utils import build_localized_fieldname

from subscriptions.delivery import letters
from subscriptions.delivery.letters import Letter, statement_letter
from subscriptions.delivery.lines import Line
from subscriptions.emails import Words, message, render
from tests.making import TEXTS, make_release, make_statement, make_topic

MOMENT = datetime(2026, 11, 23, 10, 30, 0, 123456, UTC)

local_parts = st.from_regex(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}", fullmatch=True)
domains = st.from_regex(r"([a-z0-9]{1,20}\.){1,8}[a-z]{2,10}", fullmatch=True)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])) | st.sampled_from(
    [text for pair in TEXTS.values() for text in pair]
    + [".", "..", "\n.\n", "From me\n", "=\n=20", "x" * 1200, "ء" * 700]
)


def as_sent(letter: Letter, line: Line, address: str) -> bytes:
    """What SMTP would carry of the mail that the e-mail package builds (RFC 5321 §4.5.2)."""
    built = letter.addressed(line, address).message().as_bytes(linesep="\r\n")
    lines = [b"." + line if line.startswith(b".") else line for line in built.split(b"\r\n")]
    stuffed = b"\r\n".join(lines)
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"


def delivery(pk: int, subscriber: int) -> Line:
    return Line(pk, 1, 1, None, 1, "ar", "", subscriber, MOMENT, None)


@settings(max_examples=150, deadline=None)
@given(
    subject=texts,
    before=texts,
    after=texts,
    local=local_parts,
    domain=domains,
    pk=st.integers(1, 2**62),
    subscriber=st.integers(1, 2**47),
)
def test_any_text_for_any_reader(
    subject: str, before: str, after: str, local: str, domain: str, pk: int, subscriber: int
) -> None:
    token = letters._TOKEN
    words = Words(
        " ".join(subject.split())[:200],
        f"{before}\nhttps://statements.example.org/ar/u/{token}/\n{after}\n",
        f'<p>{before}</p><a href="https://statements.example.org/ar/u/{token}/">x</a>{after}',
        "ar",
    )
    headers = {
        "Date": format_datetime(MOMENT),  # as every letter has one: Django would put the moment of building there
        "List-Unsubscribe": f"<https://statements.example.org/ar/u/{token}/>",
    }
    letter = Letter(words, headers)
    line, address = delivery(pk, subscriber), f"{local}@{domain}"
    octets = b"".join(letter.pieces(line, address))
    assert octets == as_sent(letter, line, address)
    assert token.encode() not in octets


def test_long_paragraphs_are_not_blown_up_by_an_encoding() -> None:
    paragraph = "تُقرأ المقاييس في بلسارة كل ساعة. " * 60
    words = render(
        "statement", "ar", {"edition": {"title": "ت"}, "body": f"<p>{paragraph}</p>", "body_text": paragraph}
    )
    assert " ".join(words.text.split()).count(paragraph.strip()) == 1
    sent = message(words, "layla@example.org").message().as_bytes()
    assert b"quoted-printable" not in sent
    assert max(len(line) for line in sent.split(b"\n")) <= 998


@pytest.mark.django_db
@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("long_lines", [False, True])
def test_a_statement_in_every_language(language: str, long_lines: bool) -> None:
    title, body = TEXTS[language]
    statement = make_statement(language, topics=[make_topic("water")])
    if long_lines:
        setattr(statement, build_localized_fieldname("title", language), (title * 20)[:290])
        setattr(statement, build_localized_fieldname("body", language), body.replace("</p>", f" {title * 60}</p>"))
        statement.save()
    edition = make_release(statement).editions.get()
    for had_in in ("", "en", "ar"):
        letter = statement_letter(edition, had_in)
        for pk, address in [(1, "a@b.example"), (2**40, "l" * 64 + "@" + "d" * 60 + ".example.org")]:
            octets = b"".join(letter.pieces(delivery(pk, pk), address))
            assert octets == as_sent(letter, delivery(pk, pk), address)
            assert max(len(line) for line in octets.split(b"\r\n")) <= 998
