"""Nothing that is typed is lost: a step's link, Back, a closed tab, a session that has ended; in a real browser."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from accounts.models import User
from accounts.roles import Role
from campaigns.models import Campaign, Message, MessageTemplate
from tests.makers import make_campaign, make_contact, make_group, make_sender
from tests.pages.browsing import sign_out, signed_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("database_beside_the_browser"),
]

PASSWORD = "a long enough password"
TEXT = "Dear <name>,\nKES <balance> is due."
BACK = "What you had typed here and not saved is back."
SIZES = {"1440": {"width": 1440, "height": 900}, "390": {"width": 390, "height": 844}}


@pytest.fixture(params=SIZES)
def context(request, chromium, live_server, sign_in):
    client = sign_in(Role.MANAGER)
    for user in User.objects.all():
        user.set_password(PASSWORD)
        user.save()
    client.force_login(User.objects.get())
    context = signed_in(chromium, live_server, client, viewport=SIZES[request.param])
    yield context
    context.close()


@pytest.fixture
def page(context):
    page = context.new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    yield page
    assert page.problems == []


@pytest.fixture
def campaign():
    group = make_group("Loans")
    make_contact(group, name="Jane Wanjiru", balance="5000.00")
    campaign = make_campaign(group, text="")
    Campaign.objects.update(sender=None)
    return campaign


def text_of(page):
    return page.get_by_label("Text", exact=True)


def sign_in_again(page):
    page.get_by_label("Username").fill(User.objects.get().username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def copies(page):
    return page.evaluate("Object.keys(localStorage)")


def test_a_step_saves_what_is_typed_and_goes(page, campaign):
    page.goto(f"/campaigns/{campaign.pk}/what")
    text_of(page).fill(TEXT)
    page.get_by_role("button", name="3. When").click()
    page.wait_for_url("**/when")
    campaign.refresh_from_db()
    assert campaign.text == TEXT
    page.get_by_role("button", name="2. What").click()
    page.wait_for_url("**/what")
    assert text_of(page).input_value() == TEXT
    expect(page.get_by_text(BACK)).to_be_hidden()
    assert copies(page) == []
    page.get_by_role("button", name="1. Who").click()
    page.wait_for_url("**/who")
    page.get_by_role("button", name="4. Check and send").click()
    page.wait_for_url("**/check")


def test_nobody_is_held_up_by_what_is_not_written_yet(page, campaign):
    page.goto(f"/campaigns/{campaign.pk}/what")
    page.get_by_role("button", name="1. Who").click()
    page.wait_for_url("**/who")
    page.goto(f"/campaigns/{campaign.pk}/what")
    text_of(page).fill("Dear <name")
    page.get_by_role("button", name="1. Who").click()
    page.get_by_text("At “<name”").wait_for()
    assert text_of(page).input_value() == "Dear <name"


def test_enter_goes_on_and_not_to_the_first_step(page, campaign):
    page.goto(f"/campaigns/{campaign.pk}/when")
    page.get_by_label("Spend at most, in KES").press("Enter")
    page.wait_for_url("**/check")


def test_what_was_typed_is_there_after_back_and_in_another_tab(context, page, campaign):
    page.goto("/")
    page.goto(f"/campaigns/{campaign.pk}/what")
    text_of(page).fill(TEXT)
    page.go_back()
    page.goto(f"/campaigns/{campaign.pk}/what")
    page.get_by_text(BACK).wait_for()
    page.close()
    other = context.new_page()
    other.goto(f"/campaigns/{campaign.pk}/what")
    other.get_by_text(BACK).wait_for()
    assert text_of(other).input_value() == TEXT
    other.get_by_text("Dear Jane Wanjiru").wait_for()
    expect(other.locator("mark.mark-field")).to_have_text(["<name>", "<balance>"])
    other.get_by_role("button", name="Take what is saved").click()
    assert text_of(other).input_value() == ""
    assert copies(other) == []


@pytest.mark.parametrize("way", ["a step", "the preview", "the link"])
def test_a_session_that_has_ended_loses_nothing(page, campaign, way):
    page.goto(f"/campaigns/{campaign.pk}/what")
    Session.objects.all().delete()
    if way == "the preview":
        text_of(page).press_sequentially(TEXT.replace("\n", " "))
    else:
        page.evaluate("document.querySelector('[data-editor]').removeAttribute('hx-post')")
        text_of(page).fill(TEXT.replace("\n", " "))
        name = "3. When" if way == "a step" else "Go on: when"
        page.get_by_role("button", name=name).click()
    page.wait_for_url("**/sign-in**")
    sign_in_again(page)
    page.get_by_text(BACK).wait_for()
    assert page.url.endswith(f"/campaigns/{campaign.pk}/what")
    assert text_of(page).input_value() == TEXT.replace("\n", " ")
    page.get_by_role("button", name="3. When").click()
    page.wait_for_url("**/when")
    campaign.refresh_from_db()
    assert campaign.text == TEXT.replace("\n", " ")
    assert copies(page) == []


def test_choices_of_when_are_there_again(page, campaign):
    page.goto(f"/campaigns/{campaign.pk}/when")
    page.get_by_label("Regularly: every day").check()
    page.get_by_label("How often").select_option("daily")
    page.goto("/")
    page.goto(f"/campaigns/{campaign.pk}/when")
    page.get_by_text(BACK).wait_for()
    assert page.get_by_label("Regularly: every day").is_checked()
    assert page.get_by_label("How often").input_value() == "daily"


def test_a_template_and_a_single_text_are_kept_until_they_are_saved_or_sent(page):
    make_sender("LENDER", is_default=True)
    for address in ("/templates/new", "/messages/new"):
        page.goto(address)
        text_of(page).fill("Hello")
        page.goto("/")
        page.goto(address)
        page.get_by_text(BACK).wait_for()
        assert text_of(page).input_value() == "Hello"
    page.get_by_label("To", exact=True).fill("0712345678")
    page.get_by_role("button", name="Go on: look at it").click()
    page.get_by_role("button", name="Change it").click()
    assert text_of(page).input_value() == "Hello"
    page.get_by_role("button", name="Go on: look at it").click()
    page.get_by_role("button", name="Send 1 text").click()
    page.wait_for_url("**/messages/*")
    assert Message.objects.get().text == "Hello"
    page.goto("/templates/new")
    page.get_by_label("Name").fill("Greeting")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("is saved").wait_for()
    assert MessageTemplate.objects.get().text == "Hello"
    page.goto("/templates/new")
    assert text_of(page).input_value() == ""
    assert copies(page) == []


def test_it_goes_at_sign_out_and_after_a_week_and_is_nobody_else_s(page, campaign):
    address = f"/campaigns/{campaign.pk}/what"
    page.goto(address)
    text_of(page).fill("mine")
    mine = copies(page)
    assert len(mine) == 1
    page.evaluate("([key]) => localStorage.setItem(key.replace(/:.*?:/, ':0:'), localStorage.getItem(key))", mine)
    page.evaluate(
        """([key]) => localStorage.setItem(key, JSON.stringify(
        { ...JSON.parse(localStorage.getItem(key)), at: Date.now() - 8 * 24 * 3600 * 1000 }))""",
        mine,
    )
    page.goto(address)
    assert text_of(page).input_value() == ""
    assert len(copies(page)) == 1
    sign_out(page)
    page.wait_for_url("**/sign-in")
    assert copies(page) == []


def test_a_word_before_leaving_only_where_nothing_can_be_kept(context, campaign):
    address = f"/campaigns/{campaign.pk}/what"
    context.add_init_script("Storage.prototype.setItem = () => { throw new Error('full'); }")
    page = context.new_page()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(address)
    page.goto("/")
    assert asked == []
    page.goto(address)
    text_of(page).press_sequentially(TEXT)
    page.goto("/")
    assert asked == ["beforeunload"]
    page.goto(address)
    text_of(page).press_sequentially("Dear <name>")
    page.get_by_role("button", name="3. When").click()
    page.wait_for_url("**/when")
    assert asked == ["beforeunload"]
    assert Campaign.objects.get().text == "Dear <name>"


def test_the_sender_is_the_default_one(page, campaign):
    make_sender("OTHER")
    make_sender("LENDER", is_default=True)
    page.goto(f"/campaigns/{campaign.pk}/what")
    assert page.get_by_label("Sender ID").locator("option:checked").inner_text() == "LENDER"
    text_of(page).fill("Hello")
    page.get_by_role("button", name="Go on: when").click()
    page.wait_for_url("**/when")
    assert Campaign.objects.get().sender.name == "LENDER"


def test_the_next_times_go_when_the_rule_is_changed(page, campaign):
    page.goto(f"/campaigns/{campaign.pk}/when")
    page.get_by_label("Regularly: every day").check()
    page.get_by_label("How often").select_option("daily")
    page.get_by_role("button", name="Show the next five times").click()
    page.get_by_text("The next times:").wait_for()
    page.get_by_label("How often").select_option("weekdays")
    assert page.locator("#next-times").inner_text() == ""
    page.get_by_role("button", name="Show the next five times").click()
    page.get_by_text("The next times:").wait_for()
    page.get_by_label("At a date and time").check()
    assert page.locator("#next-times").text_content().strip() == ""


def test_what_was_saved_is_told_to_whoever_is_signed_in(chromium, live_server):
    context = chromium.new_context(base_url=live_server.url)
    context.add_cookies([{"name": "saved", "value": "/campaigns/1/what", "url": live_server.url}])
    context.new_page().goto("/sign-in")
    assert [one["value"] for one in context.cookies() if one["name"] == "saved"] == ["/campaigns/1/what"]
    context.close()
