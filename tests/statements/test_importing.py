"""Statements out of files: what goes in, and what is said about what does not."""

import datetime
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper
from django.db import connection
from django.test.utils import CaptureQueriesContext

from statements.importing import ImportProblems, import_files
from statements.management.commands.import_statements import Counter
from statements.models import Edition, Issuer, Release, Statement, StatementType, Topic
from statements.publishing import Draft, publish
from statements.signals import released

pytestmark = pytest.mark.django_db

WRITE = Callable[..., Path]

ARABIC = {
    "statement": "spring-floods-2026",
    "language": "ar",
    "title": "بيان حول فيضانات الربيع",
    "summary": "تدابير جديدة قبل موسم الأمطار",
    "department": "وزارة الأنهار",
    "office": "مكتب المتحدث الرسمي",
    "release": "للنشر الفوري",
    "kind": "بيان وقائع",
    "date": "2026-02-06",
    "date_as_printed": "6 شباط/فبراير، 2026",
    "original_language": "en",
    "source_url": "https://rivers.example.org/floods",
    "translation_notice": "النص الانجليزي الأصلي هو النص الرسمي.",
    "topics": "[floods]",
}
ENGLISH = {
    "statement": "spring-floods-2026",
    "language": "en",
    "title": "Statement on the spring floods",
    "department": "Ministry of Rivers",
    "office": "Office of the Spokesperson",
    "kind": "fact-sheet",
    "date": "2026-02-06",
    "original_language": "en",
}
TEXT = "## الحملة\n\nفقرة أولى.\n\n- أولا\n- ثانيا\n"


@pytest.fixture(autouse=True)
def _what_the_ministry_has() -> None:
    Topic.objects.get_or_create(slug="floods", defaults={"name_ar": "الفيضانات", "name_en": "Floods"})
    names = {"name_ar": "بيان وقائع", "name_en": "Fact sheet", "name_fr": "Fiche d’information"}
    StatementType.objects.get_or_create(slug="fact-sheet", defaults=names)
    StatementType.objects.get_or_create(slug="notice", defaults={"name_ar": "إشعار", "name_en": "Notice"})


@pytest.fixture
def write(tmp_path: Path) -> WRITE:
    """`write("floods.ar.md", title="…")` writes a file that is right, but for what is given; None leaves a key out."""

    def write(name: str, base: dict[str, str] = ARABIC, *, text: str = TEXT, **keys: str | None) -> Path:
        values = {**base, **keys}
        front = "".join(f"{key}: {value}\n" for key, value in values.items() if value is not None)
        path = tmp_path / name
        path.write_text(f"---\n{front}---\n\n{text}", encoding="utf-8")
        return path

    return write


def problems_of(*paths: Path) -> list[str]:
    with pytest.raises(ImportProblems) as found:
        import_files(paths)
    assert not Statement.objects.exists()
    assert not Issuer.objects.exists()
    return [f"{problem.path.name}:{problem.line}: {problem.text}" for problem in found.value.problems]


# What goes in --------------------------------------------------------------------------------------------------------


def test_leila_imports_a_statement_in_two_languages(write: WRITE) -> None:
    result = import_files([write("floods.ar.md"), write("floods.en.md", ENGLISH, text="## Campaign\n\nText.")])

    (statement,) = result.created
    statement.refresh_from_db()
    assert statement.slug == "spring-floods-2026"
    assert statement.date == datetime.date(2026, 2, 6)
    assert statement.original_language == "en"
    assert statement.source_url == "https://rivers.example.org/floods"
    assert statement.type.slug == "fact-sheet"
    assert statement.title_ar == "بيان حول فيضانات الربيع"
    assert statement.title_en == "Statement on the spring floods"
    assert statement.summary_ar == "تدابير جديدة قبل موسم الأمطار"
    assert statement.release_line_ar == "للنشر الفوري"
    assert statement.translation_notice_ar == "النص الانجليزي الأصلي هو النص الرسمي."
    assert "<h2>الحملة</h2>" in statement.body_ar
    assert "<li>ثانيا</li>" in statement.body_ar
    assert [topic.slug for topic in statement.topics.all()] == ["floods"]
    assert result.warnings == []


