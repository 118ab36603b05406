"""Another address: asked for in the preferences, proven by a link to it, taken back by a link to the old one."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from subscriptions import changing_address
from subscriptions.changing_address import NewAddress, OldAddress
from subscriptions.forms import AddressForm, SignUpForm
from subscriptions.links import LinkError
from subscriptions.models import Subscriber
from subscriptions.tasks import request_address_notice, request_new_address
from subscriptions.views.answers import broken_link, say, used_link
from subscriptions.views.asking import NotNow, within_limits
from subscriptions.views.session import for_subscriber, open_preferences
from subscriptions.views.switching import carried_over, submitted


@for_subscriber
def change_address(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """Ask for another address; nothing changes before the link sent to it is pressed. Every address gets one answer."""
    form = AddressForm(submitted(request), subscriber=subscriber, initial=carried_over(request))
    if not form.is_bound or not form.is_valid():
        return _address_form(request, form, 422 if form.is_bound else 200)
    wanted = NewAddress(subscriber.pk, subscriber.epoch, form.cleaned_data["email"])
    try:
        _ask_at(request, wanted)
    except NotNow as problem:
        form.add_error(None, str(problem))
        return problem.said_on(_address_form(request, form, problem.status))
    say(
        request,
        _(
            "We have sent a message to %(address)s. Open it and press the link in it. Until then your updates go on "
            "coming to your present address."
        ),
        address=wanted.address,
    )
    return redirect("subscriptions:preferences")


def _ask_at(request: HttpRequest, wanted: NewAddress) -> None:
    """Have the new address asked. Raises NotNow."""
    within_limits(request, lambda: request_new_address(wanted.seal(), str(get_language())))


def _address_form(request: HttpRequest, form: AddressForm, status: int) -> HttpResponse:
    context = {"form": form, "subscriber": form.subscriber}
    return render(request, "subscriptions/change_address.html", context, status=status)


@never_cache
def new_address(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether the new address is theirs; the button makes it so and opens the preferences."""
    try:
        wanted, issued_at = NewAddress.open(token)
    except LinkError:
        return broken_link(request)
    if changing_address.is_expired(issued_at):
        again = changing_address.may_ask_again(wanted, issued_at)
        return used_link(request, partial(_ask_at, request, wanted), expired=True) if again else _void(request)
    if request.method == "POST":
        return _change(request, wanted)
    if wanted.holder() is None:
        return _void(request)
    return render(request, "subscriptions/new_address.html", {"address": wanted.address})


def _change(request: HttpRequest, wanted: NewAddress) -> HttpResponse:
    way_back = changing_address.change(wanted)
    if way_back:
        request_address_notice(way_back)
        say(request, _("Your updates come to %(address)s from now on."), address=wanted.address)
    elif not changing_address.was_just_made(wanted):
        return _void(request)
    open_preferences(request, Subscriber.objects.get(pk=wanted.subscriber))
    return redirect("subscriptions:preferences")


def _void(request: HttpRequest) -> HttpResponse:
    """Answer a link that changes nothing any more: the address to enter is the one they have, whichever that is."""
    return render(request, "subscriptions/void_change.html", {"form": SignUpForm()}, status=410)


@never_cache
def old_address(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether the old address shall be theirs again; the button makes it so, and closes all else."""
    try:
        old = OldAddress.open(token)
    except LinkError:
        return broken_link(request)
    if request.method == "POST" and changing_address.undo(old):
        return redirect("subscriptions:old_address", token)
    if old.holder():
        return render(request, "subscriptions/old_address.html", {"address": old.address})
    if Subscriber.objects.at(old.address):
        return render(request, "subscriptions/address_restored.html", {"address": old.address})
    return _void(request)
