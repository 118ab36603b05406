"""Which fields have a column per language (django-modeltranslation)."""

from modeltranslation.translator import TranslationOptions, register

from statements.models import Issuer, Statement, StatementType, Topic, TopicCategory


@register([Issuer, StatementType, Topic, TopicCategory])
class NameTranslation(TranslationOptions):
    fields = ("name",)


@register(Statement)
class StatementTranslation(TranslationOptions):
    fields = ("title", "summary", "release_line", "body", "translation_notice")