def test_the_department_and_its_office_get_their_name_in_both_languages(write: WRITE) -> None:
    import_files([write("floods.ar.md"), write("floods.en.md", ENGLISH)])
    office = Statement.objects.get().issuer
    assert (office.name_ar, office.name_en) == ("مكتب المتحدث الرسمي", "Office of the Spokesperson")
    assert (office.parent.name_ar, office.parent.name_en) == ("وزارة الأنهار", "Ministry of Rivers")
    assert office.parent.slug == "ministry-of-rivers"


def test_a_department_known_in_one_language_gets_its_name_in_another(write: WRITE) -> None:
    ministry = Issuer.objects.create(slug="rivers", name_en="Ministry of Rivers")
    import_files([write("floods.ar.md", office=None), write("floods.en.md", ENGLISH, office=None)])
    ministry.refresh_from_db()
    assert Statement.objects.get().issuer == ministry
    assert ministry.name_ar == "وزارة الأنهار"


def test_statements_in_one_language_find_the_department_that_another_file_names_in_two(write: WRITE) -> None:
    write("1.en.md", ENGLISH, statement="first")
    write("2.ar.md", statement="second")
    write("3.ar.md", statement="third")
    folder = write("3.en.md", ENGLISH, statement="third").parent
    import_files([folder])
    assert Issuer.objects.count() == 2


def test_a_later_file_without_the_office_leaves_the_office(write: WRITE) -> None:
    import_files([write("floods.ar.md"), write("floods.en.md", ENGLISH)])
    import_files([write("floods.en.md", ENGLISH, office=None)])
    assert Statement.objects.get().issuer.name_en == "Office of the Spokesperson"


def test_a_folder_is_read_with_its_folders_and_no_file_twice(write: WRITE, tmp_path: Path) -> None:
    (tmp_path / "2026").mkdir()
    (tmp_path / "notes.txt").write_text("not a statement")
    path = write("2026/floods.ar.md")
    assert len(import_files([tmp_path, path, tmp_path / "2026"]).created) == 1


def test_a_second_import_changes_nothing_and_says_so(write: WRITE) -> None:
    paths = [write("floods.ar.md"), write("floods.en.md", ENGLISH)]
    import_files(paths)
    before = Statement.objects.get().changed_at
    result = import_files(paths)
    assert [statement.slug for statement in result.unchanged] == ["spring-floods-2026"]
    assert not result.created
    assert not result.updated
    assert Statement.objects.get().changed_at == before


def test_a_changed_text_changes_the_statement_and_no_other_language(write: WRITE) -> None:
    import_files([write("floods.ar.md"), write("floods.en.md", ENGLISH, text="Text.")])
    result = import_files([write("floods.ar.md", title="عنوان جديد", summary=None)])
    statement = Statement.objects.get()
    assert result.updated == [statement]
    assert (statement.title_ar, statement.summary_ar) == ("عنوان جديد", "")
    assert statement.body_en == "<p>Text.</p>"
    assert [topic.slug for topic in statement.topics.all()] == ["floods"]


def test_values_stand_as_they_are_written_and_yaml_does_not_reread_them(write: WRITE) -> None:
    import_files([write("floods.ar.md", title="2026", summary="no", release='"على الفور: #1"')])
    statement = Statement.objects.get()
    assert (statement.title_ar, statement.summary_ar) == ("2026", "no")
    assert statement.release_line_ar == "على الفور: #1"


def test_a_byte_order_mark_and_windows_line_ends_are_borne(write: WRITE) -> None:
    path = write("floods.ar.md")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    import_files([path])
    assert Statement.objects.get().title_ar == "بيان حول فيضانات الربيع"


