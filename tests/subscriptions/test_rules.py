"""Who is told what, whatever happens in whatever order: the rules in plain Python, beside what the engine does."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statements.models import Edition, Release, Statement, Topic
from statements.publishing import public_languages
from subscriptions import pausing
from subscriptions.choosing import choose
from subscriptions.delivery import digests, ledger
from subscriptions.models import Frequency, Subscriber, Subscription
from tests import post
from tests.clock import Clock
from tests.making import make_release, make_statement, make_topic, write

pytestmark = pytest.mark.django_db

Kind = Release.Kind
NEWS = (Kind.PUBLISHED, Kind.UPDATED)
LANGUAGES = ["en", "ar", "fr"]
# A Friday: in Europe clocks are put forward on Sunday.
BEGIN = datetime(2031, 3, 28, 10, tzinfo=UTC)
END = datetime(2100, 1, 1, tzinfo=UTC)
ALL, WATER = None, "water"


@dataclass
class Span:
    """From when to when something was so; while it still is, to the end of time."""

    begin: datetime
    end: datetime = END

    def __contains__(self, moment: datetime) -> bool:
        return self.begin <= moment < self.end


@dataclass
class Told:
    moment: datetime
    edition: Edition
    at_once: bool


@dataclass
class Reader:
    """A person, and all that they ever chose and were told."""

    subscriber: Subscriber
    languages: list[str]
    waits: bool
    subscriptions: list[tuple[str | None, str, Span]] = field(default_factory=list)
    pauses: list[Span] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)

    def rank(self, language: str) -> int:
        return self.languages.index(language)

    def choose(self, topic: str | None, frequency: str, moment: datetime) -> None:
        for chosen, _, span in self.subscriptions:
            if chosen == topic and moment in span:
                span.end = moment
        if frequency:
            self.subscriptions.append((topic, frequency, Span(moment)))

    def is_subscribed(self, moment: datetime) -> bool:
        return any(moment in span for _, _, span in self.subscriptions)

    def frequency(self, topic: str | None, moment: datetime) -> str:
        """How often at the most immediate they took news on a topic then; "" if not at all."""
        then = {often for chosen, often, span in self.subscriptions if chosen in (ALL, topic) and moment in span}
        return next((str(often) for often in Frequency if often in then), "")

    def language_for(self, news: "News") -> str | None:
        best = next((language for language in self.languages if language in news.languages), None)
        return None if self.waits and best != self.languages[0] else best

    def language_if_concerned(self, news: "News") -> str | None:
        """The language in which they are to be told; None if it does not concern them."""
        paused = any(news.moment in pause for pause in self.pauses)
        return self.language_for(news) if not paused and self.frequency(news.topic, news.moment) else None

    def has(self, news: "News", language: str, before: datetime | None = None) -> bool:
        """Whether they have the text in this language or a better one; of an update, as it is since then."""
        return any(
            told.edition.statement_id == news.statement.pk
            and self.rank(told.edition.language) <= self.rank(language)
            and (news.kind == Kind.PUBLISHED or told.edition.release_id >= news.number)
            and told.edition.release_id > news.withdrawn
            for told in self.told
            if before is None or told.moment < before
        )


@dataclass
class News:
    """A release."""

    number: int
    statement: Statement
    topic: str | None
    kind: str
    languages: list[str]
    moment: datetime
    withdrawn: int  # the statement's last withdrawal before it; 0 if there was none


class World:
    """What happens, and what must have followed in the end."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.topics: dict[str | None, Topic | None] = {ALL: None, WATER: make_topic(WATER)}
        self.readers: list[Reader] = []
        self.news: list[News] = []
        self.statements: list[tuple[Statement, str | None]] = []
        self.deliveries: list[datetime] = []
        digests.run_due()

    def add(self, languages: list[str], waits: bool, frequencies: dict[str | None, str]) -> None:
        subscriber = Subscriber.objects.create(
            email=f"reader{len(self.readers)}@example.org",
            while_missing=Subscriber.WhileMissing.WAIT if waits else Subscriber.WhileMissing.NEXT,
        )
        subscriber.set_languages(languages)
        reader = Reader(subscriber, languages, waits)
        self.readers.append(reader)
        for topic, frequency in frequencies.items():
            Subscription.objects.create(
                subscriber=subscriber, topic=self.topics[topic], frequency=frequency, started_at=self.clock.now
            )
            reader.choose(topic, frequency, self.clock.now)

    # What may happen ------------------------------------------------------------------------------------------------

    def publish(self, languages: list[str], topic: str | None) -> None:
        topics = [self.topics[topic]] if topic else []
        statement = make_statement(*languages, slug=f"s{len(self.statements)}", topics=topics)  # type: ignore[arg-type]
        self.statements.append((statement, topic))
        self._release(len(self.statements) - 1, Kind.PUBLISHED, languages)

    def translate(self, which: int, language: str) -> None:
        if self.statements and language not in (public := self._public(which)) and public:
            statement, _ = self.statements[which % len(self.statements)]
            write(statement, language)
            statement.save()
            self._release(which, Kind.PUBLISHED, [language])

    def revise(self, which: int, kind: str, choice: int) -> None:
        if self.statements and (public := self._public(which)):
            some = [public[choice % len(public)]] if choice < 3 and kind != Kind.WITHDRAWN else public
            self._release(which, kind, some)

    def publish_again(self, which: int, language: str) -> None:
        if self.statements and not self._public(which):
            statement, _ = self.statements[which % len(self.statements)]
            write(statement, language)
            statement.save()
            self._release(which, Kind.PUBLISHED, [language])

    def choose(self, who: int, topic: str | None, frequency: str) -> None:
        reader = self.readers[who % len(self.readers)]
        choose(reader.subscriber, {self.topics[topic]: frequency})
        reader.choose(topic, frequency, self.clock.now)

    def pause(self, who: int, hours: int) -> None:
        reader = self.readers[who % len(self.readers)]
        pausing.pause(reader.subscriber, self.clock.now + timedelta(hours=hours))
        begin = self.clock.now
        if reader.pauses and begin in reader.pauses[-1]:
            begin = reader.pauses.pop().begin
        reader.pauses.append(Span(begin, self.clock.now + timedelta(hours=hours)))

    def resume(self, who: int) -> None:
        reader = self.readers[who % len(self.readers)]
        pausing.resume(reader.subscriber)
        if reader.pauses and self.clock.now in reader.pauses[-1]:
            reader.pauses[-1].end = self.clock.now

    def read_at(self, who: int, zone: str, hour: int, weekday: int) -> None:
        reader = self.readers[who % len(self.readers)]
        Subscriber.objects.filter(pk=reader.subscriber.pk).update(
            time_zone=zone, digest_hour=hour, digest_weekday=weekday
        )

    def wait(self, hours: int) -> None:
        self.clock.pass_by(hours=hours)

    def _public(self, which: int) -> list[str]:
        return public_languages(self.statements[which % len(self.statements)][0])

    def _release(self, which: int, kind: str, languages: list[str]) -> None:
        statement, topic = self.statements[which % len(self.statements)]
        notes = dict.fromkeys(languages, "What changed.")
        release = make_release(statement, *languages, kind=kind, notes=notes)
        withdrawals = [news.number for news in self._about(statement.pk) if news.kind == Kind.WITHDRAWN]
        withdrawn = max(withdrawals, default=0)
        self.news.append(News(release.pk, statement, topic, kind, languages, release.publish_at, withdrawn))

    # What follows ---------------------------------------------------------------------------------------------------

    def look(self) -> None:
        ledger.announce_due()
        digests.run_due()

    def deliver(self) -> None:
        self.deliveries.append(self.clock.now)
        readers = {reader.subscriber.pk: reader for reader in self.readers}
        for line, editions in post.mails():
            assert len({edition.statement_id for edition in editions}) == len(editions)
            for edition in editions:
                told = Told(self.clock.now, edition, line.edition_id is not None)
                readers[line.subscriber_id or 0].told.append(told)

    def check(self) -> None:
        for reader in self.readers:
            editions = [told.edition.pk for told in reader.told]
            assert len(set(editions)) == len(editions), "told the same twice"
            for told in reader.told:
                assert self._is_news(reader, told) or self._is_correction(reader, told), "told what is not for them"
            for news in self.news:
                assert self._is_right(reader, news), "not told"

    def _is_news(self, reader: Reader, told: Told) -> bool:
        return any(
            reader.language_if_concerned(news) == told.edition.language
            and not reader.has(news, told.edition.language, told.moment)
            for news in self._about(told.edition.statement_id)
            if news.kind in NEWS and news.number <= told.edition.release_id
        )

    def _is_correction(self, reader: Reader, told: Told) -> bool:
        (news,) = [news for news in self.news if news.number == told.edition.release_id]
        return told.at_once and news.kind not in NEWS and self._held(reader, news, told.moment) == told.edition.language

    def _held(self, reader: Reader, news: News, moment: datetime) -> str | None:
        """In which of its languages they got the text last that it corrects."""
        held = [
            told.edition.language
            for told in reader.told
            if told.edition.statement_id == news.statement.pk
            and told.edition.language in news.languages
            and news.withdrawn < told.edition.release_id < news.number
            and told.moment < moment
        ]
        return held[-1] if held else None

    def _is_right(self, reader: Reader, news: News) -> bool:
        if news.kind not in NEWS:
            held = self._held(reader, news, news.moment)
            told = any(self._tells(told, news) for told in reader.told)
            return not held or told or not reader.is_subscribed(news.moment)
        language = reader.language_if_concerned(news)
        return not language or reader.has(news, language) or self._may_be_spared(reader, news)

    def _may_be_spared(self, reader: Reader, news: News) -> bool:
        """Whether there is a reason why somebody was not told: they left, it was withdrawn, or they paused in time."""
        left = not all(
            reader.frequency(news.topic, moment)
            for moment in [*self.deliveries, self.clock.now]
            if moment >= news.moment
        )
        withdrawn = any(
            later.kind == Kind.WITHDRAWN and later.number > news.number for later in self._about(news.statement.pk)
        )
        at_once = reader.frequency(news.topic, news.moment) == Frequency.IMMEDIATE
        sent_at = min((moment for moment in self.deliveries if moment >= news.moment), default=self.clock.now)
        paused = at_once and any(news.moment <= pause.begin <= sent_at for pause in reader.pauses)
        return left or withdrawn or paused

    def _tells(self, told: Told, news: News) -> bool:
        return told.edition.statement_id == news.statement.pk and told.edition.release_id >= news.number

    def _about(self, statement: int) -> Iterator[News]:
        return (news for news in self.news if news.statement.pk == statement)


