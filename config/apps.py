from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """How the site runs. An application so that its system checks and commands are found."""

    name = "config"

    def ready(self) -> None:
        from config import checks  # noqa: F401  Registers them; models are not ready any earlier.
