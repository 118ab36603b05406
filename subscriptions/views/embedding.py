"""A sign-up form for other sites, made to measure."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, override
from django.views.decorators.http import require_safe

from statements.languages import direction, site_name
from subscriptions.forms import EmbeddingForm
from subscriptions.models import Frequency


@require_safe
def embed(request: HttpRequest) -> HttpResponse:
    """Ask what the form is to say, and show its HTML, to copy, and what it looks like."""
    usual = {"language": get_language(), "frequency": Frequency.IMMEDIATE}
    form = EmbeddingForm({**usual, **request.GET.dict(), "topic": request.GET.getlist("topic")})
    context = {"form": form, "html": _html(form) if form.is_valid() else ""}
    return render(request, "subscriptions/embed.html", context, status=200 if form.is_valid() else 422)


def _html(form: EmbeddingForm) -> SafeString:
    language = form.cleaned_data["language"]
    with override(language):
        context = {
            "action": settings.SITE_URL + reverse("subscriptions:choose"),
            "language": language,
            "direction": direction(language),
            "site_name": site_name(),
            "topics": form.chosen_topics(),
            "preset": form.preset(),
            "chosen": form.cleaned_data,
        }
        return render_to_string("subscriptions/embedded_form.html", context)
