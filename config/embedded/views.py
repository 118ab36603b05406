"""The Mailbox: what every recipient's mail reader would show, without one."""

from csp.decorators import csp
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from config.embedded.models import StoredMail
from config.embedded.oneclick import one_click_address, press

MAILS_PER_PAGE = 50
FOREIGN_HTML = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-top-navigation-by-user-activation"],
}
# At the end, where it counts as well as anywhere and leaves the mail's own beginning, its doctype, in place.
OPEN_LINKS_OUTSIDE = '<base target="_top">'


@never_cache
@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    """All mails or one recipient's, the newest first."""
    recipient = request.GET.get("to", "").strip().lower()
    found = StoredMail.objects.headed()
    if recipient:
        found = found.filter(recipient=recipient)
    context = {
        "page_obj": Paginator(found, MAILS_PER_PAGE).get_page(request.GET.get("page")),
        "recipient": recipient,
        "recipients": StoredMail.objects.order_by("recipient").values_list("recipient", flat=True).distinct(),
    }
    return render(request, "embedded/mails.html", context)


@never_cache
@require_safe
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail: its headers, its HTML, its text."""
    return _page(request, get_object_or_404(StoredMail, pk=pk))


@never_cache
@require_POST
def one_click(request: HttpRequest, pk: int) -> HttpResponse:
    """Press "unsubscribe" as the recipient's mail provider would, and show what it would be answered."""
    stored = get_object_or_404(StoredMail, pk=pk)
    address = one_click_address(stored.message)
    if not address:
        raise Http404
    return _page(request, stored, answer=press(address))


def _page(request: HttpRequest, stored: StoredMail, **context: object) -> HttpResponse:
    return render(
        request, "embedded/mail.html", {"mail": stored, "one_click": one_click_address(stored.message), **context}
    )


@csp(FOREIGN_HTML)  # type: ignore[arg-type]
@xframe_options_sameorigin
@require_safe
def html_part(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML of a mail, as it came, for the frame of its page: its links open in the window around it."""
    html = get_object_or_404(StoredMail, pk=pk).html
    return HttpResponse(html + OPEN_LINKS_OUTSIDE)


@require_safe
def original(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail itself, to save and to open in a mail reader."""
    stored = get_object_or_404(StoredMail, pk=pk)
    return HttpResponse(
        bytes(stored.raw),
        content_type="message/rfc822",
        headers={"Content-Disposition": f'attachment; filename="mail-{pk}.eml"'},
    )
