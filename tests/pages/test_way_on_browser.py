"""From a file to a text with a field by a name of one's own, in a browser, wide and narrow, and axe finds nothing."""

import os
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.roles import Role
from campaigns.models import Campaign, Message
from contacts.models import Contact, Upload
from contacts.tasks import work_on
from tests.axe import violations
from tests.makers import make_contact, make_group, make_sender
from tests.pages.browsing import signed_in
from tests.recurring import send_all, tick
from tests.segments import segment_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("database_beside_the_browser"),
]

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
FILE = (
    "Phone,Name,Loan Balance (KES),Due Date,Member No\n"
    "0712345678,Jane Wanjiru,5000,31/12/2026,M-1\n0712345679,John Otieno,700,15/12/2026,M-2\n"
)
SHOTS = os.environ.get("SCREENSHOTS", "")


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
def page(request, chromium, live_server, sign_in):
    context = signed_in(chromium, live_server, sign_in(Role.MANAGER), viewport=request.param)
    yield context.new_page()
    context.close()


def clean(page, name):
    """Nothing that axe finds, nothing over the edge."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}-{page.viewport_size['width']}.png", full_page=True)
    assert violations(page) == [], name
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], name


def test_a_file_is_named_imported_and_its_people_are_texted(page):
    make_sender(is_default=True)
    page.goto("/contacts/upload")
    page.get_by_label("Name of the new group").fill("Loans")
    page.locator("input[type=file]").set_input_files(
        {"name": "december.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    )
    page.get_by_role("button", name="Go on: the columns").click()
    name = page.get_by_label("What a text calls Loan Balance (KES)")
    expect(name).to_have_value("loan_balance_kes")
    expect(page.get_by_label("What a text calls Phone")).to_be_hidden()
    expect(page.get_by_text("Shorter: balance")).to_be_visible()
    name.fill("Balance")
    clean(page, "columns")
    page.get_by_role("button", name="Go on: what would happen").click()
    page.get_by_text("The rows are being checked").wait_for()
    upload = Upload.objects.get()
    work_on(upload.pk)
    page.get_by_role("button", name="Import").click()
    page.locator("progress").wait_for()
    work_on(upload.pk)
    on = page.get_by_role("link", name="Text these 2 people")
    on.wait_for()
    clean(page, "uploaded")
    on.click()
    expect(page.get_by_text("It goes to 2 people of the upload “december.csv” in “Loans”.")).to_be_visible()
    page.get_by_label("What is it?").select_option("transactional")
    clean(page, "new-campaign")
    page.get_by_role("button", name="Go on: what it says").click()
    chip = page.get_by_role("button", name="<balance>", exact=True)
    text = page.locator("textarea[name=text]")
    text.fill("Dear <name>, you owe KES ")
    text.press("End")
    chip.click()
    expect(text).to_have_value("Dear <name>, you owe KES <balance>")
    page.locator(".bubble", has_text="you owe KES 5,000.00").wait_for()
    clean(page, "what")
    page.get_by_role("button", name="Go on: when").click()
    page.get_by_role("button", name="Go on: check").click()
    page.get_by_role("button", name="Send").last.click()
    campaign = Campaign.objects.get()
    page.wait_for_url(f"**/campaigns/{campaign.pk}")
    tick(timezone.now())
    assert send_all() == 2
    assert sorted(Message.objects.values_list("text", flat=True)) == [
        "Dear Jane Wanjiru, you owe KES 5,000.00", "Dear John Otieno, you owe KES 700.00"
    ]  # fmt: skip
    assert Contact.objects.first().values["loan_balance_kes"] == "5000.00"


def test_a_person_is_found_from_every_page_and_texted(page):
    make_sender(is_default=True)
    group = make_group("Loans", fields={"member_no": "text"})
    make_contact(group, "254712345678", "Jane Wanjiru", member_no="M-77")
    make_contact(make_group("School", fields={}), "254712345678", "Jane Wanjiru")
    page.goto("/campaigns/")
    if page.viewport_size == NARROW:
        page.locator(".portal-menu-toggle summary").click()
        clean(page, "menu")
    box = page.get_by_role("searchbox").locator("visible=true")
    box.fill("m-77")
    box.press("Enter")
    page.get_by_role("link", name="Jane Wanjiru").wait_for()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("link", name="School")).to_be_visible()
    clean(page, "found")
    page.get_by_role("link", name="Jane Wanjiru").click()
    clean(page, "person")
    page.get_by_role("link", name="Send a text").click()
    expect(page.get_by_label("To", exact=True)).to_have_value("0712 345 678")
    clean(page, "single")


def test_a_list_is_sorted_and_turned(page):
    group = make_group("Loans", contacts=120)
    make_contact(group, "254712345678", "Aaron", balance="1.00", due_date="2026-12-31")
    page.goto(f"/contacts/{group.pk}")
    if page.viewport_size == NARROW:
        page.get_by_text("Sort by").click()
    page.get_by_role("link", name="Name", exact=True).click()
    expect(page.get_by_text("1–50 of 121")).to_be_visible()
    clean(page, "sorted")
    page.get_by_role("link", name="Next page").click()
    expect(page.get_by_text("51–100 of 121")).to_be_visible()
    page.get_by_role("link", name="Previous page").click()
    expect(page.get_by_role("link", name="Aaron")).to_be_visible()
    page.get_by_text("Only those where").click()
    line = page.locator(".condition").first
    expect(line.get_by_label("Value 1")).to_be_visible()
    expect(line.get_by_label("Day 1")).to_be_hidden()
    line.get_by_label("Field 1").select_option("due_date")
    line.get_by_label("Comparison 1").select_option(">")
    expect(line.get_by_label("Day 1")).to_be_visible()
    expect(line.get_by_label("Value 1")).to_be_hidden()
    clean(page, "condition")
    line.get_by_label("Day 1").fill("2026-12-15")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator(".table-people tbody tr")).to_have_count(1)
    line = page.locator(".condition").first
    line.get_by_label("Comparison 1").select_option("days from run")
    expect(line.get_by_label("Value 1")).to_be_visible()
    expect(line.get_by_label("Day 1")).to_be_hidden()


def test_who_says_how_many_and_a_field_is_named_later(page):
    group = make_group("Loans", contacts=3)
    segment_of(group)
    page.goto(f"/contacts/{group.pk}/fields/{group.fields.first().pk}")
    page.get_by_label("In a text").fill("owed")
    clean(page, "field")
    page.get_by_role("button", name="Change the field").click()
    page.get_by_text("<owed>").wait_for()
    clean(page, "fields")
    page.goto(f"/contacts/{group.pk}")
    page.get_by_role("link", name="Send a text").click()
    page.get_by_label("What is it?").select_option("transactional")
    page.get_by_role("button", name="Go on: what it says").click()
    page.goto(f"/campaigns/{Campaign.objects.get().pk}/who")
    expect(page.get_by_text("Loans · 3 people").first).to_be_visible()
    on = page.get_by_role("button", name="Go on: what it says")
    stood = on.bounding_box()
    page.locator("input[name=segments]").check()
    page.locator("#who-count", has_text="before opt-outs and dead numbers.").wait_for()
    assert abs(on.bounding_box()["y"] - stood["y"]) < 1, "a click would miss it"
    clean(page, "who")
    page.goto(f"/contacts/{group.pk}/people/{group.contacts.first().pk}")
    expect(page.locator("input[type=date]")).to_have_count(1)
    clean(page, "edit")
