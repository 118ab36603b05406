"""Fields that clean what is written to them, whoever writes it: a form, an import, a shell."""

from typing import Any

from django.db import models

from statements.text import clean_html, clean_line


class LineField(models.CharField):  # type: ignore[type-arg]
    """One line of text, cleaned by `clean_line`."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return clean_line(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value


class BodyField(models.TextField):  # type: ignore[type-arg]
    """A statement's text in HTML, cleaned by `clean_html`."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return clean_html(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value
