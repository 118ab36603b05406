"""A letter says what its reader has to know, and no more than a mail may hold."""

import re
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

import pytest
from django.template import engines
from django.utils.translation import gettext, override

from statements.models import Edition, Release
from subscriptions.delivery.letters import MOST_OCTETS, Letter, digest_letter, statement_letter, warm_up
from subscriptions.delivery.lines import Line
from subscriptions.models import DigestRun, Frequency
from tests.making import TEXTS, make_release, make_statement, make_topic
from tests.markup import Reader

pytestmark = pytest.mark.django_db

Kind = Release.Kind
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SENTENCE = {
    "ar": "تُقرأ المقاييس كل ساعة. ",
    "zh-hans": "水位计每小时读取一次。",
    "en": "The gauges are read every hour. ",
    "fr": "Les jauges sont relevées chaque heure. ",
    "ru": "Показания снимаются каждый час. ",
    "es": "Los niveles se leen cada hora. ",
    "fa": "ترازها هر ساعت خوانده می‌شود. ",
    "ur": "پیمانے ہر گھنٹے پڑھے جاتے ہیں۔ ",
}


def arrived(letter: Letter) -> EmailMessage:
    line = Line(1, 1, 1, None, 1, "en", "", 1, NOON, None)
    return BytesParser(policy=default).parsebytes(b"".join(letter.pieces(line, "layla@example.org")))


def part(letter: Letter, kind: str) -> str:
    body = arrived(letter).get_body([kind])
    assert body
    return str(body.get_content())


def parts(letter: Letter) -> list[str]:
    return [" ".join(part(letter, "plain").split()), " ".join(Reader(part(letter, "html")).words)]


def edition(kind: str = Kind.PUBLISHED, language: str = "en", **fields: object) -> Edition:
    """Published, and then released again as the kind says."""
    statement = make_statement(language, slug=f"s{Release.objects.count()}", **fields)  # type: ignore[arg-type]
    release = make_release(statement)
    if kind != Kind.PUBLISHED:
        release = make_release(statement, kind=kind, notes={language: "The date was wrong."})
    return Edition.objects.for_reading().get(release=release)


def continues(language: str) -> str:
    """What a mail says where it was cut."""
    with override(language):
        return gettext("The statement continues on the web.")


