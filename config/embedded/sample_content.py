"""An invented ministry, its statements and a few readers, for the first start of an embedded site."""

import datetime
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from django.db import models, transaction
from django.utils import timezone
from modeltranslation.utils import build_localized_fieldname

from statements.importing import import_files
from statements.models import Issuer, Release, Statement, Topic, TopicCategory
from statements.publishing import Draft, publish, ready_languages
from subscriptions.models import Subscriber, Subscription

Named = TypeVar("Named", bound=models.Model)

SAMPLES = Path(__file__).parent / "samples"
# When a press office publishes: in the morning, never two at the same minute.
FIRST_HOUR = datetime.time(9, 5)
APART = datetime.timedelta(minutes=17)


def load_samples() -> int:
    """Fill an empty site, and return how many statements there are then; leave any other site as it is (0)."""
    if Statement.objects.exists():
        return 0
    with transaction.atomic():
        _load_names(yaml.safe_load((SAMPLES / "taxonomy.yaml").read_text(encoding="utf-8")))
        import_files(sorted((SAMPLES / "statements").glob("*.md")))
        statements = list(Statement.objects.order_by("date", "pk"))
        for number, statement in enumerate(statements):
            _publish(statement, number)
    return len(statements)


def _load_names(samples: dict[str, Any]) -> None:
    for entry in samples["issuers"]:
        department = _named(Issuer, entry)
        for office in entry.get("offices", []):
            _named(Issuer, office, parent=department)
    topics: dict[str, Topic] = {}
    for entry in samples["topic_categories"]:
        category = _named(TopicCategory, entry)
        topics |= {topic["slug"]: _named(Topic, topic, category=category) for topic in entry["topics"]}
    for entry in samples["subscribers"]:
        _load_subscriber(entry, topics)


def _named(model: type[Named], entry: dict[str, Any], **values: object) -> Named:
    names = {build_localized_fieldname("name", language): name for language, name in entry["name"].items()}
    return model._default_manager.create(slug=entry["slug"], **names, **values)


def _load_subscriber(entry: dict[str, Any], topics: dict[str, Topic]) -> None:
    subscriber = Subscriber.objects.create(email=entry["email"], while_missing=entry["while_missing"])
    subscriber.set_languages(entry["languages"])
    Subscription.objects.bulk_create(_subscriptions(subscriber, entry["subscriptions"], topics))


def _subscriptions(
    subscriber: Subscriber, entries: list[dict[str, Any]], topics: dict[str, Topic]
) -> Iterable[Subscription]:
    for entry in entries:
        topic = topics[entry["topic"]] if entry["topic"] else None
        yield Subscription(subscriber=subscriber, topic=topic, frequency=entry["frequency"])


def _publish(statement: Statement, number: int) -> None:
    """Publish on the day the statement bears; nobody is told, it was long ago."""
    release = publish(Draft(statement, tuple(ready_languages(statement)), announce=False))
    moment = timezone.make_aware(datetime.datetime.combine(statement.date, FIRST_HOUR)) + number * APART
    Release.objects.filter(pk=release.pk).update(publish_at=moment, approved_at=moment)