def one(name: str, **arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    return st.tuples(st.just(name), st.fixed_dictionaries(arguments))


some = st.integers(0, 5)
frequencies = st.sampled_from(list(Frequency))
topics = st.sampled_from([ALL, WATER])
orders = st.permutations(LANGUAGES).flatmap(lambda order: st.sampled_from([order[:1], order[:2], order]))
people = st.lists(
    st.fixed_dictionaries(
        {
            "languages": orders,
            "waits": st.booleans(),
            "frequencies": st.dictionaries(topics, frequencies, min_size=1),
        }
    ),
    min_size=1,
    max_size=3,
)
happenings = st.one_of(
    one("publish", languages=orders, topic=topics),
    one("translate", which=some, language=st.sampled_from(LANGUAGES)),
    one("revise", which=some, kind=st.sampled_from([Kind.UPDATED, Kind.UPDATED, Kind.CORRECTED]), choice=some),
    one("revise", which=some, kind=st.just(Kind.WITHDRAWN), choice=some),
    one("publish_again", which=some, language=st.sampled_from(LANGUAGES)),
    one("choose", who=some, topic=topics, frequency=st.sampled_from([*Frequency, *Frequency, ""])),
    one("pause", who=some, hours=st.sampled_from([1, 10, 30, 200, 2000])),
    one("resume", who=some),
    one(
        "read_at",
        who=some,
        zone=st.sampled_from(["", "Europe/Paris", "Asia/Kathmandu", "America/New_York", "Pacific/Apia"]),
        hour=st.integers(0, 23),
        weekday=st.integers(1, 7),
    ),
    one("wait", hours=st.sampled_from([1, 7, 20, 50, 200])),
)
# What happens; whether the clock looks then, and whether a worker sends.
stories = st.lists(st.tuples(happenings, st.booleans(), st.booleans()), min_size=3, max_size=16)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(people=people, story=stories)
def test_nobody_is_told_twice_and_nobody_is_missed(people: list[dict[str, Any]], story: list[Any]) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch, transaction.atomic():
        world = World(Clock(monkeypatch, BEGIN))
        for person in people:
            world.add(**person)
        for (name, arguments), looks, sends in story:
            world.clock.pass_by(minutes=1)
            getattr(world, name)(**arguments)
            world.clock.pass_by(minutes=1)
            if looks:
                world.look()
            if sends:
                world.look()
                world.deliver()
        for days in [1, 1, 7, 90, 1, 7, 1]:  # until no pause is left and every digest has come
            world.clock.pass_by(days=days)
            world.look()
            world.deliver()
        world.check()
        transaction.set_rollback(True)
