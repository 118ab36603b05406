"""What is said: statements as staff edit them, and editions as the public reads them."""

import hashlib
import json
import uuid
from typing import Any, ClassVar, NoReturn, Self

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from modeltranslation.utils import build_localized_fieldname

from statements import search
from statements.fields import BodyField, LineField
from statements.languages import direction, enabled_languages, language_name

LANGUAGE_CHOICES = [(code, LANG_INFO[code]["name_local"]) for code in settings.MODELTRANSLATION_LANGUAGES]


class Issuer(models.Model):
    """Who speaks: a department, or an office of it."""

    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="offices", verbose_name=_("department")
    )
    slug = models.SlugField(_("slug"), unique=True, allow_unicode=True)
    name = LineField(_("name"), max_length=200)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("issuer")
        verbose_name_plural = _("issuers")
        ordering: ClassVar = ["slug"]

    def __str__(self) -> str:
        return self.name or self.slug


class StatementType(models.Model):
    """What kind of text it is: fact sheet, press statement, remarks, readout, notice."""

    slug = models.SlugField(_("slug"), unique=True)
    name = LineField(_("name"), max_length=100)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("statement type")
        verbose_name_plural = _("statement types")
        ordering: ClassVar = ["slug"]

    def __str__(self) -> str:
        return self.name or self.slug


class TopicCategory(models.Model):
    """What several topics have in common: where they are chosen they stand under its name."""

    slug = models.SlugField(_("slug"), unique=True)
    name = LineField(_("name"), max_length=100)

    class Meta:
        verbose_name = _("topic category")
        verbose_name_plural = _("topic categories")
        ordering: ClassVar = ["slug"]

    def __str__(self) -> str:
        return self.name or self.slug


class Topic(models.Model):
    """What one subscribes to."""

    category = models.ForeignKey(
        TopicCategory, models.SET_NULL, null=True, blank=True, related_name="topics", verbose_name=_("category")
    )
    slug = models.SlugField(_("slug"), unique=True)
    name = LineField(_("name"), max_length=100)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering: ClassVar = ["slug"]

    def __str__(self) -> str:
        return self.name or self.slug

    def get_absolute_url(self) -> str:
        return reverse("statements:topic", args=[self.slug])


