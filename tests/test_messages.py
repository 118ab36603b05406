"""What is extracted is what is looked up, and a catalogue that falls short is reported."""

import re
from pathlib import Path

import pytest
from babel.messages import Catalog
from django.template import Context, Template
from django.utils import translation
from pytest_django import Settings

from config import messages

TEMPLATE = """{% load i18n %}
{% if count %}<p>{% translate "Plain" %}</p>{% endif %}
    {% translate 'Single "quoted"' %}
  {% translate "In context" context "a button" as label %}{{ label }}
{% translate "100% of it" %}
{{ name|default:_("A default") }}
{# Translators: who is spoken to #}
{% blocktranslate trimmed %}
    Two lines,
      and {{ name }} at 5%
{% endblocktranslate %}
{% blocktranslate trimmed count counter=count context "a heading" %}
    one
    statement
{% plural %}
    {{ counter }} statements
{% endblocktranslate %}
{% blocktranslate with who=name|upper %} As it
stands, {{ who }}{% endblocktranslate %}
{% comment %}{% translate "Never shown" %}{% endcomment %}
"""

SHOWN = ["Plain", "Single", "In context", "100% of it", "A default", "Two lines,", "statements", " As it"]


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A product of one template and one module, whose catalogues are in locale/."""
    for folder in messages.FOLDERS:
        (tmp_path / folder).mkdir()
    (tmp_path / "templates" / "page.html").write_text(TEMPLATE)
    (tmp_path / "statements" / "words.py").write_text(
        'from django.utils.translation import gettext_lazy as _, ngettext\nTITLE = _("In a module of {place}")\n'
        'def mails(count): return ngettext("One mail", "%(count)d mails", count) % {"count": count}\n'
    )
    monkeypatch.setattr(messages, "CATALOGUES", tmp_path / "locale")
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    return tmp_path


def translate_all(language: str) -> Catalog:
    catalogue = messages.read_catalogue(language)
    for message in catalogue:
        if message.id:
            source = messages.forms(message.id)[-1]
            many = (f"»{source}",) * catalogue.num_plurals
            message.string = many if message.pluralizable else f"»{source}"
    messages.write_catalogue(language, catalogue)
    return catalogue


def test_what_is_extracted_is_what_django_looks_up(product: Path, settings: Settings) -> None:
    messages.extract()
    translate_all("ar")
    messages.compile_catalogues()
    settings.LOCALE_PATHS = [messages.CATALOGUES]
    with translation.override("ar"):
        page = Template(TEMPLATE).render(Context({"count": 5, "name": ""}))
        assert str(translation.gettext("In a module of {place}")) == "»In a module of {place}"
        assert translation.ngettext("One mail", "%(count)d mails", 3) == "»%(count)d mails"
    for text in SHOWN:
        assert f"»{text}" in page or f"»5 {text}" in page
    assert page.count("»") == len(SHOWN)
    assert "»Two lines, and  at 5%" in page


def test_comments_for_translators_come_along_and_comments_of_the_template_do_not(product: Path) -> None:
    found = {message.id: message for message in messages.extracted() if message.id}
    assert found["Two lines, and %(name)s at 5%%"].auto_comments == ["who is spoken to"]
    assert "Never shown" not in found


def test_extracting_twice_changes_nothing_and_keeps_translations(product: Path) -> None:
    messages.extract()
    translate_all("fr")
    messages.extract()
    before = messages.catalogue_path("fr").read_bytes()
    messages.extract()
    assert messages.catalogue_path("fr").read_bytes() == before
    assert "»Plain" in before.decode()


def problems_in_french() -> str:
    return "\n".join(problem for problem in messages.problems() if problem.startswith("fr: "))


@pytest.fixture
def french(product: Path) -> Catalog:
    messages.extract()
    catalogue = translate_all("fr")
    assert problems_in_french() == ""
    return catalogue


def test_a_missing_translation_is_named_with_its_language(french: Catalog) -> None:
    french["Plain"].string = ""
    messages.write_catalogue("fr", french)
    assert problems_in_french() == "fr: not translated: 'Plain' (in templates/page.html)"


def test_a_new_string_is_missing_until_the_catalogue_has_it(french: Catalog, product: Path) -> None:
    (product / "templates" / "new.txt").write_text('{% load i18n %}{% translate "New" %}')
    assert problems_in_french() == "fr: not in the catalogue: 'New' (in templates/new.txt)"


def test_a_string_no_longer_used_is_named(french: Catalog, product: Path) -> None:
    (product / "statements" / "words.py").unlink()
    assert "fr: no longer in the code: 'One mail'" in problems_in_french()


def test_a_fuzzy_translation_is_named(french: Catalog) -> None:
    french["Plain"].flags.add("fuzzy")
    messages.write_catalogue("fr", french)
    assert "fuzzy" in problems_in_french()


@pytest.mark.parametrize(
    ("source", "translation"),
    [
        ("In a module of {place}", "Dans un module de {lieu}"),
        ("In a module of {place}", "Dans un module"),
        ("Two lines, and %(name)s at 5%%", "Deux lignes à 5%%"),
        ("One mail", ("Un", "Des")),
        ("One mail", ("%(number)d", "%(count)d")),
    ],
)
def test_lost_or_invented_placeholders_are_named(
    french: Catalog, source: str, translation: str | tuple[str, str]
) -> None:
    if isinstance(translation, tuple):
        translation = (*translation, *translation[-1:] * (french.num_plurals - 2))
    french[source].string = translation
    messages.write_catalogue("fr", french)
    assert "placeholders" in problems_in_french()
    assert source in problems_in_french()


def test_the_catalogues_of_the_product_are_complete() -> None:
    assert list(messages.problems()) == []


@pytest.mark.parametrize("language", ["ar", "fa", "ur"])
def test_what_runs_from_left_to_right_without_a_letter_says_so(language: str) -> None:
    """After an Arabic letter 2027-02-28 reads 28-02-2027, and --publish publish--, unless a mark stands before it."""
    unmarked = re.compile(r"[\u0600-\u06ff:«]\s(?:\d+-\d+|--[a-z]|\*\.)")
    catalogue = messages.read_catalogue(language)
    texts = [form for message in catalogue if message.id for form in messages.forms(message.string)]
    assert [text for text in texts if unmarked.search(text)] == []