def test_a_table_becomes_a_table_and_a_script_becomes_nothing(write: WRITE) -> None:
    table = "| سد | م |\n|---|---|\n| الشمال | 4 |\n\n"
    text = table + '<script>alert(1)</script>\n\n<span lang="en" onclick="x()">Watch</span>'
    import_files([write("floods.ar.md", text=text)])
    body = Statement.objects.get().body_ar
    assert "<td>الشمال</td>" in body
    assert '<span lang="en">Watch</span>' in body
    assert "script" not in body
    assert "onclick" not in body


def test_control_characters_in_a_quoted_title_are_cleaned_away(write: WRITE) -> None:
    import_files([write("floods.ar.md", title=r'"{{ بيان }} <b>\x0b حول \u202E\uFFFE"')])
    assert Statement.objects.get().title_ar == "{{ بيان }} <b> حول"


def test_a_date_printed_in_another_way_is_a_warning(write: WRITE) -> None:
    path = write("floods.ar.md", date_as_printed="6 فبراير 2026")
    (warning,) = import_files([path]).warnings
    assert (warning.path, warning.line) == (path, 11)
    assert "6 شباط/فبراير، 2026" in warning.text


def test_many_statements_take_few_queries(write: WRITE, tmp_path: Path) -> None:
    def queries(number: int) -> int:
        for index in range(number):
            write(f"{number}/{index}.ar.md", statement=f"s-{number}-{index}")
        with CaptureQueriesContext(connection) as captured:
            import_files([tmp_path / str(number)])
        return len(captured)

    (tmp_path / "2").mkdir()
    (tmp_path / "40").mkdir()
    queries(2)  # makes the issuers
    assert queries(40) <= 14


# What does not -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"titel": "x"}, "16: unknown key “titel”. Did you mean “title”?"),
        ({"zzz": "x"}, "16: unknown key “zzz”. Choose from: statement, language, title, department"),
        ({"language": "de"}, "3: “language: de”: this site does not have that language. Add it to LANGUAGES"),
        ({"language": "xx"}, "3: “language: xx”: unknown language. Choose from ar, zh-hans, en"),
        ({"original_language": "klingon"}, "12: “original_language: klingon”: unknown language. Choose from ar, bn"),
        ({"title": None}, "1: “title” is missing. Write “title: …”."),
        ({"title": ""}, "4: “title” is missing. Write “title: …”."),
        ({"title": r'"\x0b\u202E\uFFFE"'}, "4: “title” is missing. Write “title: …”."),
        ({"statement": None}, "1: “statement” is missing. Write “statement: …”."),
        ({"department": None, "office": None}, "1: “department” is missing. Write “department: …”."),
        ({"kind": None}, "1: “kind” is missing. Write “kind: …”."),
        ({"original_language": None}, "1: “original_language” is missing. Write “original_language: …”."),
        ({"date": None}, "1: “date” is missing. Write “date: …”."),
        ({"date": "6/2/2026"}, "10: “date: 6/2/2026”: not a date. Write year, month and day: 2019-02-06."),
        ({"date": "2026-02-30"}, "10: “date: 2026-02-30”: not a date."),
        ({"date": "20260206"}, "10: “date: 20260206”: not a date."),
        ({"date": "2026-02-06 10:00"}, "10: “date: 2026-02-06 10:00”: not a date."),
        ({"title": "ب" * 3000}, "4: “title” has 3000 characters. Shorten it to at most 300."),
        ({"source_url": "rivers.example.org"}, "13: “source_url: rivers.example.org”: not an address. Write it whole"),
        ({"source_url": "javascript:alert(1)"}, "13: “source_url: javascript:alert(1)”: not an address."),
        ({"statement": "فيضانات"}, "2: “statement: فيضانات”: it stands in the address. Use Latin letters"),
        ({"statement": "a/b"}, "2: “statement: a/b”: it stands in the address."),
        ({"statement": "a" * 81}, "2: “statement” has 81 characters. Shorten it to at most 80."),
        ({"kind": "memo"}, "9: “kind: memo”: unknown kind. Choose from fact-sheet (بيان وقائع)"),
        ({"topics": "[floods, dams]"}, "15: unknown topic: dams. Choose from: floods."),
        ({"topics": "floods"}, "15: “topics” is a list. Write “topics: [floods]”."),
        ({"title": "[a, b]"}, "4: “title” is one line of text, not a list."),
        ({"title": "{a: b}"}, "4: “title” is one line of text, or a list of such lines."),
        ({"summary": "بيان: حول"}, "5: not YAML: mapping values are not allowed here. Put a value that holds “: ”"),
        ({"title": "'open"}, "not YAML: "),
        ({"summary": "a\x0bb"}, "5: the character U+000B cannot stand here. Delete it."),
        ({"summary": "a\ufffeb"}, "5: the character U+FFFE cannot stand here. Delete it."),
        ({"title": "&a [*a]"}, "4: “title” is one line of text, or a list of such lines."),
        ({"summary": "x\nsummary: y"}, "6: “summary” stands here twice. Keep one."),
    ],
)
def test_a_wrong_key_is_named_with_its_line_and_what_to_put_there(
    write: WRITE, keys: dict[str, str | None], problem: str
) -> None:
    found = problems_of(write("floods.ar.md", **keys))
    assert any(problem in line for line in found), found


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "1: no front matter. Begin the file with a line ---"),
        (b"# Floods\n\nText.", "1: no front matter."),
        (b"---\ntitle: x\n\nText.", "1: the front matter does not end."),
        (b"---\njust words\n---\nText.", "2: write “key: value”, one key on each line."),
        (b"---\n- a\n- b\n---\nText.", "2: write “key: value”, one key on each line."),
        (b"---\n? [a, b]\n: c\n---\nText.", "2: a key is one word, such as title."),
        (b"---\ntitle: caf\xe9\n---\nText.", "2: not UTF-8: byte 0xE9 at offset 14. Save the file as UTF-8."),
        ("---\ntitle: x\n---\n".encode("utf-16"), "1: not UTF-8: byte 0xFF at offset 0."),
        (b"---\n---\n", "1: “statement” is missing."),
        (b"---\nx: " + b"[" * 5000 + b"\n---\nText.", "2: "),
    ],
)
def test_a_file_that_is_no_statement_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "floods.ar.md"
    path.write_bytes(content)
    assert any(problem in line for line in problems_of(path))