class Statement(models.Model):
    """The text as a work, in all its languages. Nobody outside ever reads it: they read its editions."""

    slug = models.SlugField(
        _("slug"), max_length=80, unique=True, help_text=_("Short and in Latin letters: it stands in the address.")
    )
    issuer = models.ForeignKey(Issuer, models.PROTECT, verbose_name=_("issuer"))
    type = models.ForeignKey(StatementType, models.PROTECT, verbose_name=_("statement type"))
    topics = models.ManyToManyField(Topic, blank=True, verbose_name=_("topics"))
    date = models.DateField(_("date"), help_text=_("The date the statement bears."))
    original_language = models.CharField(_("original language"), max_length=7, choices=LANGUAGE_CHOICES)
    source_url = models.URLField(
        _("address of the original"), max_length=500, blank=True, help_text=_("Where the original stands elsewhere.")
    )
    title = LineField(_("title"), max_length=300, blank=True)
    summary = LineField(_("summary"), max_length=600, blank=True)
    release_line = LineField(
        _("release line"), max_length=100, blank=True, help_text=_("For example: For immediate release")
    )
    body = BodyField(_("text"), blank=True)
    translation_notice = LineField(
        _("translation notice"),
        max_length=600,
        blank=True,
        help_text=_("Which text is authoritative. Left empty, a translation says so in the usual words."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        ordering: ClassVar = ["-date", "-pk"]
        permissions: ClassVar = [("publish_statement", _("Can publish statements"))]

    def __str__(self) -> str:
        original = getattr(self, build_localized_fieldname("title", self.original_language), "")
        return self.title or original or self.slug


class ReleaseQuerySet(models.QuerySet["Release"]):
    def public(self) -> Self:
        """Those that are public by now: not cancelled, and their moment has come by the database's clock."""
        return self.filter(cancelled_at=None, publish_at__lte=Now())

    def scheduled(self) -> Self:
        """Those whose moment is still to come."""
        return self.filter(cancelled_at=None, publish_at__gt=Now())


class Release(models.Model):
    """One act of making public. Nothing has to happen at `publish_at`: from then on it is public."""

    class Kind(models.TextChoices):
        PUBLISHED = "published", _("Published")
        UPDATED = "updated", _("Updated")
        CORRECTED = "corrected", _("Corrected")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    # Made by the form that asks for the release, so that pressing its button twice makes one release.
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="releases", verbose_name=_("statement"))
    # As the statement had them then: what staff change afterwards moves nothing from one public list to another.
    issuer = models.ForeignKey(Issuer, models.PROTECT, verbose_name=_("issuer"))
    type = models.ForeignKey(StatementType, models.PROTECT, verbose_name=_("statement type"))
    topics = models.ManyToManyField(Topic, blank=True, verbose_name=_("topics"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    publish_at = models.DateTimeField(_("public from"))
    announce = models.BooleanField(_("told to subscribers"), default=True)
    approved_at = models.DateTimeField(_("approved"), db_default=Now())
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name=_("approved by")
    )
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)

    objects: ClassVar = ReleaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering: ClassVar = ["-publish_at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["publish_at"], condition=Q(cancelled_at=None), name="release_public")]

    def __str__(self) -> str:
        return f"{self.statement} · {self.get_kind_display()}"


class EditionChanged(Exception):
    """Somebody tried to change or delete what was published."""


class EditionQuerySet(models.QuerySet["Edition"]):
    def public(self) -> Self:
        """Those whose release is public by now."""
        return self.filter(release__in=Release.objects.public())

    def current(self) -> Self:
        """Of each statement and language, the newest public edition."""
        newer = Edition.objects.public().filter(
            statement=OuterRef("statement"), language=OuterRef("language"), number__gt=OuterRef("number")
        )
        return self.public().filter(~Exists(newer))

    def standing(self) -> Self:
        """Those that were not withdrawn."""
        return self.exclude(release__kind=Release.Kind.WITHDRAWN)

    def withdrawn(self, before: "Release | None" = None) -> Self:
        """Those whose text was withdrawn after them, and before that release. The notice of a withdrawal is no text."""
        withdrawals = Edition.objects.public().filter(release__kind=Release.Kind.WITHDRAWN)
        if before:
            withdrawals = withdrawals.filter(release__lt=before.pk)
        later = withdrawals.filter(
            statement=OuterRef("statement"), language=OuterRef("language"), number__gt=OuterRef("number")
        )
        return self.standing().filter(Exists(later))

    def for_reading(self) -> Self:
        """With the release and the slug, and without the statement's own text in all its languages."""
        texts = [f.name for f in Statement._meta.concrete_fields if isinstance(f, LineField | BodyField)]
        return self.select_related("release", "statement").defer(*(f"statement__{name}" for name in texts))

    def with_ways(self) -> Self:
        """With the issuer and the type of the release: the lists the edition stands in."""
        return self.select_related("release__issuer", "release__type")

    def newest(self, language: str) -> Self:
        """What the public reads in a language, the newest first."""
        return self.filter(language=language).current().standing().for_reading().order_by("-date", "-statement_id")

    def of(self, statement: int) -> Self:
        """Those of a statement, in the languages the site has."""
        return self.filter(statement=statement, language__in=enabled_languages())

    def on_topic(self, slug: str) -> Self:
        return self.filter(release__topics__slug=slug)

    def of_type(self, slug: str) -> Self:
        return self.filter(release__type__slug=slug)

    def by_issuer(self, slug: str) -> Self:
        """Those of an office, or of a department and all its offices."""
        return self.filter(Q(release__issuer__slug=slug) | Q(release__issuer__parent__slug=slug))

    def in_year(self, year: str) -> Self:
        return self.filter(date__year=int(year))

    def total(self) -> Subquery:
        """Return how many these are, all of one language, as a column: asked together with some of them."""
        counted = self.order_by().values("language").annotate(total=Count("pk")).values("total")
        return Subquery(counted, output_field=IntegerField())

    def matching(self, query: str, language: str) -> Self:
        """Those that have all the words of the query; none if it has no words."""
        return self.filter(search.condition(query, language))

    def update(self, **fields: Any) -> NoReturn:
        raise EditionChanged("Editions are published and do not change; make a new release.")

    def delete(self) -> NoReturn:
        raise EditionChanged("Editions are published and stay; withdraw them by a new release.")


class Edition(models.Model):
    """The frozen text of a release in one language. Pages, feeds and mails show nothing else."""

    release = models.ForeignKey(Release, models.PROTECT, related_name="editions", verbose_name=_("release"))
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="editions", verbose_name=_("statement"))
    language = models.CharField(_("language"), max_length=7, choices=LANGUAGE_CHOICES)
    number = models.PositiveIntegerField(_("number"))
    original_language = models.CharField(_("original language"), max_length=7, choices=LANGUAGE_CHOICES)
    department = models.CharField(_("department"), max_length=200)
    office = models.CharField(_("office"), max_length=200, blank=True)
    type_name = models.CharField(_("statement type"), max_length=100)
    release_line = models.CharField(_("release line"), max_length=100, blank=True)
    date = models.DateField(_("date"))
    date_line = models.CharField(_("date as printed"), max_length=100)
    title = models.CharField(_("title"), max_length=300)
    summary = models.CharField(_("summary"), max_length=600, blank=True)
    body = models.TextField(_("text"))
    note = models.CharField(_("note"), max_length=600, blank=True)
    translation_notice = models.CharField(_("translation notice"), max_length=600, blank=True)
    source_url = models.URLField(_("address of the original"), max_length=500, blank=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, editable=False)

    FROZEN: ClassVar = (
        *("language", "number", "original_language", "department", "office", "type_name", "release_line", "date"),
        *("date_line", "title", "summary", "body", "note", "translation_notice", "source_url"),
    )

    objects: ClassVar = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["statement", "language", "number"], name="edition_number"),
            models.UniqueConstraint(fields=["release", "language"], name="edition_language"),
        ]
        indexes: ClassVar = [models.Index(fields=["language", "-date"], name="edition_latest")]

    def __str__(self) -> str:
        return f"{self.title} ({self.language} {self.number})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise EditionChanged(f"Edition {self.pk} is published and does not change; make a new release.")
        self.sha256 = self.fingerprint()
        super().save(*args, **{**kwargs, "force_insert": True})

    def get_absolute_url(self) -> str:
        with override(self.language):
            return reverse("statements:statement", args=[self.statement_id, self.statement.slug])

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise EditionChanged(f"Edition {self.pk} is published and stays; withdraw it by a new release.")

    def frozen(self) -> bytes:
        """Return the frozen text: its fields as JSON, keys sorted, UTF-8, no spaces."""
        fields = {name: str(getattr(self, name)) for name in self.FROZEN}
        return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    def fingerprint(self) -> str:
        """Return the SHA-256 of the frozen text."""
        return hashlib.sha256(self.frozen()).hexdigest()

    def history(self) -> EditionQuerySet:
        """Return what became public of this text in its language, the newest first."""
        editions = Edition.objects.filter(statement=self.statement_id, language=self.language).public()
        return editions.select_related("release").defer("body").order_by("-number")

    @property
    def is_original(self) -> bool:
        return self.language == self.original_language

    @property
    def is_withdrawn(self) -> bool:
        return self.release.kind == Release.Kind.WITHDRAWN

    @property
    def direction(self) -> str:
        return direction(self.language)

    @property
    def language_name(self) -> str:
        return language_name(self.language)


class SearchEntry(models.Model):
    """The words an edition is found by. Made from the edition, and at any time again."""

    edition = models.OneToOneField(Edition, models.CASCADE, primary_key=True, related_name="search_entry")
    words = models.TextField()
    vector = SearchVectorField(null=True)  # PostgreSQL's; elsewhere the words alone are matched.

    class Meta:
        indexes: ClassVar = [GinIndex(fields=["vector"], name="search_vector")]

    def __str__(self) -> str:
        return str(self.edition)