def long_edition(language: str, octets: int) -> Edition:
    paragraph = f"<p>{SENTENCE[language] * 10}</p>"
    long = edition()
    long.language, long.body = language, paragraph * (1 + octets // len(paragraph.encode()))
    return long


@pytest.mark.parametrize(
    ("kind", "had_in", "subject", "says"),
    [
        (Kind.PUBLISHED, "", "River levels are falling", None),
        (Kind.PUBLISHED, "fr", "Now in your language: River levels are falling", "in another language: French."),
        (Kind.UPDATED, "", "Updated: River levels are falling", "This text was updated."),
        (Kind.CORRECTED, "en", "Corrected: River levels are falling", "It replaces the one we sent you."),
        (Kind.CORRECTED, "", "River levels are falling", "This statement was corrected on"),
        (Kind.CORRECTED, "fr", "Now in your language: River levels are falling", "in another language: French."),
        (Kind.WITHDRAWN, "en", "Withdrawn: River levels are falling", "The text we sent you is no longer valid."),
    ],
)
def test_the_words_follow_from_the_release_and_from_what_its_reader_had(
    kind: str, had_in: str, subject: str, says: str | None
) -> None:
    letter = statement_letter(edition(kind), had_in)
    assert letter.words.subject == subject
    for words in parts(letter):
        assert says is None or says in words
        assert ("The date was wrong." in words) == (kind != Kind.PUBLISHED)
        assert ("It replaces the one we sent you." in words) == (kind == Kind.CORRECTED and had_in == "en")


def test_it_says_which_topics_it_comes_for() -> None:
    water, fish = make_topic("water"), make_topic("fish")
    letter = statement_letter(edition(topics=[water, fish]))
    why = "because you asked Ministry of Examples for updates on all topics, or on one of these:"
    assert all(f"{why} fish (en) and water (en)." in words for words in parts(letter))
    assert all("for updates on all topics." in words for words in parts(statement_letter(edition())))


def test_what_stands_beside_the_subject_is_the_summary_or_the_beginning() -> None:
    def preview(letter: Letter) -> str:
        found = re.search(r'<div class="preview[^>]*>([^<]*)</div>', part(letter, "html"))
        assert found
        return found[1].strip()

    assert preview(statement_letter(edition(summary_en="In short."))) == "In short."
    assert preview(statement_letter(edition())).startswith("What happens next The gauges")
    assert preview(statement_letter(edition(Kind.WITHDRAWN))) == "The date was wrong."


@pytest.mark.parametrize("language", SENTENCE)
def test_a_text_as_long_as_most_is_sent_whole(language: str) -> None:
    letter = statement_letter(long_edition(language, 25_000))
    assert not any(continues(language) in words for words in parts(letter))
    assert letter.size < 75_000


@pytest.mark.parametrize("language", SENTENCE)
def test_a_very_long_text_is_cut_after_a_paragraph_and_says_where_it_goes_on(language: str) -> None:
    whole = long_edition(language, 300_000)
    letter = statement_letter(whole)
    assert 80_000 < letter.size <= MOST_OCTETS
    html, text = part(letter, "html"), part(letter, "plain")
    assert not Reader(html).problems
    for words in parts(letter):
        before, _, after = words.partition(continues(language))
        assert before.strip().endswith(SENTENCE[language].strip())
        assert after
    assert f'href="https://statements.example.org{whole.get_absolute_url()}"' in html
    assert f"https://statements.example.org{whole.get_absolute_url()}" in text
    assert b"quoted-printable" not in arrived(letter).as_bytes()


def digest(language: str, *editions: Edition, frequency: str = Frequency.DAILY) -> Letter:
    return digest_letter(DigestRun(frequency=frequency, starts_at=NOON, ends_at=NOON), language, editions)


def test_a_digest_has_a_section_for_each_language_its_own_first() -> None:
    english, arabic, chinese = (edition(language=language) for language in ("en", "ar", "zh-hans"))
    letter = digest("ar", english, chinese, arabic)
    html = part(letter, "html")
    titles = [TEXTS["ar"][0], TEXTS["zh-hans"][0], TEXTS["en"][0]]
    headings = [
        " ".join(re.sub("<[^>]*>", "", text).split()) for text in re.findall(r"<h[23].*?</h[23]>", html, re.DOTALL)
    ]
    assert headings == ["العربيّة", titles[0], "简体中文", titles[1], "English", titles[2]]
    assert re.search(r'<h3[^>]*lang="en" dir="ltr"', html)
    assert re.search(r'<h3[^>]*lang="ar" dir="rtl"', html)
    text = part(letter, "plain")
    assert text.index("العربيّة") < text.index(titles[0]) < text.index("简体中文") < text.index(titles[1])
    assert all(text.count(title) == 1 for title in titles)


def test_a_digest_in_one_language_needs_no_heading_for_it() -> None:
    letter = digest("en", edition(), edition())
    assert letter.words.subject == "2 new statements from Ministry of Examples"
    assert ">English<" not in part(letter, "html")
    assert all("for updates once a day." in words for words in parts(letter))
    weekly = digest("en", edition(), frequency=Frequency.WEEKLY)
    assert all("for updates once a week." in words for words in parts(weekly))


def test_a_digest_of_very_many_leaves_out_summaries_and_then_statements() -> None:
    one = edition(summary_en="What it is about, in short. " * 15)
    many = digest("en", *[one] * 100)
    assert many.size <= MOST_OCTETS
    assert part(many, "plain").count(one.title) == 100
    assert "in short" not in part(many, "plain")
    more = digest("en", *[one] * 300)
    assert more.size <= MOST_OCTETS
    shown = part(more, "plain").count(one.title)
    assert all(f"{300 - shown} more statements are on the web." in words for words in parts(more))
    assert more.words.subject == "300 new statements from Ministry of Examples"


def test_a_process_that_is_warm_reads_no_template_for_its_first_letter() -> None:
    (cached,) = engines["django"].engine.template_loaders  # type: ignore[attr-defined]
    cached.reset()
    warm_up()
    known = set(cached.get_template_cache)
    assert arrived(statement_letter(edition()))["Message-ID"]
    assert known
    assert set(cached.get_template_cache) == known
