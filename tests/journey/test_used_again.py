"""The monthly text: last month's campaign is used again with this month's upload, at a desk and on a phone."""

import csv
import time
from collections import Counter
from datetime import date, timedelta

import pytest

from tests.journey.conftest import sign_in
from tests.journey.portal import LOANS, SIZES, look, upload_clients

pytestmark = [pytest.mark.browser, pytest.mark.servers]

PEOPLE = 200
IN_SECONDS = 120


def this_month(path, balance):
    """The same clients, of whom everybody owes that much now."""
    with LOANS.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    column = next(number for number, name in enumerate(rows[0]) if "balance" in name.lower())
    for row in rows[1:]:
        row[column] = balance
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def last_month(page, group, name):
    """A campaign that is built from nothing and sent."""
    upload_clients(page, group, LOANS)
    page.goto("/campaigns/new")
    page.get_by_label("Name of the campaign").fill(name)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label(group).first.check()
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Text", exact=True).fill(f"{group}: <name>, KES <balance>")
    page.get_by_label("Sender ID").select_option(label="PRACTICE")
    page.get_by_role("button", name="Go on: when").click()
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name=f"Send {PEOPLE} texts").click()
    page.locator("#progress:not([hx-get])").wait_for()


def send_it_again(page, group, name, path):
    """From the file to its texts: how many seconds that took, and what the campaign's page says."""
    begun = time.monotonic()
    page.goto("/contacts/upload")
    page.get_by_label("Group", exact=True).select_option(label=group)
    page.get_by_label("Spreadsheet").set_input_files(path)
    page.get_by_role("button", name="Go on: the columns").click()
    page.get_by_role("button", name="Go on: what would happen").click()
    page.get_by_role("button", name="Import").click()
    page.get_by_text("Done: ").wait_for()
    page.goto("/campaigns/")
    page.get_by_role("link", name=f"Use again: {name}").click()
    page.get_by_label("Whoever is in its groups when it goes").check()
    page.get_by_role("button", name="Go on: check the draft").click()
    page.get_by_role("button", name=f"Send {PEOPLE} texts").click()
    page.locator("#progress:not([hx-get])").wait_for()
    return time.monotonic() - begun, page.locator("#progress").inner_text()


@pytest.mark.parametrize("size", SIZES)
def test_last_months_campaign_goes_again_with_this_months_file_in_two_minutes(
    portal, chromium, signed_in, tmp_path, size
):
    group, name, owed = f"Clients {size}", f"Balances {size}", {"wide": "1111.00", "narrow": "2222.00"}[size]
    last_month(signed_in(), group, name)
    context = sign_in(chromium, portal, viewport=SIZES[size])
    took, told = send_it_again(context.pages[0], group, name, this_month(tmp_path / "month.csv", owed))
    context.close()
    assert took < IN_SECONDS
    assert f"Sent to {PEOPLE} of {PEOPLE}." in told
    texts = [one for one in portal.ledger() if one["message"].startswith(f"{group}: ")]
    amount = f"KES {float(owed):,.2f}"
    again = Counter(one["mobile"] for one in texts if one["message"].endswith(amount))
    assert (len(again), set(again.values()), len(texts)) == (PEOPLE, {1}, 2 * PEOPLE)


def test_the_pages_hold_at_both_widths(portal, signed_in):
    page = signed_in()
    page.goto("/campaigns/")
    page.get_by_text("Status, sender ID, who, days").click()
    look(page, "campaigns")
    page.get_by_role("link", name="Use again: Balances wide", exact=True).first.click()
    look(page, "use-again")
    page.get_by_role("button", name="Go on: check the draft").click()
    look(page, "used-again")
    page.get_by_role("link", name="3. When").click()
    page.get_by_label("At a date and time").check()
    page.get_by_role("textbox", name="Date and time").fill(f"{date.today() + timedelta(days=30)}T09:00")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name=f"Schedule {PEOPLE} texts").click()
    page.get_by_text("Do not send").first.click()
    look(page, "scheduled")
    page.get_by_role("link", name="Change the text").click()
    look(page, "change-scheduled")
    page.go_back()
    page.get_by_role("button", name="Make it a draft again").click()
    page.get_by_text("It is a draft again").wait_for()
    look(page, "draft-again")
    page.goto("/campaigns/")
    page.get_by_role("button", name="Archive: Balances wide", exact=True).first.click()
    page.get_by_role("link", name="Archived", exact=True).click()
    page.get_by_role("link", name="Balances wide", exact=True).first.wait_for()
    look(page, "archived")
    page.get_by_role("link", name="Balances wide", exact=True).first.click()
    look(page, "campaign")
    page.locator("#content").get_by_role("link", name="Texts", exact=True).click()
    page.get_by_text("Days, status, reason, network").click()
    look(page, "texts")
