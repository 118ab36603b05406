"""Where the fault is ours nothing is lost: the announcement stops, staff read why, and press a button."""

import pytest
from django.urls import reverse

from subscriptions.models import Announcement, Delivery
from tests.chaos.faults import Step, answers
from tests.chaos.process import wait_until
from tests.chaos.production import LANGUAGES, Production
from tests.chaos.promises import assert_each_got_it, assert_the_books_say
from tests.chaos.size import SIZE
from tests.making import make_statement

pytestmark = pytest.mark.postgresql

# More than a text can be nested and still be made into plain text.
TOO_DEEP = "<div>" * 1000 + "Deep." + "</div>" * 1000


@pytest.mark.parametrize(
    ("answer", "step"), [("535 5.7.8 Wrong password", Step.LOGIN), ("554 5.7.1 Looks like spam", Step.DOT)]
)
def test_a_relay_that_refuses_everything_stops_the_send_until_staff_resume_it(
    site: Production, answer: str, step: Step
) -> None:
    people = site.sign_up(SIZE.readers)
    site.relay.faults.append(answers(answer, step))
    release = site.publish()
    wait_until(Announcement.objects.filter(paused_at__isnull=False).exists, 60, "the announcement is paused")
    announcement = Announcement.objects.get(release=release)
    page = site.staff.get(reverse("admin:subscriptions_announcement_change", args=[announcement.pk]))
    assert answer[4:9] in page.text
    wait_until(lambda: not site.relay.sessions, 60, "nobody tries any more")

    site.relay.faults.clear()
    choice = {"action": "resume", "_selected_action": [announcement.pk]}
    site.staff.post(reverse("admin:subscriptions_announcement_changelist"), choice)
    site.settle()
    assert site.relay.said[answer[:3]] <= 50
    assert_each_got_it(site, people)
    assert_the_books_say(site, sent=len(people))
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}


def test_a_letter_that_cannot_be_composed_stops_its_own_announcement_before_its_first_mail(site: Production) -> None:
    people = site.sign_up(SIZE.readers)
    bad = site.publish_unheard(make_statement(*LANGUAGES, slug="bad", body_ar=TOO_DEEP))
    good = site.publish(make_statement(*LANGUAGES, slug="good"))
    site.wait_for_mails(len(people))
    wait_until(Announcement.objects.filter(release=bad, paused_at__isnull=False).exists, 60, "it is paused")
    assert "cannot be composed" in Announcement.objects.get(release=bad).pause_reason
    assert_each_got_it(site, people)
    assert_the_books_say(site, sent=len(people))
    assert set(Delivery.objects.values_list("announcement__release", flat=True)) == {good.pk}