@pytest.mark.parametrize(
    "text", ["", "   \n\n", "<!-- later -->", "<script>alert(1)</script>", "![](https://x.example/y.png)"]
)
def test_a_file_without_a_text_is_refused(write: WRITE, text: str) -> None:
    assert problems_of(write("floods.ar.md", text=text)) == [
        "floods.ar.md:17: no text. Write it after the second line ---."
    ]


def test_the_same_statement_and_language_twice_is_refused(write: WRITE) -> None:
    (problem,) = problems_of(write("a.ar.md"), write("b.ar.md"))
    assert problem.startswith("b.ar.md:3: “spring-floods-2026” in ar is in ")
    assert problem.endswith("a.ar.md already. Keep one of them.")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("date", "2026-02-07"),
        ("kind", "notice"),
        ("original_language", "ar"),
        ("source_url", "https://rivers.example.org/other"),
    ],
)
def test_two_languages_that_contradict_each_other_are_refused(write: WRITE, key: str, value: str) -> None:
    (problem,) = problems_of(write("a.ar.md"), write("b.en.md", ENGLISH, **{key: value}))
    assert problem.startswith("b.en.md:")
    assert f"“{key}: {value}” contradicts " in problem


def test_a_department_that_is_another_one_in_another_language_is_refused(write: WRITE) -> None:
    Issuer.objects.create(slug="rivers", name_ar="وزارة الأنهار", name_en="Ministry of Rivers")
    Issuer.objects.create(slug="roads", name_ar="وزارة الطرق", name_en="Ministry of Roads")
    paths = [write("a.ar.md", office=None), write("b.en.md", ENGLISH, office=None, department="Ministry of Roads")]
    with pytest.raises(ImportProblems, match="“department: Ministry of Roads” is another one than “وزارة الأنهار”"):
        import_files(paths)


