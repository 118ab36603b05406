"""A pause: begun until a day, and ended before it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from statements.languages import written_date
from subscriptions.forms import PauseForm
from subscriptions.models import Subscriber
from subscriptions.pausing import resume
from subscriptions.views.answers import say
from subscriptions.views.session import for_subscriber
from subscriptions.views.switching import carried_over, submitted


@for_subscriber
def pause(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """Ask until when; whoever has paused already may choose another day."""
    form = PauseForm(submitted(request), subscriber=subscriber, initial=carried_over(request))
    if not form.is_bound or not form.is_valid() or not form.save():
        context = {"form": form, "subscriber": subscriber}
        return render(request, "subscriptions/pause.html", context, status=422 if form.is_bound else 200)
    day = written_date(form.cleaned_data["until"], str(get_language()))
    say(request, _("Paused. Your updates begin again on %(day)s."), day=day)
    return redirect("subscriptions:preferences")


@require_POST
@for_subscriber
def end_pause(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """End the pause now."""
    resume(subscriber)
    say(request, _("The pause has ended. You get your updates again."))
    return redirect("subscriptions:preferences")
