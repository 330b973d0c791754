"""The help: pages from docs/ as safe HTML, found by words, linked beside what they explain."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.urls import resolve, reverse
from django.utils.html import escape

from accounts.roles import Role
from qsms_portal.help import shelf
from qsms_portal.help.rendering import rendered
from qsms_portal.help.search import search
from tests.axe import violations
from tests.makers import make_campaign, make_group
from tests.pages.browsing import signed_in

pytestmark = pytest.mark.django_db

ROOT = Path(settings.BASE_DIR)
LINK = re.compile(r'components/_help.html" with topic="([\w-]+)" words="([^"]+)"(?: part="([\w-]+)")?')
LINKED = {
    file.relative_to(ROOT / "templates").as_posix(): LINK.findall(file.read_text())
    for file in (ROOT / "templates").rglob("*.html")
}


def written(tmp_path, text):
    (tmp_path / "page.md").write_text(text)
    return rendered("page", tmp_path / "page.md", {(ROOT / "docs/texts.md").resolve(): "texts"})


def test_every_page_that_is_named_is_there():
    assert set(shelf.pages()) == set(shelf.FILES)
    assert all(page.title != page.topic for page in shelf.pages().values())


@pytest.mark.parametrize("topic", shelf.FILES)
def test_no_link_of_a_page_leads_nowhere(topic):
    page = shelf.page_of(topic)
    for href in re.findall(r'href="([^"]+)"', page.html):
        address = urlsplit(href)
        if address.scheme:
            assert address.scheme in ("http", "https")
            continue
        to = shelf.page_of(resolve(address.path).kwargs["topic"]) if address.path else page
        assert not address.fragment or address.fragment in {part.anchor for part in to.parts}, href
    assert "<img" not in page.html and "<h1" not in page.html


@pytest.mark.parametrize("role", Role)
def test_every_role_reads_and_searches_it(sign_in, role):
    client = sign_in(role)
    html = client.get("/help").content.decode()
    assert all(escape(page.title) in html for page in shelf.pages().values())
    html = client.get("/help/uploading").content.decode()
    assert "Undo\nthis upload" in html or "Undo this upload" in " ".join(html.split())
    assert client.get("/help/nothing").status_code == client.get("/help/..%2fsettings").status_code == 404
    found = client.get("/help", {"q": "undo uplo"}).content.decode()
    assert "/help/uploading#afterwards" in found and "<mark>" in found
    assert "Nothing has all of “zebra”" in client.get("/help", {"q": "zebra"}).content.decode()


def test_who_has_not_signed_in_is_led_to_it(client):
    assert client.get("/help/start").url.startswith("/sign-in")


def test_the_files_own_markup_is_written_out(tmp_path):
    page = written(
        tmp_path, '# T\n\nDear <name>, <script>alert(1)</script> <img src=x onerror="y">\n\n<div>\nx\n</div>\n'
    )
    assert "Dear &lt;name&gt;, &lt;script&gt;" in page.html and "&lt;div&gt;" in page.html
    assert not re.search(r"<(script|img|div|name)", page.html)


def test_a_link_to_code_is_words_and_one_to_a_script_is_none(tmp_path):
    text = "[a](../campaigns/models/run.py) [b](javascript:alert(1)) [c](x.md) ![d](y.png)"
    html = written(tmp_path, text).html
    assert "href" not in html and "src" not in html
    assert html.startswith("<p>a ") and " c d" in html


def test_a_link_to_another_page_keeps_its_anchor(tmp_path):
    (tmp_path / "docs").mkdir()
    there = {(tmp_path / "texts.md").resolve(): "texts"}
    (tmp_path / "page.md").write_text("[a](texts.md#fields)")
    assert 'href="/help/texts#fields"' in rendered("page", tmp_path / "page.md", there).html


@pytest.mark.parametrize("typed", ["", "   ", "<>&", "(", "[a-z]+", "\\", "%", "'; DROP", "a" * 10_000, "🙏"])
def test_whatever_is_typed_is_looked_for(sign_in, typed):
    assert sign_in(Role.VIEWER).get("/help", {"q": typed}).status_code == 200


def test_all_words_have_to_be_in_a_part_and_headings_come_first():
    pages = list(shelf.pages().values())
    first = search(pages, "quiet hours")[0]
    assert (first.page.topic, first.part.title) == ("timing", "Quiet hours and lateness")
    assert search(pages, "several rows number")[0].part.title == "Several rows for one number"
    assert search(pages, "quiet zebra") == []
    assert {one.page.topic for one in search(pages, "too often")} >= {"texts"}


@pytest.mark.parametrize(
    "template",
    [
        "contacts/upload_create.html", "contacts/group_list.html", "contacts/opt_out_list.html",
        "campaigns/builder_who.html", "campaigns/builder_what.html", "campaigns/builder_when.html",
        "campaigns/builder_check.html", "campaigns/reports.html", "campaigns/message_list.html",
        "portal/settings.html",
    ],
)  # fmt: skip
def test_main_pages_lead_to_what_explains_them(template):
    ((topic, words, part),) = LINKED[template]
    assert shelf.page_of(topic) and len(words.split()) > 2
    assert not part or part in {one.anchor for one in shelf.page_of(topic).parts}


def test_no_page_leads_to_help_that_is_not_there():
    links = [one for found in LINKED.values() for one in found]
    assert len(links) >= 14
    for topic, _, part in links:
        assert not part or part in {one.anchor for one in shelf.page_of(topic).parts}, topic


def test_the_builder_shows_its_link(sign_in):
    campaign = make_campaign(make_group(contacts=1))
    client = sign_in(Role.MANAGER)
    for section, topic in [("who", "groups"), ("what", "writing"), ("when", "timing"), ("check", "checking")]:
        html = client.get(f"/campaigns/{campaign.pk}/{section}").content.decode()
        assert f'href="{reverse("help-page", args=[topic])}"' in html


def test_without_its_folder_the_portal_says_so(sign_in, monkeypatch, tmp_path):
    monkeypatch.setattr(shelf, "DOCS", tmp_path)
    shelf.pages.cache_clear()
    try:
        assert "without its folder docs" in sign_in(Role.VIEWER).get("/help").content.decode()
    finally:
        monkeypatch.undo()
        shelf.pages.cache_clear()


@pytest.mark.django_db(transaction=True)
@pytest.mark.browser
@pytest.mark.usefixtures("database_beside_the_browser")
@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_of_it_in_a_browser(chromium, live_server, sign_in, width):
    size = {"width": width, "height": 900}
    context = signed_in(chromium, live_server, sign_in(Role.VIEWER), viewport=size)
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(urlsplit(request.url).netloc))
    for address in ["/help", "/help?q=undo", *(reverse("help-page", args=[one]) for one in shelf.FILES)]:
        page.goto(address)
        assert violations(page) == [], address
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width, address
    assert set(asked) == {urlsplit(live_server.url).netloc}
    context.close()
