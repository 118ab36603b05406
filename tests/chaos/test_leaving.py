"""People leave, and staff change their minds, while a statement is being sent."""

import time
from itertools import cycle

import pytest
from django.test import Client

from statements.models import Release
from subscriptions.links import unsubscribe_token, unsubscribe_url
from subscriptions.models import Subscriber, Subscription
from subscriptions.suppressing import suppress_address
from tests.chaos.process import Process, wait_until
from tests.chaos.production import LANGUAGES, Production
from tests.chaos.promises import assert_each_got_it, assert_the_books_say
from tests.chaos.size import SIZE
from tests.making import TEXTS, make_statement

pytestmark = pytest.mark.postgresql

# How long after it was asked for a mail may still be accepted.
SECONDS = 5
NOTE = "Published by mistake."


def unsubscribe(address: str) -> None:
    """Press the button in the mail program: it knows the address in List-Unsubscribe and nothing else."""
    url = unsubscribe_url(unsubscribe_token(Subscriber.objects.get(email=address).pk), "en")
    answer = Client(enforce_csrf_checks=True).post(url, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200


def be_erased(address: str) -> None:
    Subscriber.objects.get(email=address).delete()


def complain(address: str) -> None:
    suppress_address(address, Subscription.Ended.COMPLAINED)


def test_who_leaves_during_the_send_gets_nothing_more(site: Production) -> None:
    people = site.sign_up(SIZE.readers)
    site.relay.pace = SIZE.crawl
    site.publish()
    site.wait_for_hands_full()
    left_at = {}
    # The last mails in somebody's hands, and the last of all, which nobody has taken yet.
    for address, leave in zip([*site.in_hand()[-12:], *people[-9:]], cycle([unsubscribe, be_erased, complain])):
        leave(address)
        left_at[address] = time.monotonic()
    time.sleep(SECONDS)
    site.relay.pace = SIZE.pace
    site.settle()
    late = [mail.address for mail in site.relay.taken if mail.at > left_at.get(mail.address, mail.at) + SECONDS]
    assert late == []
    assert set(people) - set(site.relay.addresses) <= set(left_at)
    sent = len(site.relay.taken)
    assert_the_books_say(site, sent=sent, cancelled=len(people) - sent)


def test_a_withdrawn_release_stops_and_is_taken_back_from_those_who_have_it(site: Production) -> None:
    people = site.sign_up(SIZE.readers)
    site.relay.pace = SIZE.crawl
    statement = make_statement(*LANGUAGES)
    site.publish(statement)
    site.wait_for_hands_full()
    site.publish(statement, kind=Release.Kind.WITHDRAWN, notes=dict.fromkeys(LANGUAGES, NOTE))
    withdrawn_at = time.monotonic()

    def told(*, notice: bool) -> dict[str, float]:
        return {mail.address: mail.at for mail in site.relay.taken if (NOTE.encode() in mail.content) is notice}

    wait_until(lambda: told(notice=True).keys() == told(notice=False).keys(), 60, "who has the text has the notice")
    site.settle()
    texts = told(notice=False)
    assert max(texts.values()) <= withdrawn_at + SECONDS
    assert_the_books_say(site, sent=2 * len(texts), cancelled=len(people) - len(texts))


def test_editing_a_statement_changes_nothing_in_what_is_being_sent(site: Production) -> None:
    people = site.sign_up(SIZE.readers)
    site.relay.pace = SIZE.crawl
    statement = make_statement(*LANGUAGES)
    latecomer = site.workers[1]
    latecomer.freeze()
    site.publish(statement)
    site.wait_for_mails(10)
    statement.title_en = statement.title_ar = "Not approved yet"
    statement.body_en = statement.body_ar = "<p>Not approved yet</p>"
    statement.save()
    latecomer.thaw()  # and composes the letter by itself
    site.ring("deliver")
    wait_until(lambda: site.at_an_answer("after", Process.thaw) is latecomer, 60, "the other worker sends too")
    site.relay.pace = SIZE.pace
    site.settle()
    assert_each_got_it(site, people)
    assert {mail.message["Subject"] for mail in site.relay.taken} == {TEXTS[language][0] for language in LANGUAGES}
    assert not [mail for mail in site.relay.taken if b"Not approved" in mail.content]