def test_a_department_with_another_name_in_that_language_is_refused(write: WRITE) -> None:
    ministry = Issuer.objects.create(slug="rivers", name_ar="وزارة المياه", name_en="Ministry of Rivers")
    with pytest.raises(ImportProblems, match="“department: وزارة الأنهار”: in العربيّة it is called “وزارة المياه”"):
        import_files([write("a.ar.md", office=None), write("b.en.md", ENGLISH, office=None)])
    ministry.refresh_from_db()
    assert ministry.name_ar == "وزارة المياه"


def test_a_path_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    found = problems_of(tmp_path / "gone.md", tmp_path / "empty")
    assert found == ["empty:0: no *.md file in this folder.", "gone.md:0: cannot be read: No such file or directory"]


def test_all_problems_of_all_files_are_said_at_once_and_nothing_is_imported(write: WRITE) -> None:
    good = write("good.en.md", ENGLISH, statement="good")
    found = problems_of(good, write("a.ar.md", date="soon", titel="x"), write("b.ar.md", title=None, topics="[dams]"))
    assert [line.partition(": ")[0] for line in found] == ["a.ar.md:10", "a.ar.md:16", "b.ar.md:1"]


# Making it public ----------------------------------------------------------------------------------------------------


def test_an_import_alone_publishes_nothing_and_tells_nobody(write: WRITE) -> None:
    import_files([write("floods.ar.md")])
    assert not Release.objects.exists()


def test_publishing_makes_it_public_without_telling_subscribers(write: WRITE) -> None:
    result = import_files([write("floods.ar.md"), write("floods.en.md", ENGLISH)], publish=True)
    (release,) = result.released
    assert (release.kind, release.announce) == ("published", False)
    assert {edition.language for edition in Edition.objects.current()} == {"ar", "en"}


