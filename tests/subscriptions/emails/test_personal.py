"""The letters a person waits for, and those that tell them what was done in their name."""

import re
from dataclasses import replace

import pytest
from django.core.mail import EmailMultiAlternatives
from django.utils.translation import override
from pytest_django import Settings

from statements.languages import isolated
from statements.models import Topic
from subscriptions import emails
from subscriptions.links import Wish, open_wish, seal_wish
from tests.making import make_subscriber, make_topic

pytestmark = pytest.mark.django_db

UNDO = "https://statements.example.org/en/undo/a-token/"


def parts(mail: EmailMultiAlternatives) -> list[str]:
    """Its text, and the words of its HTML."""
    return [str(mail.body), re.sub(r"<[^>]+>", " ", str(mail.alternatives[0][0]).partition("<body")[2])]


def assert_says(mail: EmailMultiAlternatives, *sentences: str) -> None:
    for part in parts(mail):
        words = " ".join(part.split())
        for sentence in sentences:
            assert sentence in words


def assert_does_not_say(mail: EmailMultiAlternatives, *words: str) -> None:
    for part in parts(mail):
        for word in words:
            assert word not in part


def test_the_confirmation_names_what_is_asked_for_topic_by_topic() -> None:
    make_topic("water")
    make_topic("fish")
    topics = (("water", "immediate"), ("fish", "weekly"), ("", "daily"), ("closed-meanwhile", "daily"))
    mail = emails.confirmation(Wish("layla@example.org", ("en", "ar"), topics, "wait"))
    assert_says(
        mail, "water (en)", "At once", "fish (en)", "Once a week", "All topics", "Once a day", "layla@example.org"
    )
    assert_says(mail, "If a statement is not in your first language yet, you get it when it is.")
    assert "- water (en) · At once\n- fish (en) · Once a week\n- All topics · Once a day\n" in str(mail.body)
    assert "1. English\n2. \u2068العربيّة\u2069\n" in str(mail.body)
    assert_does_not_say(mail, "closed-meanwhile")


MANY = [f"policy-for-rivers-lakes-and-groundwater-number-{number}" for number in range(300)]
LONG_NAME = "السياسات الوطنية لإدارة الموارد المائية والبحيرات والمياه الجوفية "


def make_many_topics() -> Wish:
    Topic.objects.bulk_create(
        Topic(slug=slug, name_ar=f"{LONG_NAME}{number}", name_en=f"Policy {number}") for number, slug in enumerate(MANY)
    )
    return Wish("layla@example.org", ("ar",), tuple((slug, "weekly") for slug in MANY))


def test_a_wish_for_three_hundred_topics_makes_a_mail_that_is_shown_whole() -> None:
    wish = make_many_topics()
    mail = emails.confirmation(wish)
    assert len(mail.message().as_bytes(linesep="\r\n")) < 102_400
    html = str(mail.alternatives[0][0])
    assert html.index('class="button') < html.rindex("</body>")
    assert_says(mail, f"{LONG_NAME}19", "و280 موضوعًا آخر")
    assert_does_not_say(mail, f"{LONG_NAME}20")
    assert_says(emails.confirmation(replace(wish, languages=("fa",))), "و ۲۸۰ موضوع دیگر")


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (21, "and 1 more topic; the page that the link opens names them all"),
        (22, "and 2 more topics; the page that the link opens names them all"),
    ],
)
def test_beyond_twenty_the_mail_says_how_many_more(number: int, says: str) -> None:
    wish = replace(make_many_topics(), languages=("en",))
    assert_says(emails.confirmation(replace(wish, topics=wish.topics[:number])), "Policy 19 · Once a week", says)
    mail = emails.confirmation(replace(wish, topics=wish.topics[:20]))
    assert_says(mail, "Policy 19 · Once a week")
    assert_does_not_say(mail, "more topic")


def test_who_chose_nothing_asks_for_all_topics_at_once_in_the_language_of_the_page() -> None:
    mail = emails.confirmation(Wish("layla@example.org", ("en",)))
    assert_says(mail, "All topics · At once, as soon as a statement is published", "Language: English")
    assert_does_not_say(mail, "first language")


def test_who_takes_the_next_language_is_told_so() -> None:
    mail = emails.confirmation(Wish("layla@example.org", ("en", "ar")))
    assert_says(mail, "If a statement is not in your first language yet, you get it in your next one.")


