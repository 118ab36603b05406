"""The hub's one address."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from hub.forms import IntentForm
from hub.tasks import verify
from statements.doorbell import ring


@csrf_exempt
@require_POST
def hub(request: HttpRequest) -> HttpResponse:
    """Take note of what somebody wants for a callback: 202, whatever it is going to say (WebSub, section 5.2)."""
    form = IntentForm.of(request.POST)
    with override("en"):
        if not form.is_valid():
            return HttpResponse(form.errors.as_text(), status=400, content_type="text/plain; charset=utf-8")
    form.save()
    ring(verify)
    return HttpResponse(status=202)
