"""Workers are asked to end, or stand still for a while."""

import pytest

from subscriptions.delivery.ledger import announce_due
from tests.chaos.process import Process
from tests.chaos.production import LANGUAGES, Production
from tests.chaos.promises import assert_each_got_it, assert_the_books_say
from tests.chaos.size import SIZE
from tests.making import make_statement

pytestmark = pytest.mark.postgresql


def test_a_deploy_in_mid_send_loses_and_copies_nothing(site: Production) -> None:
    people = site.sign_up(SIZE.readers)
    site.relay.pace = SIZE.pace
    site.publish()
    site.wait_for_mails(SIZE.readers // 10)
    site.counted["seconds to end"] = round(site.deploy(within=30))
    site.settle()
    assert_each_got_it(site, people, copies=0)
    assert_the_books_say(site, sent=len(people))


def test_a_worker_frozen_past_its_lease_copies_what_it_had_in_hand_and_goes_on_with_nothing(site: Production) -> None:
    people = site.sign_up(SIZE.readers)
    site.publish(make_statement(*LANGUAGES, slug="first"))
    site.wait_for_mails(SIZE.readers // 3)
    frozen = site.at_an_answer("before", Process.freeze)
    site.settle(within=120)  # The others wait for its lease to run out, and take over.
    for worker in set(site.workers) - {frozen}:
        worker.kill()
    frozen.thaw()
    site.publish(make_statement(*LANGUAGES, slug="second"))  # which it alone can send
    site.settle()
    assert_each_got_it(site, people, statements=2, copies=SIZE.setting("DELIVERY_CONNECTIONS"))
    assert_the_books_say(site, sent=2 * len(people))


def test_a_worker_frozen_while_it_takes_lines_holds_them_no_longer_than_a_lease(site: Production) -> None:
    people = site.sign_up(SIZE.readers)
    site.kill_workers()
    site.publish_unheard(make_statement(*LANGUAGES, slug="first"))
    announce_due()
    frozen = site.freeze_in_a_claim()
    site.settle(within=60 + SIZE.lease)  # The others cannot even see what it has locked.
    frozen.thaw()
    for worker in set(site.workers) - {frozen}:
        worker.kill()
    site.publish(make_statement(*LANGUAGES, slug="second"))
    site.settle()
    assert_each_got_it(site, people, statements=2)
    assert_the_books_say(site, sent=2 * len(people))
