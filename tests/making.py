"""Statements and subscribers for tests, made as the product makes them."""

import datetime
from collections.abc import Iterable
from typing import Any

from modeltranslation.utils import build_localized_fieldname

from statements.models import Issuer, Release, Statement, StatementType, Topic
from statements.publishing import Draft, publish
from subscriptions.models import Frequency, Subscriber, Subscription

TEXTS = {
    "en": ("River levels are falling", "<h2>What happens next</h2><p>The gauges at Belsara are read every hour.</p>"),
    "ar": ("انخفاض منسوب الأنهار", "<h2>ما الخطوة التالية</h2><p>تُقرأ المقاييس في بلسارة كل ساعة.</p>"),
    "fr": (
        "Le niveau des rivières baisse",
        "<h2>La suite</h2><p>Les jauges sont relevées chaque heure.</p>",
    ),
    "zh-hans": ("河流水位正在下降", "<h2>接下来</h2><p>贝尔萨拉的水位计每小时读取一次。</p>"),
}


def translations(name: str, texts: dict[str, str]) -> dict[str, str]:
    """The arguments that set a translated field in several languages."""
    return {build_localized_fieldname(name, language): text for language, text in texts.items()}


def make_topic(slug: str) -> Topic:
    return Topic.objects.create(
        slug=slug, **translations("name", {language: f"{slug} ({language})" for language in TEXTS})
    )


def make_issuer() -> Issuer:
    names = {"en": "Ministry of Rivers", "ar": "وزارة الأنهار", "fr": "Ministère des Rivières", "zh-hans": "河流部"}
    return Issuer.objects.get_or_create(slug="ministry-of-rivers", defaults=translations("name", names))[0]


def make_type() -> StatementType:
    """The fact sheet, also where a test with transactions of its own emptied what the migrations had filled."""
    names = {
        "en": "Fact sheet",
        "ar": "بيان وقائع",
        "fr": "Fiche d’information",
        "fa": "برگه اطلاعات",
        "zh-hans": "情况说明",
    }
    return StatementType.objects.get_or_create(slug="fact-sheet", defaults=translations("name", names))[0]


def make_statement(
    *languages: str, slug: str = "river-levels", topics: Iterable[Topic] = (), **fields: Any
) -> Statement:
    """A statement in these languages, English if none is named; the first is the original."""
    languages = languages or ("en",)
    statement = Statement(
        slug=slug,
        issuer=make_issuer(),
        type=make_type(),
        date=datetime.date(2026, 10, 6),
        original_language=languages[0],
    )
    for language in languages:
        write(statement, language)
    for name, value in fields.items():
        setattr(statement, name, value)
    statement.save()
    statement.topics.set(topics)
    return statement


def write(statement: Statement, language: str) -> None:
    title, body = TEXTS[language]
    setattr(statement, build_localized_fieldname("title", language), title)
    setattr(statement, build_localized_fieldname("body", language), body)


def make_release(statement: Statement, *languages: str, **choices: Any) -> Release:
    return publish(Draft(statement, languages or (statement.original_language,), **choices))


def make_subscriber(
    email: str,
    *languages: str,
    topics: Iterable[Topic | None] = (None,),
    frequency: str = Frequency.IMMEDIATE,
    **fields: Any,
) -> Subscriber:
    """Somebody who said yes, to all topics unless some are named."""
    subscriber = Subscriber.objects.create(email=email, **fields)
    subscriber.set_languages(list(languages or ("en",)))
    for topic in topics:
        Subscription.objects.create(subscriber=subscriber, topic=topic, frequency=frequency)
    return subscriber
