"""The page “How scripts call the portal”: what it shows, to whom, how heavy it is; in a browser it makes calls."""

import json
import re
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import expect

from accounts.models import ApiKey
from accounts.roles import Role
from contacts.models import Contact
from qsms_portal.api import api
from qsms_portal.api_description import REFUSALS
from qsms_portal.scripting import samples
from tests.axe import violations

pytestmark = pytest.mark.django_db(transaction=True)

STATIC = Path(__file__).resolve().parents[2] / "static"
MOST_BYTES = 100_000
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def shown(query="", **headers):
    response = Client().get(f"/v1/docs{query}", **headers)
    assert response.status_code == 200
    return response.content.decode()


def plain(html):
    """As it is read: without tags, and letters as they are meant."""
    words = re.sub(r"<[^>]+>", " ", html)
    for written, meant in (("&lt;", "<"), ("&gt;", ">"), ("&#x27;", "'"), ("&quot;", '"'), ("&amp;", "&")):
        words = words.replace(written, meant)
    return words


def test_each_call_is_there_with_its_description_its_body_and_all_its_answers():
    html = shown()
    document = json.loads(json.dumps(api.get_openapi_schema()))
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            opened = f'data-method="{method.upper()}" data-path="{path}">'
            assert opened in html
            section = html.partition(opened)[2].partition("</section>")[0]
            assert call["description"].split("`")[0].strip() in plain(section)
            for parameter in call.get("parameters", ()):
                assert f'data-name="{parameter["name"]}"' in section
            if "requestBody" in call:
                example = call["requestBody"]["content"]["application/json"]["example"]
                assert json.loads(plain(re.search(r'<pre class="body">(.*?)</pre>', section, re.S)[1])) == example
            for status in call["responses"]:
                assert re.search(rf"\b{status}\b", plain(section)), (path, status)


def test_every_answer_has_its_example_somewhere():
    html = shown()
    examples = [json.loads(plain(one)) for one in re.findall(r"<pre>({.*?})</pre>", html, re.S)]
    for calls in json.loads(json.dumps(api.get_openapi_schema()))["paths"].values():
        for call in calls.values():
            for told in call["responses"].values():
                content = told.get("content", {}).get("application/json")
                assert content is None or content["example"] in examples
    assert all(f'id="refused-{status}"' in html for status in REFUSALS)


def test_the_vendors_calls_come_first_with_its_own_script():
    html = shown()
    first = re.findall(r'data-path="([^"]+)"', html)[:2]
    assert first == ["/api/sms/sendsms", "/api/sms/sendmultiple"]
    assert 'response = requests.post(\n"http' in plain(html)


@pytest.mark.parametrize("language", samples.LANGUAGES)
def test_a_language_is_chosen_by_a_link_and_remembered(language, settings):
    settings.PUBLIC_URL = "https://texts.example.org"
    client = Client()
    html = client.get(f"/v1/docs?lang={language}").content.decode()
    assert f'href="?lang={language}" aria-current="true"' in html
    assert samples.beginning(language, "https://texts.example.org") in plain(html)
    again = client.get("/v1/docs").content.decode()
    assert f'href="?lang={language}" aria-current="true"' in again
    other = client.get("/v1/docs?lang=cobol").content.decode()
    assert f'href="?lang={language}" aria-current="true"' in other


def test_the_address_is_the_portals_own(settings):
    settings.PUBLIC_URL = "https://texts.example.org"
    html = shown("?lang=curl")
    assert "curl https://texts.example.org/v1/balance" in html
    assert '"https://texts.example.org/api/sms/sendsms"' in html
    assert "127.0.0.1" not in html and "localhost" not in html


@pytest.mark.parametrize("language", samples.LANGUAGES)
def test_it_is_light_and_asks_nothing_of_other_hosts(language):
    html = shown(f"?lang={language}")
    files = re.findall(r'(?:src|href)="/static/([^"]+)"', html)
    assert set(files) == {"css/icon.svg", "css/scripts.css", "js/scripts.js"}
    assert len(html.encode()) + sum((STATIC / file).stat().st_size for file in files) < MOST_BYTES
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', html)


def test_its_policy_is_that_of_every_page(sign_in):
    of_page = sign_in(Role.VIEWER).get("/").headers["Content-Security-Policy"]
    response = Client().get("/v1/docs")
    without_nonce = [
        re.sub(r" 'nonce-[^']+'", "", one) for one in (of_page, response.headers["Content-Security-Policy"])
    ]
    assert without_nonce[0] == without_nonce[1]
    html = response.content.decode()
    assert "<style" not in html and "style=" not in html and "onclick" not in html
    assert re.findall(r"<script(?! src=)", html) == []


