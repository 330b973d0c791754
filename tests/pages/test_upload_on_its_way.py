"""A file on its way to the portal, in a real browser: its progress, one upload a click, and what is said of a break."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from accounts.roles import Role
from contacts.models import ContactGroup, OptOut, Upload
from tests.pages.browsing import signed_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("database_beside_the_browser"),
]

LIST = {"name": "list.csv", "mimeType": "text/csv", "buffer": b"phone,name\n0712345678,Jane\n"}
BIG = LIST | {"buffer": b"phone,name\n" + b"".join(b"07%08d,Jane\n" % n for n in range(200_000))}
EMPTY = LIST | {"buffer": b""}
SAID_UNTIL_IT_IS_THERE = """new Promise((done) => {
  const said = [];
  new MutationObserver(() => {
    const words = document.querySelector("[data-progress] p").textContent;
    if (words && said.at(-1) !== words) said.push(words);
    if (words.includes("arrived")) done(said);
  }).observe(document, { subtree: true, childList: true, characterData: true });
  document.querySelector("[data-uploads] button.btn-primary").click();
})"""


@pytest.fixture(params=[1440, 390])
def page(request, chromium, live_server, sign_in):
    size = {"width": request.param, "height": 844}
    context = signed_in(chromium, live_server, sign_in(Role.MANAGER), viewport=size)
    page = context.new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.goto("/contacts/upload")
    yield page
    assert page.problems == []
    context.close()


def choose(page, file, group="Loans"):
    page.get_by_label("Name of the new group").fill(group)
    page.get_by_label("Spreadsheet").set_input_files(file)


def go_on(page):
    return page.get_by_role("button", name="Go on")


def test_it_says_how_far_the_file_is(page):
    # Slow enough that there is something to say: 2.7 MB at 2 MB a second.
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    speed = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 2_000_000}
    line.send("Network.emulateNetworkConditions", speed)
    choose(page, BIG)
    said = page.evaluate(SAID_UNTIL_IT_IS_THERE)
    shares = [int(one.split(": ")[1].rstrip("%.")) for one in said if "%" in one]
    assert shares == sorted(shares) and any(0 < one < 100 for one in shares), said
    page.wait_for_url("**/contacts/uploads/*")


def test_the_button_works_once(page):
    choose(page, LIST)
    click = "document.querySelector('[data-uploads] button.btn-primary').click()"
    page.evaluate(f"setTimeout(() => {{ for (let n = 0; n < 3; n++) {click} }})")
    page.wait_for_url("**/contacts/uploads/*")
    expect(page.get_by_role("heading", name="What is in each column?")).to_be_visible()
    assert Upload.objects.count() == 1


def test_what_is_wrong_is_said_and_the_file_stays_chosen(page):
    page.get_by_label("Spreadsheet").set_input_files(LIST)
    go_on(page).click()
    page.get_by_text("Choose a group, or name a new one.").wait_for()
    assert page.evaluate("document.querySelector('input[type=file]').files[0].name") == "list.csv"
    page.get_by_label("Name of the new group").fill("Loans")
    go_on(page).click()
    page.wait_for_url("**/contacts/uploads/*")
    assert Upload.objects.get().group.name == "Loans"


def test_a_file_that_is_none_is_an_error_at_its_field(page):
    choose(page, EMPTY)
    go_on(page).click()
    page.locator(".invalid-feedback").wait_for()
    assert "empty" in page.locator(".invalid-feedback").inner_text()
    assert not Upload.objects.exists() and not ContactGroup.everything.exists()


def test_a_broken_connection_is_said_and_tried_again(page):
    choose(page, LIST)
    page.route("**/contacts/upload", lambda route: route.abort(), times=1)
    go_on(page).click()
    page.get_by_text("The connection broke, and nothing was taken.").wait_for()
    assert page.get_by_label("Name of the new group").input_value() == "Loans"
    go_on(page).click()
    page.wait_for_url("**/contacts/uploads/*")
    assert Upload.objects.count() == 1


def test_a_refusal_is_said(page):
    choose(page, LIST)
    refusal = {"status": 503, "body": "<h1>The disk is full</h1>", "content_type": "text/html"}
    page.route("**/contacts/upload", lambda route: route.fulfill(**refusal), times=1)
    go_on(page).click()
    page.get_by_text("The disk is full: nothing was taken.").wait_for()


def test_a_session_that_has_ended_leads_to_the_sign_in(page):
    choose(page, LIST)
    Session.objects.all().delete()
    go_on(page).click()
    page.wait_for_url("**/sign-in?next=/contacts/upload")
    assert not Upload.objects.exists()


def test_opt_outs_come_with_their_answer(page):
    page.goto("/contacts/opt-outs/upload")
    page.get_by_label("Spreadsheet").set_input_files(LIST)
    page.get_by_role("button", name="Leave all of them out").click()
    page.locator("[data-uploads]").wait_for(state="detached")
    assert "1" in page.locator("main").inner_text()
    assert OptOut.objects.get().phone == "254712345678"


def test_without_scripts_it_is_a_plain_form(chromium, live_server, sign_in):
    context = signed_in(chromium, live_server, sign_in(Role.COMPOSER), java_script_enabled=False)
    page = context.new_page()
    page.goto("/contacts/upload")
    expect(page.locator("[data-progress]")).to_be_hidden()
    expect(page.locator("[data-problem]")).to_be_hidden()
    choose(page, LIST)
    go_on(page).click()
    page.wait_for_url("**/contacts/uploads/*")
    expect(page.get_by_role("heading", name="What is in each column?")).to_be_visible()
    context.close()
