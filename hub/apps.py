from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HubConfig(AppConfig):
    """Who reads by machine: told of what changes in a feed, and knows nothing of people (WebSub, W3C 2018)."""

    name = "hub"
    verbose_name = _("Feed hub")

    def ready(self) -> None:
        from hub import receivers  # noqa: F401  Connects them; models are not ready any earlier.
