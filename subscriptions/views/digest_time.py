"""When digests come."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from statements.languages import written_moment
from subscriptions.forms import DigestTimeForm
from subscriptions.local_time import next_digest
from subscriptions.models import Frequency, Subscriber
from subscriptions.views.answers import say
from subscriptions.views.session import for_subscriber
from subscriptions.views.switching import carried_over, submitted


@for_subscriber
def digest_time(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """Choose the hour, the day and the time zone they are of; afterwards it says when the next one comes."""
    form = DigestTimeForm(submitted(request), subscriber=subscriber, initial=carried_over(request))
    if not form.is_bound or not form.is_valid():
        context = {"form": form, "subscriber": subscriber}
        return render(request, "subscriptions/digest_time.html", context, status=422 if form.is_bound else 200)
    _say_when(request, form.save())
    return redirect("subscriptions:preferences")


def _say_when(request: HttpRequest, subscriber: Subscriber) -> None:
    """Say when the next digest comes, or that there is none."""
    say(request, _("Saved. Your changes apply from now on."))
    sentences = {
        Frequency.DAILY: _("Your next daily digest comes on %(moment)s, if there is anything to tell."),
        Frequency.WEEKLY: _("Your next weekly digest comes on %(moment)s, if there is anything to tell."),
    }
    taken = set(subscriber.subscriptions.active().values_list("frequency", flat=True))
    for frequency in (digest for digest in sentences if digest in taken):
        moment = written_moment(next_digest(subscriber, frequency), str(get_language()))
        say(request, sentences[frequency], moment=moment)
    if taken.isdisjoint(sentences):
        say(request, _("You get no digest at present. Choose “Once a day” or “Once a week” for a topic to get one."))