def test_the_link_of_the_confirmation_carries_the_whole_wish() -> None:
    wish = Wish("layla@example.org", ("en", "ar"), (("water", "weekly"), ("", "daily")), "wait")
    assert open_wish(seal_wish(wish)).wish == wish
    found = re.search(r"/confirm/(\S+)/", str(emails.confirmation(wish).body))
    assert found
    assert open_wish(found[1]).wish == wish


def test_a_new_address_is_asked_without_being_told_the_old_one() -> None:
    layla = make_subscriber("layla.haddad@example.org")
    mail = emails.address_change(layla, "layla@example.net", UNDO, "en")
    assert mail.to == ["layla@example.net"]
    assert_says(mail, "layla@example.net", "l…@example.org", UNDO)
    assert_does_not_say(mail, "layla.haddad")


def test_the_old_address_is_told_the_new_one_and_the_way_back() -> None:
    mail = emails.address_changed("layla@example.org", "layla@example.net", UNDO, 7, "en")
    assert mail.to == ["layla@example.org"]
    assert_says(mail, "layla@example.net", UNDO, "The link is good for 7 days.", "you can undo the change")


def test_a_goodbye_can_be_undone_for_a_while() -> None:
    mail = emails.goodbye("layla@example.org", "en", UNDO, 24)
    assert_says(mail, "For 24 hours you can undo it", UNDO)
    assert "https://statements.example.org/en/sign-up/" in str(mail.body)


def test_a_goodbye_for_ever_offers_no_undoing_and_still_a_way_to_come_back() -> None:
    mail = emails.goodbye("layla@example.org", "ar", "", 0)
    assert "https://statements.example.org/ar/sign-up/" in str(mail.body)
    assert 'class="button' not in str(mail.alternatives[0][0])


def test_personal_letters_are_no_list_mails_and_want_no_vacation_notice() -> None:
    layla = make_subscriber("layla@example.org")
    for mail in (
        emails.confirmation(Wish("layla@example.org", ("en",))),
        emails.sign_in(layla, "en"),
        emails.address_change(layla, "l@example.net", UNDO, "en"),
        emails.address_changed("layla@example.org", "l@example.net", UNDO, 7, "en"),
        emails.goodbye("layla@example.org", "en", UNDO, 24),
    ):
        assert mail.extra_headers["Auto-Submitted"] == "auto-generated"
        assert "List-Unsubscribe" not in mail.extra_headers


@pytest.mark.parametrize(
    ("language", "name", "stands"),
    [
        ("ar", "Ministry of Examples", "\u2068Ministry of Examples\u2069"),
        ("ar", "وزارة الأنهار", "وزارة الأنهار"),
        ("en", "Ministry of Examples", "Ministry of Examples"),
        ("fr", "وزارة الأنهار", "\u2068وزارة الأنهار\u2069"),
        ("ur", "河流部", "\u2068河流部\u2069"),
        ("fa", "2026", "2026"),
    ],
)
def test_a_name_that_runs_the_other_way_is_isolated_in_subjects(
    settings: Settings, language: str, name: str, stands: str
) -> None:
    settings.SITE_NAMES = {language: name}
    with override(language):
        assert isolated(name) == stands
    subject = str(emails.confirmation(Wish("layla@example.org", (language,))).subject)
    assert stands in subject
    assert subject.count("\u2068") == subject.count("\u2069") == stands.count("\u2068")


def test_a_subject_that_is_cut_turns_back_what_it_turned(settings: Settings) -> None:
    settings.SITE_NAMES = {"ar": "Ministry " * 40}
    subject = str(emails.confirmation(Wish("layla@example.org", ("ar",))).subject)
    assert len(subject) <= 200
    assert subject.count("\u2068") == subject.count("\u2069") == 1


def test_the_button_has_the_colour_of_the_institution_and_words_that_can_be_read(settings: Settings) -> None:
    settings.BRAND_COLOUR = "#ffd700"
    html = str(emails.confirmation(Wish("layla@example.org", ("en",))).alternatives[0][0])
    assert "background-color:#ffd700" in html
    assert re.search(r'<a href="[^"]*/confirm/[^"]*" style="[^"]*color:#000000', html)
