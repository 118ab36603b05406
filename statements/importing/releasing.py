"""Makes public what was imported."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from statements.importing.problems import Problem
from statements.importing.writing import Entry
from statements.languages import language_name, listed
from statements.models import Edition, Release
from statements.publishing import Draft, missing, publish, says_the_same

Kind = Release.Kind
CHUNK = 500


def current_editions(entries: list[Entry]) -> dict[int, dict[str, Edition]]:
    """Return what the public reads of these statements now, by statement and language."""
    current: defaultdict[int, dict[str, Edition]] = defaultdict(dict)
    for start in range(0, len(entries), CHUNK):
        statements = [entry.statement.pk for entry in entries[start : start + CHUNK]]
        for edition in Edition.objects.filter(statement__in=statements).current().select_related("release"):
            current[edition.statement_id][edition.language] = edition
    return current


def release(
    entry: Entry, current: dict[str, Edition], *, announce: bool, problems: list[Problem], warnings: list[Problem]
) -> Iterator[Release]:
    """Yield the releases of what the files have that the public has not: new languages, and changed texts."""
    languages = list(_releasable(entry, current, warnings))
    new = [language for language in languages if language not in current]
    changed = [
        language
        for language in languages
        if language in current and not says_the_same(current[language], entry.statement)
    ]
    for kind, chosen in ((Kind.PUBLISHED, new), (Kind.UPDATED, changed)):
        if chosen:
            try:
                yield publish(Draft(entry.statement, tuple(chosen), kind=kind, announce=announce))
            except ValidationError as error:
                problems += (entry.work.documents[0].problem("statement", text) for text in error.messages)


def _releasable(entry: Entry, current: dict[str, Edition], warnings: list[Problem]) -> Iterable[str]:
    for document in entry.work.documents:
        language = document.language
        if language in current and current[language].is_withdrawn:
            # An archive read again must not bring back what was taken back.
            warnings.append(document.problem("language", _("withdrawn before, so it is not published again.")))
        elif lacking := missing(entry.statement, language):
            words = _("imported but not published: %(language)s lacks %(what)s.")
            values = {"language": language_name(language), "what": listed(lacking)}
            warnings.append(document.problem("language", words % values))
        else:
            yield language
