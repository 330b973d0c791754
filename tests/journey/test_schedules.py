"""Reminders, calendar and approval in a real browser, on real workers: some runs are only a minute ahead."""

import subprocess
import sys
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.journey.conftest import sign_in
from tests.journey.portal import PROJECT, begin_campaign, look

pytestmark = [pytest.mark.browser, pytest.mark.servers]

MAKE_MARY = """
from django.contrib.auth.models import Group
from accounts.models import User
mary = User.objects.create_user("mary", password="a long password of mary")
mary.groups.add(Group.objects.get(name="manager"))
"""
TWICE_A_MONTH = """
from campaigns.models import Campaign
rule = {"rrule": "FREQ=MONTHLY;BYMONTHDAY=1,15", "time": "09:00"}
Campaign.objects.filter(name="Twice a month").update(schedule=rule)
"""
MINUTE = 60_000
NAIROBI = ZoneInfo("Africa/Nairobi")


@pytest.fixture(scope="module")
def mary(portal):
    """A second manager, who approves."""
    manage = [sys.executable, "manage.py", "shell", "-c", MAKE_MARY]
    subprocess.run(manage, cwd=PROJECT, env=portal.environment, check=True)


@pytest.fixture(scope="module", autouse=True)
def every_day(portal, chromium):
    """A campaign that goes out within two minutes, and when; the other tests run meanwhile."""
    context = sign_in(chromium, portal)
    page = context.pages[0]
    begin_campaign(page, "Every day", "Dear <name>, good morning.")
    page.get_by_label("Regularly: every day").check()
    at = datetime.now(NAIROBI) + timedelta(seconds=75)
    page.get_by_label("Time of day", exact=True).fill(f"{at:%H:%M}")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Start it").click()
    page.get_by_text(f"Every day at {at:%H:%M}").wait_for()
    yield page.url, at
    context.close()


def test_a_reminder_of_four_stages_its_calendar_and_why_not(portal, signed_in):
    page = signed_in("admin", portal.password)
    begin_campaign(page, "Due dates", "Dear <name>, your loan is due on <due_date>.")
    page.get_by_label("Before, on or after a date that each person has").check()
    page.get_by_text("More reminders").click()
    for number, (days, side) in enumerate([("7", "before"), ("1", "before"), ("0", "before"), ("3", "after")], start=1):
        page.get_by_label(f"Days, reminder {number}").fill(days)
        page.get_by_label(f"Before or after, reminder {number}").select_option(side)
    page.get_by_role("button", name="Show the next five times").click()
    page.get_by_text("The next times:").wait_for()
    expect(page.locator("#next-times li")).to_have_count(5)
    assert "people" in page.locator("#next-times").inner_text()
    look(page, "when")
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("The next times:").wait_for()
    look(page, "check")
    page.get_by_role("button", name="Start it").click()
    page.get_by_text("7 days before, 1 day before, on the day and 3 days after").wait_for()
    look(page, "campaign")
    address = page.url

    page.goto("/calendar")
    page.get_by_role("link", name="Due dates").first.wait_for()
    look(page, "calendar")
    page.get_by_role("link", name="This week").click()
    look(page, "week")

    # One person's date moves: its new moment is told.
    today = datetime.now(NAIROBI).date()
    change_first_person(page)
    phone = page.get_by_label("Phone").input_value()
    for days in (9, -40):
        due = today + timedelta(days=days)
        page.get_by_label("Due date").fill(due.isoformat())
        page.get_by_role("button", name="Save").click()
        page.goto(f"{address}/why?phone={phone}")
        assert f"The date: {due}" in page.locator("main").inner_text()
        told = page.locator("main table").inner_text()
        moment = due - timedelta(days=7)
        assert f"{moment:%a} {moment.day} {moment:%b %Y}, 09:00" in told
        assert ("Still to come" if days > 0 else "The campaign had not begun.") in told
        look(page, f"why-{'coming' if days > 0 else 'passed'}")
        change_first_person(page)


def change_first_person(page):
    page.goto("/contacts/1")
    page.locator("table a").first.click()
    page.locator("a[href^='/contacts/1/people/']").first.click()


def test_a_rule_that_the_form_cannot_say_shows_no_fields_for_it(portal, signed_in):
    page = signed_in("admin", portal.password)
    begin_campaign(page, "Twice a month", "Dear <name>, your loan is due on <due_date>.")
    manage = [sys.executable, "manage.py", "shell", "-c", TWICE_A_MONTH]
    subprocess.run(manage, cwd=PROJECT, env=portal.environment, check=True)
    page.reload()
    assert page.get_by_label("How often").input_value() == "as_it_is"
    expect(page.get_by_text("The next times:")).to_be_visible()
    expect(page.get_by_label("Day of the month")).to_be_hidden()
    look(page, "when-as-it-is")
    page.get_by_label("How often").select_option("month_day")
    expect(page.get_by_label("Day of the month")).to_be_visible()


def test_what_recurs_goes_out_by_itself_at_its_minute(every_day, signed_in):
    address, at = every_day
    page = signed_in()
    page.goto(address)
    page.get_by_text(f"Every day at {at:%H:%M}").wait_for()
    page.get_by_text("Sent to 500 of 500").wait_for(timeout=3 * MINUTE)
    page.reload()
    assert page.locator("main table").first.inner_text().count("Finished") <= 1
    look(page, "recurring")


def test_a_second_person_approves_it(portal, signed_in, mary):
    page = signed_in("admin", portal.password)
    page.goto("/settings/rules")
    page.get_by_label("Every campaign").check()
    page.get_by_role("button", name="Save").click()
    begin_campaign(page, "To be approved", "Dear <name>, our office is closed on Friday.")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Ask for approval").click()
    page.get_by_text("It waits until somebody else has approved it.").wait_for()
    page.get_by_role("link", name="See what would go").click()
    page.get_by_text("You made or changed it, so somebody else has to approve it.").wait_for()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)

    mary = signed_in("mary", "a long password of mary")
    look(mary, "home")
    mary.get_by_role("link", name="To be approved").first.click()
    mary.get_by_text("Texts as they will be").wait_for()
    look(mary, "approval")
    mary.get_by_label("Comment").fill("Fine")
    mary.get_by_role("button", name="Approve").click()
    mary.get_by_text("Approved by mary").wait_for()
    mary.get_by_text("Sent to 500 of 500").wait_for(timeout=MINUTE)
    look(mary, "approved")
    page.goto("/settings/rules")
    page.get_by_label("Nobody has to").check()
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_role("button", name="Save").click()
    page.goto("/settings/rules")
    # The other journeys send by themselves.
    assert page.get_by_label("Nobody has to").is_checked()
