"""Changing the language half-way through a form.

The languages at the top of such a page are buttons of its form (templates/form_page.html). Each sends all that was
filled in to the same page in its language, which shows it again and looks at none of it.
"""

from django.http import HttpRequest, QueryDict

# The button's name; its value is the language the page was in.
SWITCH = "switch"


def submitted(request: HttpRequest) -> QueryDict | None:
    """Return what the form was sent to do."""
    return request.POST if request.method == "POST" and SWITCH not in request.POST else None


def carried_over(request: HttpRequest) -> dict[str, str]:
    """Return what was filled in before the language was changed."""
    return request.POST.dict() if SWITCH in request.POST else {}