def test_announcing_is_said_on_the_release_and_to_whoever_listens(
    write: WRITE, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    heard: list[Release] = []

    def listen(release: Release, **kwargs: object) -> None:
        heard.append(release)

    released.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        (release,) = import_files([write("floods.ar.md")], publish=True, announce=True).released
    released.disconnect(listen)
    assert heard == [release]
    assert release.announce


def test_a_second_publishing_releases_only_what_is_new(write: WRITE) -> None:
    arabic = write("floods.ar.md")
    import_files([arabic], publish=True)
    assert import_files([arabic], publish=True).released == []

    english = write("floods.en.md", ENGLISH)
    (new,) = import_files([arabic, english], publish=True).released
    assert (new.kind, [e.language for e in new.editions.all()]) == ("published", ["en"])

    (changed,) = import_files([write("floods.ar.md", title="عنوان جديد"), english], publish=True).released
    assert (changed.kind, [e.language for e in changed.editions.all()]) == ("updated", ["ar"])


def test_what_was_withdrawn_is_not_published_again(write: WRITE) -> None:
    arabic = write("floods.ar.md")
    (statement,) = import_files([arabic], publish=True).created
    publish(Draft(Statement.objects.get(pk=statement.pk), ("ar",), kind="withdrawn", notes={"ar": "خطأ"}))

    result = import_files([arabic], publish=True)
    assert result.released == []
    assert "withdrawn before" in result.warnings[0].text


def test_a_language_that_lacks_something_is_imported_and_said_not_to_be_public(write: WRITE) -> None:
    StatementType.objects.filter(slug="notice").update(name_ar=None)
    result = import_files([write("floods.ar.md", kind="notice")], publish=True)
    assert result.released == []
    assert result.warnings[0].text == "imported but not published: العربيّة lacks name of the statement type."


def test_a_statement_with_a_scheduled_release_stops_the_whole_import(write: WRITE) -> None:
    arabic = write("floods.ar.md")
    (statement,) = import_files([arabic]).created
    tomorrow = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
    publish(Draft(Statement.objects.get(pk=statement.pk), ("ar",), publish_at=tomorrow))

    with pytest.raises(ImportProblems, match="already scheduled"):
        import_files([arabic, write("other.en.md", ENGLISH, statement="other")], publish=True)
    assert Statement.objects.count() == 1


# The command ---------------------------------------------------------------------------------------------------------


def run(*arguments: object) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_statements", *map(str, arguments), stdout=out, stderr=err)
    except CommandError as error:
        err.write(str(error))
    return out.getvalue(), err.getvalue()


def test_the_command_says_what_it_did(write: WRITE) -> None:
    path = write("floods.ar.md")
    assert run(path) == ("Statements: 1 new, 0 updated, 0 unchanged.\n", "")
    out, _ = run(path, "--publish")
    assert out.splitlines() == [
        "Statements: 0 new, 0 updated, 1 unchanged.",
        "Releases: 1. Editions: 1.",
    ]


def test_the_command_lists_what_is_wrong_and_fails(write: WRITE) -> None:
    path = write("floods.ar.md", date="soon", titel="x")
    out, err = run(path)
    assert out == ""
    assert err.splitlines() == [
        f"{path}:10: “date: soon”: not a date. Write year, month and day: 2019-02-06.",
        f"{path}:16: unknown key “titel”. Did you mean “title”?",
        "2 problems. Nothing was imported.",
    ]


def test_announcing_without_publishing_is_refused(write: WRITE) -> None:
    _, err = run(write("floods.ar.md"), "--announce")
    assert "add --publish" in err
    assert not Statement.objects.exists()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_progress_is_counted_in_place() -> None:
    terminal = Terminal()
    assert list(Counter(_stream(terminal))(range(3), "Reading files")) == [0, 1, 2]
    assert terminal.getvalue().endswith("\rReading files: 3 / 3\n")


def test_into_a_file_only_a_long_import_is_counted() -> None:
    stream = io.StringIO()
    list(Counter(_stream(stream))(range(200), "Reading files"))
    assert stream.getvalue() == ""
    list(Counter(_stream(stream))(range(2000), "Reading files"))
    assert stream.getvalue().splitlines()[0] == "Reading files: 200 / 2,000"
    assert len(stream.getvalue().splitlines()) == 10


def _stream(stream: io.StringIO) -> OutputWrapper:
    return OutputWrapper(stream)


# A real statement ----------------------------------------------------------------------------------------------------

REAL = Path(__file__).parents[3] / "shared" / "samples" / "coalition-fact-sheet.ar.md"

if REAL.exists():  # It is not part of the repository.

    def test_a_real_fact_sheet_keeps_all_that_its_page_showed() -> None:
        result = import_files([REAL], publish=True)
        (edition,) = Edition.objects.current()
        assert result.warnings == []
        assert edition.title == "التحالف الدولي- العمل لدحر داعش"
        assert edition.department == "وزارة الخارجية الأمريكية"
        assert edition.office == "مكتب المتحدث الرسمي"
        assert edition.release_line == "للنشر الفوري"
        assert edition.type_name == "بيان وقائع"
        assert edition.date_line == "6 شباط/فبراير، 2019"
        assert edition.source_url == "https://www.state.gov/r/pa/prs/ps/2019/02/288803.htm"
        assert "النص الانجليزي الأصلي هو النص الرسمي" in edition.translation_notice
        assert edition.body.count("<li>") == 5
        shown = REAL.read_text().split("---", 2)[2]
        headings = [line.removeprefix("## ") for line in shown.splitlines() if line.startswith("## ")]
        assert [f"<h2>{heading}</h2>" in edition.body for heading in headings] == [True] * len(headings)
        paragraphs = [line for line in shown.splitlines() if line and line[0] not in "#->"]
        places = [edition.body.find(paragraph) for paragraph in paragraphs]
        assert places == sorted(places)
        assert -1 not in places
