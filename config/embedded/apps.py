from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EmbeddedConfig(AppConfig):
    """The embedded mode: the site in one process, its mails kept and shown instead of sent."""

    name = "config.embedded"
    verbose_name = _("Mailbox")