def test_strangers_read_it_and_nobody_posts_to_it(sign_in):
    assert sign_in().get("/v1/docs").status_code == 200
    assert Client().post("/v1/docs").status_code == 405
    administrator = sign_in(Role.ADMINISTRATOR)
    for address in ("/settings/", "/settings/keys"):
        assert 'href="/v1/docs"' in administrator.get(address).content.decode()


browser = [pytest.mark.browser, pytest.mark.usefixtures("database_beside_the_browser")]


@pytest.fixture
def page(chromium, live_server):
    context = chromium.new_context(base_url=live_server.url, viewport=WIDE)
    yield context.new_page()
    context.close()


class TestInABrowser:
    pytestmark = browser

    @pytest.mark.parametrize("viewport", [WIDE, NARROW])
    def test_axe_finds_nothing_and_nothing_hangs_over(self, page, viewport):
        page.set_viewport_size(viewport)
        page.goto("/v1/docs?lang=go")
        page.get_by_label("API key").wait_for()
        page.evaluate("() => document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate("() => document.documentElement.scrollWidth") <= viewport["width"]
        assert violations(page) == []
        assert page.evaluate("() => document.querySelectorAll('pre *').length") == 0
        body = page.locator("#post-v1-campaigns pre.body").text_content()
        assert json.loads(body)["text"].startswith("Dear <name>, ")

    def test_a_call_is_tried(self, page):
        key = ApiKey.make("script", Role.COMPOSER)[1]
        said = []
        page.on("console", lambda message: said.append(message.text))
        page.goto("/v1/docs")
        page.get_by_role("button", name="Try it: POST /v1/contacts").click()
        page.get_by_label("API key").fill(key)
        page.get_by_role("textbox", name="Body").fill('{"group": "tried", "contacts": [{"phone": "0712345678"}]}')
        page.get_by_role("textbox", name="Idempotency-Key").fill("once")
        with page.expect_request("**/v1/contacts") as asked:
            page.get_by_role("button", name="Send it").click()
        assert asked.value.headers["idempotency-key"] == "once"
        page.get_by_role("heading", name="200 OK").wait_for()
        assert '"created": 1' in page.locator("#try-answer").inner_text()
        assert "content-type: application/json" in page.locator("#try-answer").inner_text()
        assert Contact.objects.get().group.name == "tried"
        assert said == []

    def test_what_stands_in_an_address_and_a_query_goes_there(self, page):
        key = ApiKey.make("script", Role.COMPOSER)[1]
        page.goto("/v1/docs")
        page.get_by_role("button", name="Try it: GET /v1/contacts").click()
        page.get_by_label("API key").fill(key)
        page.get_by_label("group", exact=True).fill("a&b=c")
        with page.expect_request("**/v1/contacts?*") as asked:
            page.get_by_role("button", name="Send it").click()
        assert asked.value.url.endswith("/v1/contacts?group=a%26b%3Dc&phone=0712345678")
        page.get_by_role("heading", name="404").wait_for()
        page.get_by_label("Call", exact=True).select_option(label="GET /v1/campaigns/{pk}")
        page.get_by_label("pk", exact=True).fill("77/..")
        with page.expect_request("**/v1/campaigns/*") as asked:
            page.get_by_role("button", name="Send it").click()
        assert asked.value.url.endswith("/v1/campaigns/77%2F..")
        expect(page.get_by_label("Body", exact=True)).to_be_hidden()

    def test_the_key_alone_decides_and_a_wrong_one_is_told(self, page, sign_in, live_server):
        page.goto("/v1/docs")
        page.context.add_cookies([{"name": "sessionid", "value": "x", "url": live_server.url}])
        page.get_by_role("button", name="Try it: GET /v1/balance").click()
        page.get_by_label("API key").fill("qsms_live_none")
        with page.expect_request("**/v1/balance") as asked:
            page.get_by_role("button", name="Send it").click()
        assert "cookie" not in asked.value.all_headers()
        page.get_by_role("heading", name="401").wait_for()
        assert "unknown_key" in page.locator("#try-answer").inner_text()

    def test_without_scripts_it_is_read_all_the_same(self, chromium, live_server):
        context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
        page = context.new_page()
        page.goto("/v1/docs")
        page.get_by_role("link", name="Ruby", exact=True).click()
        expect(page.get_by_text("p client.balance")).to_be_visible()
        expect(page.get_by_text("This needs scripts")).to_be_visible()
        expect(page.get_by_label("API key")).to_be_hidden()
        context.close()
