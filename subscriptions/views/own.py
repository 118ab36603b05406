"""What a subscriber may see of their own: the mails they were sent, and what is held about them."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from statements.languages import site_name
from subscriptions.history import Mail, lines_of
from subscriptions.holdings import holdings
from subscriptions.models import Subscriber
from subscriptions.views.session import for_subscriber

SHOWN_FOR = timedelta(days=30)
PER_PAGE = 25


@require_safe
@for_subscriber
def mails(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """All mails of the last 30 days that stand in the ledger, the newest first; of letters nothing is stored."""
    lines = lines_of(subscriber).filter(created_at__gte=Now() - SHOWN_FOR)
    page = Paginator(lines, PER_PAGE).get_page(request.GET.get("page"))
    context = {"mails": [Mail.of(line) for line in page], "page_obj": page}
    return render(request, "subscriptions/mails.html", context)


@require_safe
@for_subscriber
def data(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """What is held about them, why, and for how long."""
    return render(request, "subscriptions/data.html", {"holdings": holdings(subscriber)})


@require_safe
@for_subscriber
def data_file(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """The same, and every mail, as a file to keep."""
    content: dict[str, Any] = {
        "site": site_name(),
        "site_address": settings.SITE_URL,
        "made_at": timezone.now(),
        "language": get_language(),
    }
    for holding in holdings(subscriber, every_mail=True):
        held = [{fact.key: fact.value for fact in facts} for facts in holding.held]
        content[holding.key] = {"name": holding.name, "why": holding.why, "kept": holding.kept, "held": held}
    answer = JsonResponse(content, json_dumps_params={"ensure_ascii": False, "indent": 2})
    answer["Content-Disposition"] = 'attachment; filename="preferences.json"'
    return answer
