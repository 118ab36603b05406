"""The staff's side: Leila writes and publishes, Omar only writes."""

import datetime
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import override
from playwright.sync_api import Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from statements.models import Edition, Issuer, Release, Statement, StatementType, Topic
from statements.publishing import Draft
from statements.signals import reviewing
from tests.making import make_issuer, make_release, make_statement, make_topic, write

TOMORROW = timezone.now() + datetime.timedelta(days=1)


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _types() -> None:
    """A migration makes them; a test with a server of its own has emptied the database before."""
    names = {"name_en": "Fact sheet", "name_ar": "بيان وقائع", "name_fr": "Fiche d’information"}
    StatementType.objects.get_or_create(slug="fact-sheet", defaults=names)


@pytest.fixture
def leila() -> User:
    """May write and publish statements."""
    return User.objects.create_superuser("leila", password="made-up by the test")


@pytest.fixture
def omar() -> User:
    """May write statements."""
    omar = User.objects.create_user("omar", password="made-up by the test", is_staff=True)
    omar.user_permissions.set(
        Permission.objects.filter(content_type__model="statement").exclude(codename__startswith="pub")
    )
    return omar


@pytest.fixture
def as_leila(client: Client, leila: User) -> Client:
    client.force_login(leila)
    return client


def text(response: HttpResponse) -> str:
    """The page's words, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


# Writing -------------------------------------------------------------------------------------------------------------


def form_of(**fields: Any) -> dict[str, Any]:
    """What the form sends for a statement that lacks nothing."""
    return {
        "issuer": make_issuer().pk,
        "type": StatementType.objects.get(slug="fact-sheet").pk,
        "date": "2026-10-06",
        "original_language": "ar",
        "slug": "spring-floods",
        "title_ar": "فيضانات الربيع",
        "body_ar": "<p>نص</p>",
        **fields,
    }


def add(client: Client, **fields: Any) -> HttpResponse:
    return client.post(reverse("admin:statements_statement_add"), form_of(**fields))


def test_leila_writes_a_statement_in_two_languages(as_leila: Client) -> None:
    floods = make_topic("floods")
    add(as_leila, title_en="Spring floods", body_en="<p>Text</p>", topics=[floods.pk])
    statement = Statement.objects.get()
    assert (statement.title_ar, statement.title_en) == ("فيضانات الربيع", "Spring floods")
    assert list(statement.topics.all()) == [floods]


def test_only_the_languages_of_the_site_have_fields_each_in_its_direction(as_leila: Client) -> None:
    page = as_leila.get(reverse("admin:statements_statement_add")).content.decode()
    assert 'name="title_de"' not in page
    for language, direction in (("ar", "rtl"), ("zh_hans", "ltr"), ("fa", "rtl"), ("fr", "ltr")):
        for field in ("title", "summary", "body", "release_line", "translation_notice"):
            tag = re.search(rf'<(?:input|textarea)[^>]*name="{field}_{language}"[^>]*>', page)
            assert tag
            assert f'lang="{language.replace("_", "-")}"' in tag[0]
            assert f'dir="{direction}"' in tag[0]


def test_each_language_is_named_in_itself_and_for_the_reader_with_the_original_open(as_leila: Client) -> None:
    statement = make_statement("ar", "en")
    page = as_leila.get(reverse("admin:statements_statement_change", args=[statement.pk])).content.decode()
    headings = re.findall(r"(<details><summary>)?\s*<h2[^>]*fieldset-heading[^>]*>(.*?)</h2>", page)
    names = [(bool(closed), re.sub(r"<[^>]+>", "", name).strip()) for closed, name in headings]
    assert names[:4] == [
        (False, "العربيّة · Arabic original"),
        (True, "简体中文 · Simplified Chinese"),
        (True, "English ready"),
        (True, "français · French"),
    ]


def test_the_editors_import_map_carries_the_nonce_of_the_policy(as_leila: Client) -> None:
    response = as_leila.get(reverse("admin:statements_statement_add"))
    nonce = re.search(r"'nonce-([^']+)'", response["Content-Security-Policy"])
    assert nonce
    assert f'<script type="importmap" nonce="{nonce[1]}">' in response.content.decode()


@pytest.mark.parametrize("title", ["\x0b", "\ufffe", " \u202e\x85 "])
def test_a_title_of_nothing_but_control_characters_is_an_empty_one(as_leila: Client, title: str) -> None:
    add(as_leila, title_ar=title)
    statement = Statement.objects.get()
    assert not statement.title_ar
    assert str(statement) == "spring-floods"


def test_a_title_with_control_characters_html_or_braces_is_plain_text(as_leila: Client) -> None:
    title = "{{ settings.SECRET_KEY }}\x0b<script>alert(1)</script>\ufffe"
    add(as_leila, title_en=title, title_ar="")
    clean = "{{ settings.SECRET_KEY }} <script>alert(1)</script>"
    assert Statement.objects.get().title_en == clean
    for address in (reverse("admin:statements_statement_changelist"), publish_page(Statement.objects.get())):
        page = as_leila.get(address).content.decode()
        assert escape(clean) in page
        assert "<script>alert" not in page


def test_a_title_of_3000_letters_is_refused_and_kept_in_the_form(as_leila: Client) -> None:
    response = add(as_leila, title_ar="ب" * 3000)
    assert "Ensure this value has at most 300 characters (it has 3000)." in text(response)
    assert "ب" * 3000 in response.content.decode()
    assert not Statement.objects.exists()


def test_a_text_pasted_from_word_keeps_its_words_and_loses_its_scripts(as_leila: Client) -> None:
    pasted = (
        "<!--[if gte mso 9]><xml><o:x/></xml><![endif]--><style>p.MsoNormal{color:red}</style>"
        '<p class="MsoNormal" style="mso-bidi:x" onclick="x()"><o:p>&nbsp;</o:p><b>First</b></p>'
        '<script>alert(1)</script><img src="file:///C:/x.png" onerror="x()"><a href="javascript:x()">link</a>'
    )
    add(as_leila, body_ar=pasted)
    body = Statement.objects.get().body_ar
    assert "<b>First</b>" in body
    assert not re.search("script|style|class|onclick|onerror|img|mso", body, re.IGNORECASE)


def test_a_slug_is_proposed_from_the_english_title(as_leila: Client) -> None:
    page = as_leila.get(reverse("admin:statements_statement_add")).content.decode()
    assert escape('"dependency_ids": ["#id_title_en"]') in page


def test_saving_and_publishing_is_one_button(as_leila: Client) -> None:
    response = add(as_leila, _publish="Save and publish…")
    assert response["Location"] == publish_page(Statement.objects.get())


def test_the_history_says_which_language_changed(as_leila: Client) -> None:
    statement = make_statement("ar", "en")
    address = reverse("admin:statements_statement_change", args=[statement.pk])
    fields = form_of(slug=statement.slug, title_ar=statement.title_ar, body_ar=statement.body_ar)
    as_leila.post(address, {**fields, "title_en": "River levels rise", "body_en": statement.body_en})
    assert "Changed title [en]." in text(
        as_leila.get(reverse("admin:statements_statement_history", args=[statement.pk]))
    )


def test_a_statement_may_be_translated_from_a_language_the_site_does_not_have(as_leila: Client) -> None:
    add(as_leila, original_language="de")
    assert Statement.objects.get().original_language == "de"


def test_an_office_is_chosen_with_its_department(as_leila: Client) -> None:
    Issuer.objects.create(slug="press", name_en="Press office", parent=make_issuer())
    assert "Ministry of Rivers › Press office" in text(as_leila.get(reverse("admin:statements_statement_add")))


def test_nobody_is_an_office_of_an_office_or_of_itself(as_leila: Client) -> None:
    ministry = make_issuer()
    office = Issuer.objects.create(slug="press", name_en="Press office", parent=ministry)
    other = Issuer.objects.create(slug="roads", name_en="Ministry of Roads")

    def say(issuer: Issuer, parent: Issuer) -> str:
        address = reverse("admin:statements_issuer_change", args=[issuer.pk])
        return text(as_leila.post(address, {"slug": issuer.slug, "name_en": str(issuer), "parent": parent.pk}))

    assert "Nobody is an office of itself." in say(ministry, ministry)
    assert "This department has offices" in say(ministry, other)
    assert "Select a valid choice" in say(other, office)


def test_an_issuer_is_named_in_any_language_but_not_in_none(as_leila: Client) -> None:
    address = reverse("admin:statements_issuer_add")
    assert "Give it a name in at least one language." in text(
        as_leila.post(address, {"slug": "a", "name_ar": "\ufffe"})
    )
    as_leila.post(address, {"slug": "rivers", "name_ar": "وزارة الأنهار"})
    assert Issuer.objects.get().name_ar == "وزارة الأنهار"


# The list ------------------------------------------------------------------------------------------------------------


def listed(client: Client, **query: str) -> str:
    return text(client.get(reverse("admin:statements_statement_changelist"), query))


def test_the_list_says_how_far_each_statement_is(as_leila: Client) -> None:
    make_statement("en", slug="draft", title_en="A draft")
    make_release(make_statement("en", "ar", slug="public", title_en="A public one"))
    make_release(make_statement("en", slug="later", title_en="A later one"), publish_at=TOMORROW)
    withdrawn = make_statement("en", slug="withdrawn", title_en="A withdrawn one")
    make_release(withdrawn)
    make_release(withdrawn, kind="withdrawn", notes={"en": "Wrong."})

    for state, title in (("draft", "A draft"), ("public", "A public one"), ("scheduled", "A later one")):
        page = listed(as_leila, state=state)
        assert title in page
        assert "1 statement " in page
    assert "A withdrawn one" in listed(as_leila, state="withdrawn")
    page = listed(as_leila)
    for words in ("Draft", "Public since", "Scheduled for", "Withdrawn", "العربيّة and English"):
        assert words in page


def test_the_search_finds_titles_in_every_language_of_the_site(as_leila: Client) -> None:
    make_statement("ar", slug="floods", title_ar="فيضانات الربيع")
    make_statement("fr", slug="dams", title_fr="Les barrages")
    assert "فيضانات الربيع" in listed(as_leila, q="الربيع")
    assert "Les barrages" in listed(as_leila, q="barrages")
    assert "0 results" in listed(as_leila, q="Dämme")


def test_a_longer_list_takes_no_more_queries(as_leila: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            listed(as_leila)
        return len(captured)

    make_release(make_statement("en", slug="first"))
    few = queries()
    for number in range(20):
        make_release(make_statement("en", "ar", slug=f"more-{number}"))
    assert queries() == few


def test_a_statement_is_called_by_its_original_title_where_there_is_no_other() -> None:
    statement = make_statement("ar")
    with override("fr"):
        assert str(statement) == "انخفاض منسوب الأنهار"


def test_a_statement_that_was_released_is_not_deleted(as_leila: Client) -> None:
    statement = make_statement("en")
    make_release(statement)
    address = reverse("admin:statements_statement_delete", args=[statement.pk])
    assert "would require deleting the following protected related objects" in text(as_leila.get(address))
    as_leila.post(address, {"post": "yes"})
    assert Statement.objects.exists()


# Publishing ----------------------------------------------------------------------------------------------------------


def publish_page(statement: Statement) -> str:
    return reverse("admin:statements_statement_publish", args=[statement.pk])


class Publishing:
    """The publish page as a browser has it: what it shows is what it sends, but for what is changed."""

    def __init__(self, client: Client, statement: Statement) -> None:
        self.client, self.address = client, publish_page(statement)
        self.response = client.get(self.address)
        form = self.response.context["form"]
        self.choices = {name: form[name].value() for name in ("kind", "languages", "announce", "key")}
        self.choices["key"] = str(self.choices["key"])

    def send(self, button: str, **changes: Any) -> HttpResponse:
        self.choices |= changes
        seen = self.response.context["seen"] if self.response.context else self.seen
        self.seen = seen
        sent = {name: value for name, value in self.choices.items() if value not in (None, False)}
        self.response = self.client.post(self.address, {**sent, "seen": seen, button: "x"})
        return self.response

    @property
    def words(self) -> str:
        return text(self.response)


def test_leila_publishes_what_is_ready_after_she_saw_it(as_leila: Client, leila: User) -> None:
    statement = make_statement("ar", "en", title_fr="Le niveau")
    page = Publishing(as_leila, statement)
    assert page.choices["kind"] == "published"
    assert page.choices["languages"] == ["ar", "en"]
    assert "français · French lacks: text" in page.words
    assert "español · Spanish nothing written yet" in page.words
    assert "تُقرأ المقاييس" in page.words
    assert '<div class="reading" lang="ar" dir="rtl">' in page.response.content.decode()

    response = page.send("publish")
    release = Release.objects.get()
    assert {edition.language for edition in release.editions.all()} == {"ar", "en"}
    assert (release.approved_by, release.announce) == (leila, True)
    after = as_leila.get(response["Location"]).content.decode()
    for edition in release.editions.all():
        assert f'<a href="{edition.get_absolute_url()}">{edition.language_name}</a>' in after


def test_languages_that_lack_something_cannot_be_ticked(as_leila: Client) -> None:
    page = Publishing(as_leila, make_statement("ar", title_fr="Le niveau")).response.content.decode()
    boxes = {
        tag[1]: "disabled" in tag[0]
        for tag in re.finditer(r'<input type="checkbox" name="languages" value="([^"]+)"[^>]*>', page)
    }
    assert boxes == {code: code != "ar" for code in ("ar", "zh-hans", "en", "fr", "ru", "es", "fa", "ur")}


def test_a_double_click_makes_one_release(as_leila: Client) -> None:
    page = Publishing(as_leila, make_statement("ar"))
    first, second = page.send("publish"), page.send("publish")
    assert first["Location"] == second["Location"]
    assert Release.objects.count() == 1


def test_what_changed_after_the_review_is_shown_and_not_published(as_leila: Client) -> None:
    statement = make_statement("ar")
    page = Publishing(as_leila, statement)
    statement.body_ar = "<p>غيّرها عمر</p>"
    statement.save()

    page.send("publish")
    assert "This is not what you last looked at." in page.words
    assert "غيّرها عمر" in page.words
    assert not Release.objects.exists()

    page.send("publish")
    assert Release.objects.count() == 1


def test_choices_that_were_not_reviewed_are_not_published(as_leila: Client) -> None:
    page = Publishing(as_leila, make_statement("ar", "en"))
    page.send("publish", languages=["en"])
    assert "This is not what you last looked at." in page.words
    assert not Release.objects.exists()
    page.send("review")
    assert "This is not what you last looked at." not in page.words
    page.send("publish")
    assert [edition.language for edition in Edition.objects.all()] == ["en"]


def test_going_back_to_an_old_page_does_not_pass_one_release_off_as_another(as_leila: Client) -> None:
    statement = make_statement("ar", "en")
    page = Publishing(as_leila, statement)
    page.send("review", languages=["ar"])
    page.send("publish")
    page.send("publish", languages=["en"])
    assert page.response.status_code == 200
    page.send("publish")
    assert [release.editions.get().language for release in Release.objects.order_by("pk")] == ["ar", "en"]


def test_a_moment_to_come_schedules_in_the_time_zone_of_the_site(as_leila: Client, settings: Settings) -> None:
    settings.TIME_ZONE = "Asia/Amman"
    timezone.get_default_timezone.cache_clear()
    try:
        page = Publishing(as_leila, make_statement("ar"))
        assert "in the time zone Asia/Amman" in page.words
        page.send("review", publish_at="2028-01-15T09:00")
        assert 'value="Schedule"' in page.response.content.decode()
        page.send("publish")
    finally:
        timezone.get_default_timezone.cache_clear()
    assert Release.objects.get().publish_at == datetime.datetime(2028, 1, 15, 6, 0, tzinfo=datetime.UTC)
    assert not Edition.objects.public().exists()


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2020-01-01T09:00", "This moment has passed."),
        ("9999-12-31T23:59", "That is more than five years away."),
        ("0001-01-01T00:00", "This moment has passed."),
        ("soon", "Enter a valid date/time."),
    ],
)
def test_a_moment_that_cannot_be_is_said_and_nothing_is_published(as_leila: Client, moment: str, words: str) -> None:
    page = Publishing(as_leila, make_statement("ar"))
    for button in ("review", "publish"):
        page.send(button, publish_at=moment)
        assert words in page.words
    assert not Release.objects.exists()


def test_a_correction_needs_a_note_in_each_language_and_keeps_it_on_one_line(as_leila: Client) -> None:
    statement = make_statement("ar", "en")
    make_release(statement, "ar", "en")
    write(statement, "en")
    statement.title_en = "River levels are rising"
    statement.save()

    page = Publishing(as_leila, statement)
    assert (page.choices["kind"], page.choices["languages"]) == ("updated", ["en"])
    assert "English public, the text has changed since" in page.words
    page.send("review", kind="corrected")
    assert "Say in English what changed" in page.words
    page.send("review", note_en="The levels\x0b rise.\r\nBcc: x@example.org\ufffe")
    assert "The levels rise. Bcc: x@example.org" in page.words
    page.send("publish")
    assert Edition.objects.current().get(language="en").note == "The levels rise. Bcc: x@example.org"


def test_a_withdrawal_needs_no_text(as_leila: Client) -> None:
    statement = make_statement("ar")
    make_release(statement)
    statement.body_ar = ""
    statement.save()
    page = Publishing(as_leila, statement)
    page.send("review", kind="withdrawn", languages=["ar"], note_ar="نُشر خطأً.")
    page.send("publish")
    assert Edition.objects.current().get().is_withdrawn


def test_the_review_shows_what_others_add_to_it(as_leila: Client) -> None:
    def add_audience(draft: Draft, **kwargs: object) -> str:
        return f"<p>7 people in {'/'.join(draft.languages)}</p>"

    reviewing.connect(add_audience)
    try:
        page = Publishing(as_leila, make_statement("ar", "en"))
    finally:
        reviewing.disconnect(add_audience)
    assert "7 people in ar/en" in page.words


def test_while_a_release_is_scheduled_there_is_no_other(as_leila: Client) -> None:
    statement = make_statement("ar")
    scheduled = make_release(statement, publish_at=TOMORROW)
    page = Publishing(as_leila, statement)
    assert "already scheduled" in page.words
    assert reverse("admin:statements_release_change", args=[scheduled.pk]) in page.response.content.decode()
    page.send("publish")
    assert Release.objects.count() == 1


def test_nothing_ready_can_be_published_and_the_page_says_why(as_leila: Client) -> None:
    page = Publishing(as_leila, make_statement("en", title_en="", body_en=""))
    assert "Choose at least one language." in page.words
    page.send("publish", languages=["en"])
    assert "English still lacks: title and text." in page.words
    page.send("publish", languages=["xx"])
    assert "xx is not one of the available choices" in page.words
    assert not Release.objects.exists()


@pytest.mark.parametrize("broken", [{"key": "x"}, {"key": ""}, {"kind": "rumour"}, {"kind": ""}])
def test_a_form_tampered_with_publishes_nothing(as_leila: Client, broken: dict[str, str]) -> None:
    page = Publishing(as_leila, make_statement("ar"))
    assert page.send("publish", **broken).status_code == 200
    assert not Release.objects.exists()


def test_omar_may_write_and_not_publish(client: Client, omar: User) -> None:
    client.force_login(omar)
    statement = make_statement("ar")
    page = client.get(reverse("admin:statements_statement_change", args=[statement.pk])).content.decode()
    assert publish_page(statement) not in page
    assert "_publish" not in page
    assert client.get(publish_page(statement)).status_code == 403
    assert client.post(publish_page(statement), {"publish": "x", "key": str(uuid.uuid4())}).status_code == 403


def test_a_statement_that_is_not_there_leads_back(as_leila: Client) -> None:
    response = as_leila.get("/admin/statements/statement/4711/publish/", follow=True)
    assert "doesn’t exist" in text(response)


# Releases ------------------------------------------------------------------------------------------------------------


def release_page(release: Release, action: str = "change") -> str:
    return reverse(f"admin:statements_release_{action}", args=[release.pk])


def test_a_release_shows_its_editions_and_nobody_changes_it(as_leila: Client) -> None:
    release = make_release(make_statement("ar", "en"), "ar", "en")
    response = as_leila.get(release_page(release))
    for edition in release.editions.all():
        assert edition.get_absolute_url() in response.content.decode()
        assert edition.sha256 in response.content.decode()
    assert 'name="_save"' not in response.content.decode()
    assert as_leila.get(reverse("admin:statements_release_add")).status_code == 403
    assert as_leila.post(release_page(release), {"kind": "withdrawn"}).status_code == 403
    assert as_leila.get(release_page(release, "delete")).status_code == 403
    assert "River levels are falling" in text(
        as_leila.get(reverse("admin:statements_release_changelist"), {"q": "River"})
    )


def test_leila_cancels_a_scheduled_release(as_leila: Client) -> None:
    release = make_release(make_statement("ar"), publish_at=TOMORROW)
    assert "Cancel this release" in as_leila.get(release_page(release)).content.decode()
    assert as_leila.get(release_page(release, "cancel")).status_code == 405
    response = as_leila.post(release_page(release, "cancel"), follow=True)
    assert "This release is cancelled. Nothing of it becomes public." in text(response)
    release.refresh_from_db()
    assert release.cancelled_at
    assert "This release was cancelled before." in text(as_leila.post(release_page(release, "cancel"), follow=True))


def test_a_public_release_cannot_be_cancelled(as_leila: Client) -> None:
    release = make_release(make_statement("ar"))
    assert "Cancel this release" not in as_leila.get(release_page(release)).content.decode()
    assert "Too late" in text(as_leila.post(release_page(release, "cancel"), follow=True))
    release.refresh_from_db()
    assert not release.cancelled_at


def test_omar_may_not_cancel(client: Client, omar: User) -> None:
    omar.user_permissions.add(Permission.objects.get(codename="view_release"))
    release = make_release(make_statement("ar"), publish_at=TOMORROW)
    client.force_login(omar)
    assert "Cancel this release" not in client.get(release_page(release)).content.decode()
    assert client.post(release_page(release, "cancel")).status_code == 403


# In the browser ------------------------------------------------------------------------------------------------------


@pytest.fixture
def signed_in(live_server: LiveServer, new_page: Callable[..., Page], leila: User, client: Client) -> Page:
    client.force_login(leila)
    page = new_page()
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    return page


@pytest.mark.browser
def test_leila_writes_arabic_in_an_editor_named_for_screen_readers(
    live_server: LiveServer, signed_in: Page, screenshot: Callable[..., object]
) -> None:
    page, statement = signed_in, make_statement("ar", "en", body_en='<p lang="fr">Un</p><p><cite>Two</cite></p>')
    page.goto(f"{live_server}{reverse('admin:statements_statement_change', args=[statement.pk])}")
    arabic = page.get_by_role("textbox", name="Text in العربيّة")
    assert arabic.get_attribute("dir") == "rtl"
    assert arabic.get_attribute("lang") == "ar"
    arabic.locator("p").first.click()
    page.keyboard.press("End")
    page.keyboard.type(" تمّ.")
    page.get_by_text("English").last.click()
    page.get_by_role("textbox", name="Text in English").locator("p").first.click()
    page.keyboard.type("!")
    screenshot(page, "staff-statement-form")
    page.get_by_role("button", name="Save and publish…").first.click()
    page.wait_for_url("**/publish/")
    screenshot(page, "staff-publish")

    statement.refresh_from_db()
    assert "تمّ." in statement.body_ar
    # What the editor has no button for, it keeps.
    assert '<p lang="fr">' in statement.body_en
    assert "<cite>Two</cite>" in statement.body_en

    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_role("link", name="English", exact=True).wait_for()
    assert Edition.objects.current().count() == 2


@pytest.mark.browser
def test_no_page_of_the_staff_breaks_the_content_security_policy(live_server: LiveServer, signed_in: Page) -> None:
    release = make_release(make_statement("ar", "en"), "ar", "en")
    Topic.objects.create(slug="floods")
    for name in ("statement", "issuer", "topic", "statementtype"):
        for action in ("changelist", "add"):
            signed_in.goto(f"{live_server}{reverse(f'admin:statements_{name}_{action}')}")
    for address in (release_page(release), publish_page(release.statement)):
        signed_in.goto(f"{live_server}{address}")
    signed_in.goto(f"{live_server}{reverse('admin:statements_release_changelist')}")
