"""Who is owed which mail."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from statements.models import Release, Statement
from subscriptions.choosing import choose_languages
from subscriptions.delivery import ledger
from subscriptions.models import Announcement, Delivery, DigestItem, DigestRun, Subscriber, Subscription
from subscriptions.suppressing import end_subscriptions
from tests.making import make_release, make_statement, make_subscriber, make_topic, write
from tests.post import deliver, tick

pytestmark = pytest.mark.django_db

Kind = Release.Kind
Status = Delivery.Status


def owed(release: Release) -> dict[str, str]:
    """Who gets the release, in which language."""
    lines = Delivery.objects.filter(announcement__release=release).exclude(status=Status.CANCELLED)
    return dict(lines.values_list("subscriber__email", "language"))


def withdraw(statement: Statement, *languages: str) -> Release:
    notes = dict.fromkeys(languages or ("en",), "Published by mistake.")
    return make_release(statement, *languages, kind=Kind.WITHDRAWN, notes=notes)


def send_all() -> None:
    Delivery.objects.settle(Status.SENT)


def test_each_gets_one_mail_in_the_best_of_their_languages() -> None:
    make_subscriber("layla@example.org", "ar", "en")
    make_subscriber("chen@example.org", "zh-hans", "en", "ar")
    make_subscriber("olga@example.org", "ru")
    release = make_release(make_statement("en", "ar"), "en", "ar")
    assert ledger.announce_due() == 2
    assert owed(release) == {"layla@example.org": "ar", "chen@example.org": "en"}


def test_filling_again_adds_nothing() -> None:
    make_subscriber("layla@example.org")
    release = make_release(make_statement())
    ledger.announce_due()
    assert ledger.announce(release) == 0
    assert Delivery.objects.count() == 1


def test_one_who_matches_by_two_topics_gets_one_mail() -> None:
    water, fish = make_topic("water"), make_topic("fish")
    make_subscriber("layla@example.org", topics=[water, fish, None])
    make_subscriber("omar@example.org", topics=[fish])
    make_subscriber("ana@example.org", topics=[make_topic("bridges")])
    release = make_release(make_statement(topics=[water, fish]))
    ledger.announce_due()
    assert owed(release) == {"layla@example.org": "en", "omar@example.org": "en"}


def test_who_signs_up_after_it_became_public_is_not_told() -> None:
    release = make_release(make_statement())
    make_subscriber("late@example.org")
    Subscription.objects.update(started_at=timezone.now() + timedelta(seconds=1))
    ledger.announce_due()
    assert owed(release) == {}


def test_a_scheduled_release_is_told_when_its_moment_comes() -> None:
    make_subscriber("layla@example.org")
    release = make_release(make_statement(), publish_at=timezone.now() + timedelta(hours=9))
    assert ledger.announce_due() == 0
    Subscription.objects.update(started_at=timezone.now() - timedelta(days=1))
    Release.objects.update(publish_at=timezone.now() - timedelta(seconds=1))
    assert ledger.announce_due() == 1
    assert owed(release) == {"layla@example.org": "en"}


def test_an_import_that_is_not_to_be_announced_mails_nobody() -> None:
    make_subscriber("layla@example.org")
    make_release(make_statement(), announce=False)
    assert ledger.announce_due() == 0
    assert not Announcement.objects.exists()


def test_a_later_translation_reaches_those_who_waited_or_got_the_next_best() -> None:
    make_subscriber("waits@example.org", "ar", "en", while_missing=Subscriber.WhileMissing.WAIT)
    make_subscriber("takes-next@example.org", "ar", "en")
    make_subscriber("english@example.org", "en", "ar")
    statement = make_statement("en")
    first = make_release(statement, "en")
    ledger.announce_due()
    assert owed(first) == {"takes-next@example.org": "en", "english@example.org": "en"}
    send_all()
    write(statement, "ar")
    statement.save()
    second = make_release(statement, "ar")
    ledger.announce_due()
    assert owed(second) == {"waits@example.org": "ar", "takes-next@example.org": "ar"}


def test_an_update_is_told_to_everyone_again() -> None:
    make_subscriber("layla@example.org")
    statement = make_statement()
    make_release(statement)
    ledger.announce_due()
    send_all()
    update = make_release(statement, kind=Kind.UPDATED)
    ledger.announce_due()
    assert owed(update) == {"layla@example.org": "en"}


def test_a_correction_goes_to_exactly_those_who_were_sent_the_text() -> None:
    make_subscriber("had-it@example.org", "en")
    make_subscriber("had-arabic@example.org", "ar")
    left = make_subscriber("left@example.org", "en")
    statement = make_statement("en", "ar")
    make_release(statement, "en", "ar")
    ledger.announce_due()
    send_all()
    make_subscriber("new@example.org", "en")
    end_subscriptions(left, Subscription.Ended.UNSUBSCRIBED)
    correction = make_release(statement, "en", kind=Kind.CORRECTED, notes={"en": "The date was wrong."})
    ledger.announce_due()
    assert owed(correction) == {"had-it@example.org": "en"}


def test_who_is_still_owed_a_text_gets_its_correction_instead() -> None:
    make_subscriber("layla@example.org")
    statement = make_statement()
    first = make_release(statement)
    ledger.announce_due()
    correction = make_release(statement, kind=Kind.CORRECTED, notes={"en": "The date was wrong."})
    ledger.announce_due()
    assert owed(first) == {}
    assert owed(correction) == {"layla@example.org": "en"}


def test_a_withdrawal_stops_what_is_not_sent_and_tells_those_who_have_it() -> None:
    make_subscriber("has-it@example.org")
    make_subscriber("waits-for-it@example.org")
    statement = make_statement()
    first = make_release(statement)
    ledger.announce_due()
    Delivery.objects.filter(subscriber__email="has-it@example.org").settle(Status.SENT)
    withdrawal = make_release(statement, kind=Kind.WITHDRAWN, notes={"en": "Published by mistake."})
    ledger.announce_due()
    assert owed(first) == {"has-it@example.org": "en"}
    assert owed(withdrawal) == {"has-it@example.org": "en"}


def test_what_is_published_again_after_its_withdrawal_reaches_those_who_had_it_too() -> None:
    make_subscriber("layla@example.org", "ar", "en")
    statement = make_statement("ar")
    make_release(statement, "ar")
    assert tick() == {"layla@example.org": ["river-levels ar"]}
    make_release(statement, "ar", kind=Kind.WITHDRAWN, notes={"ar": "نُشر خطأً."})
    assert tick() == {"layla@example.org": ["river-levels ar 2"]}
    again = make_release(statement, "ar")
    assert tick() == {"layla@example.org": ["river-levels ar 3"]}
    assert Delivery.objects.get(announcement__release=again).had_in == ""
    # Who never saw it again hears nothing of its correction.
    make_subscriber("omar@example.org", "ar")
    make_release(statement, "ar", kind=Kind.CORRECTED, notes={"ar": "تصحيح الأرقام."})
    assert tick() == {"layla@example.org": ["river-levels ar 4"]}


def test_what_was_published_withdrawn_and_published_again_before_anybody_was_told_is_told_once() -> None:
    make_subscriber("layla@example.org")
    statement = make_statement()
    make_release(statement)
    make_release(statement, kind=Kind.WITHDRAWN, notes={"en": "Published by mistake."})
    make_release(statement)
    ledger.announce_due()
    assert tick() == {"layla@example.org": ["river-levels en 3"]}


def test_what_is_withdrawn_again_before_anybody_was_told_so_is_taken_back_from_those_who_have_it() -> None:
    make_subscriber("layla@example.org")
    statement = make_statement()
    make_release(statement)
    assert tick() == {"layla@example.org": ["river-levels en"]}
    withdraw(statement)
    make_release(statement)
    withdraw(statement)
    assert tick() == {"layla@example.org": ["river-levels en 2"]}
    assert tick() == {}


def test_a_notice_of_withdrawal_that_waits_is_not_lost_for_a_later_one() -> None:
    make_subscriber("layla@example.org")
    statement = make_statement()
    make_release(statement)
    assert tick() == {"layla@example.org": ["river-levels en"]}
    for release in (lambda: withdraw(statement), lambda: make_release(statement), lambda: withdraw(statement)):
        release()
        ledger.announce_due()  # and her mail server takes nothing meanwhile
    assert deliver() == {"layla@example.org": ["river-levels en 2"]}


def test_a_correction_of_what_was_published_again_says_so_to_who_had_the_notice_in_another_language() -> None:
    layla = make_subscriber("layla@example.org", "en")
    statement = make_statement("ar", "en")
    make_release(statement, "ar", "en")
    tick()
    withdraw(statement, "ar", "en")
    tick()
    layla.set_languages(["ar"])
    make_release(statement, "ar", "en")
    tick()
    correction = make_release(statement, "ar", "en", kind=Kind.CORRECTED, notes={"ar": "تصحيح.", "en": "Mended."})
    ledger.announce_due()
    assert Delivery.objects.get(announcement__release=correction).had_in == "ar"


def test_what_was_withdrawn_before_anybody_was_told_is_told_to_nobody() -> None:
    make_subscriber("layla@example.org")
    statement = make_statement()
    make_release(statement)
    make_release(statement, kind=Kind.WITHDRAWN, notes={"en": "Published by mistake."})
    ledger.announce_due()
    assert not Delivery.objects.exists()


def test_what_was_corrected_before_anybody_was_told_is_told_once_and_corrected() -> None:
    make_subscriber("layla@example.org")
    statement = make_statement()
    make_release(statement)
    make_release(statement, kind=Kind.CORRECTED, notes={"en": "The date was wrong."})
    ledger.announce_due()
    assert deliver() == {"layla@example.org": ["river-levels en 2"]}
    ledger.announce_due()
    assert deliver() == {}


def test_who_has_the_text_and_was_told_its_correction_by_an_update_is_told_it_once() -> None:
    make_subscriber("layla@example.org")
    statement = make_statement()
    make_release(statement)
    ledger.announce_due()
    assert deliver() == {"layla@example.org": ["river-levels en"]}
    make_release(statement, kind=Kind.UPDATED)
    make_release(statement, kind=Kind.CORRECTED, notes={"en": "The date was wrong."})
    ledger.announce_due()
    assert deliver() == {"layla@example.org": ["river-levels en 3"]}
    ledger.announce_due()
    assert deliver() == {}


def test_who_waits_for_a_language_the_site_gave_up_gets_their_next() -> None:
    make_subscriber("omar@example.org", "de", "en", while_missing=Subscriber.WhileMissing.WAIT)
    release = make_release(make_statement())
    ledger.announce_due()
    assert owed(release) == {"omar@example.org": "en"}


def test_resuming_what_is_not_paused_changes_nothing() -> None:
    make_subscriber("layla@example.org")
    make_release(make_statement())
    ledger.announce_due()
    Delivery.objects.update(attempts=2)
    ledger.resume(Announcement.objects.get())
    assert Delivery.objects.get().attempts == 2


def test_a_mail_that_was_in_a_workers_hands_at_the_withdrawal_is_followed_by_it() -> None:
    make_subscriber("layla@example.org")
    statement = make_statement()
    first = make_release(statement)
    ledger.announce_due()
    withdrawal = make_release(statement, kind=Kind.WITHDRAWN, notes={"en": "Published by mistake."})
    ledger.announce_due()
    assert owed(withdrawal) == {}
    # The worker comes back from the relay: the mail was accepted after all.
    Delivery.objects.filter(announcement__release=first).update(status=Status.SENT)
    ledger.announce_due()
    assert owed(withdrawal) == {"layla@example.org": "en"}


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_mail_that_is_recorded_as_sent_while_its_text_is_withdrawn_stays_sent() -> None:
    make_subscriber("layla@example.org")
    statement = make_statement()
    make_release(statement)
    ledger.announce_due()
    line = Delivery.objects.get()
    withdrawal = make_release(statement, kind=Kind.WITHDRAWN, notes={"en": "Published by mistake."})
    with ThreadPoolExecutor(1) as letters, transaction.atomic():
        ledger.record_sent({line.pk})
        announcing = letters.submit(elsewhere, ledger.announce_due)
        while not somebody_waits_for_a_lock():
            assert not announcing.done()
    announcing.result()
    line.refresh_from_db()
    assert line.status == Status.SENT
    ledger.announce_due()
    assert owed(withdrawal) == {"layla@example.org": "en"}


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_reader_changes_their_languages_while_staff_cancel_the_announcement() -> None:
    layla = make_subscriber("layla@example.org", "en", "ar")
    announcement = announce_in("en", "ar")
    with ThreadPoolExecutor(1) as preferences:
        with transaction.atomic():
            Announcement.objects.select_for_update().get(pk=announcement.pk)  # as cancelling begins
            choosing = preferences.submit(elsewhere, lambda: choose_languages(layla, ["ar"], layla.while_missing))
            while not somebody_waits_for_a_lock():
                assert not choosing.done()
            ledger.cancel(announcement, "By staff.")
        choosing.result()
    assert Delivery.objects.get().status == Status.CANCELLED
    assert layla.languages == ["ar"]


def announce_in(*languages: str) -> Announcement:
    make_release(make_statement(*languages), *languages)
    ledger.announce_due()
    return Announcement.objects.get()


def elsewhere(act: Callable[[], object]) -> None:
    """Do it over a connection of its own."""
    try:
        act()
    finally:
        connection.close()


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def test_a_letter_that_cannot_be_composed_stops_its_own_announcement_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    make_subscriber("layla@example.org")
    bad = make_release(make_statement(slug="bad"))
    good = make_release(make_statement(slug="good"))
    compose = ledger.statement_letter

    def fail_on_bad(edition):  # type: ignore[no-untyped-def]
        if edition.release_id == bad.pk:
            raise ValueError("an unexpected text")
        return compose(edition)

    monkeypatch.setattr(ledger, "statement_letter", fail_on_bad)
    ledger.announce_due()
    assert owed(good) == {"layla@example.org": "en"}
    assert owed(bad) == {}
    assert "an unexpected text" in Announcement.objects.get(release=bad).pause_reason
    monkeypatch.undo()
    ledger.resume(Announcement.objects.get(release=bad))
    ledger.announce_due()
    assert owed(bad) == {"layla@example.org": "en"}


def test_an_announcement_is_complete_when_nothing_waits() -> None:
    make_subscriber("layla@example.org")
    make_release(make_statement())
    ledger.announce_due()
    assert Announcement.objects.get().completed_at is None
    send_all()
    ledger.announce_due()
    assert Announcement.objects.get().completed_at is not None


@pytest.mark.parametrize("readers", [3, 30])
def test_filling_takes_the_same_few_queries_however_many_the_readers(readers: int) -> None:
    for number in range(readers):
        make_subscriber(f"reader{number}@example.org", "ar", "en")
    release = make_release(make_statement("en", "ar"), "en", "ar")
    with CaptureQueriesContext(connection) as queries:
        assert ledger.announce(release) == readers
    assert len(queries) <= 22


def test_the_first_lines_are_written_soon_and_then_ever_more_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "FIRST_SLICE", 2)
    monkeypatch.setattr(ledger, "GROWTH", 4)
    monkeypatch.setattr(ledger, "LONGEST_SLICE", 10)
    readers = [make_subscriber(f"reader{number}@example.org") for number in range(37)]
    readers[20].delete()
    written: list[int] = []
    release = make_release(make_statement())
    ledger.announce(release, lambda: written.append(Delivery.objects.count()))
    assert written == [2, 10, 20, 29, 36]
    assert len(owed(release)) == 36


def test_a_cancelled_announcement_tells_nobody_else() -> None:
    make_subscriber("layla@example.org")
    make_release(make_statement())
    ledger.announce_due()
    announcement = Announcement.objects.get()
    assert ledger.cancel(announcement, "Cancelled by omar.") == 1
    make_subscriber("anna@example.org")
    assert ledger.announce_due() == 0
    line = Delivery.objects.get()
    assert (line.status, line.reason) == (Delivery.Status.CANCELLED, "Cancelled by omar.")
    announcement.refresh_from_db()
    assert announcement.completed_at
    assert announcement.cancelled_at
    assert ledger.cancel(announcement, "Again.") == 0


def had(release: Release) -> dict[str, str]:
    """In which language each who gets the release has the text already."""
    lines = Delivery.objects.filter(announcement__release=release).exclude(status=Status.CANCELLED)
    return dict(lines.values_list("subscriber__email", "had_in"))


def test_a_line_says_in_which_language_its_reader_had_the_text_before() -> None:
    make_subscriber("waits@example.org", "ar", "en", while_missing=Subscriber.WhileMissing.WAIT)
    make_subscriber("takes-next@example.org", "ar", "en")
    make_subscriber("english@example.org", "en", "ar")
    statement = make_statement("en")
    first = make_release(statement, "en")
    ledger.announce_due()
    assert set(had(first).values()) == {""}
    send_all()
    write(statement, "ar")
    statement.save()
    second = make_release(statement, "ar")
    ledger.announce_due()
    assert had(second) == {"waits@example.org": "", "takes-next@example.org": "en"}
    send_all()
    correction = make_release(statement, "en", "ar", kind=Kind.CORRECTED, notes={"en": "A date.", "ar": "تاريخ."})
    ledger.announce_due()
    assert had(correction) == {
        "waits@example.org": "ar",
        "takes-next@example.org": "ar",
        "english@example.org": "en",
    }


def test_a_correction_of_one_language_is_one_to_who_had_it_in_that_language_among_others() -> None:
    make_subscriber("takes-next@example.org", "ar", "en")
    statement = make_statement("en")
    make_release(statement, "en")
    ledger.announce_due()
    write(statement, "ar")
    statement.save()
    make_release(statement, "ar")
    ledger.announce_due()
    send_all()
    correction = make_release(statement, "en", kind=Kind.CORRECTED, notes={"en": "A date."})
    ledger.announce_due()
    assert owed(correction) == {"takes-next@example.org": "en"}
    assert had(correction) == {"takes-next@example.org": "en"}


def test_who_gets_a_correction_in_place_of_the_text_had_nothing_before() -> None:
    make_subscriber("was-sent-it@example.org")
    make_subscriber("in-a-workers-hands@example.org")
    make_subscriber("is-owed-it@example.org")
    statement = make_statement()
    make_release(statement)
    ledger.announce_due()
    Delivery.objects.filter(subscriber__email="was-sent-it@example.org").settle(Status.SENT)
    Delivery.objects.filter(subscriber__email="in-a-workers-hands@example.org").update(lease=uuid.uuid4())
    correction = make_release(statement, kind=Kind.CORRECTED, notes={"en": "The date was wrong."})
    ledger.announce_due()
    assert had(correction) == {
        "was-sent-it@example.org": "en",
        "in-a-workers-hands@example.org": "en",
        "is-owed-it@example.org": "",
    }


def test_who_was_told_by_a_digest_had_the_text_in_the_language_it_was_told_in() -> None:
    layla = make_subscriber("layla@example.org", "ar", "en")
    statement = make_statement("en")
    first = make_release(statement, "en", announce=False)
    run = DigestRun.objects.create(frequency="daily", starts_at=first.publish_at, ends_at=timezone.now())
    digest = Delivery.objects.create(digest_run=run, subscriber=layla, language="ar", status=Status.SENT)
    DigestItem.objects.create(delivery=digest, edition=first.editions.get())
    write(statement, "ar")
    statement.save()
    translation = make_release(statement, "ar")
    ledger.announce_due()
    assert had(translation) == {"layla@example.org": "en"}
    correction = make_release(statement, "en", kind=Kind.CORRECTED, notes={"en": "A date."})
    ledger.announce_due()
    assert had(correction) == {"layla@example.org": "en"}


def test_an_update_says_the_same_to_all() -> None:
    make_subscriber("layla@example.org")
    statement = make_statement()
    make_release(statement)
    ledger.announce_due()
    send_all()
    update = make_release(statement, kind=Kind.UPDATED)
    ledger.announce_due()
    assert had(update) == {"layla@example.org": ""}
