"""200 people of whom 20 have no balance: they are left out, or nobody gets a text, or all do with a fallback."""

import csv
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.journey.portal import LOANS, upload_clients

pytestmark = [pytest.mark.browser, pytest.mark.servers]

CLIENTS = list(csv.DictReader(LOANS.open()))
GROUP = "Some without a balance"
LACKING = {one["phone"] for one in CLIENTS[::10]}


@pytest.fixture(scope="module")
def clients_file(tmp_path_factory):
    """The loan clients as a spreadsheet in which every tenth has no balance."""
    path = tmp_path_factory.mktemp("clients") / "clients.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, CLIENTS[0])
        writer.writeheader()
        writer.writerows(one | {"balance": ""} if one["phone"] in LACKING else one for one in CLIENTS)
    return path


def build(page, name, text, policy):
    """A campaign to all clients, as far as its check."""
    page.goto("/campaigns/new")
    page.get_by_label("Name of the campaign").fill(name)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label(GROUP).first.check()
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Text", exact=True).fill(text)
    page.get_by_label("Sender ID").select_option(label="PRACTICE")
    page.get_by_label("People who lack a value").select_option(label=policy)
    page.get_by_role("button", name="Go on: when").click()
    page.get_by_role("button", name="Go on").click()


def texts_of(portal, subject):
    """What the gateway took of a campaign, by number; a number that got two texts is an error."""
    taken = [one for one in portal.ledger() if one["message"].startswith(subject)]
    texts = {"+" + one["mobile"]: one["message"] for one in taken}
    assert len(texts) == len(taken)
    return texts


def right_text(one, without=""):
    """A client's text, put together from the row of the file."""
    balance = without if one["phone"] in LACKING else f"{Decimal(one['balance']):,.2f}"
    return f"{one['name']}, your balance is KES {balance}."


def as_shown(phone):
    return f"0{phone[4:7]} {phone[7:10]} {phone[10:]}"


def test_a_missing_balance_leaves_out_blocks_or_is_told_by_a_fallback(portal, signed_in, clients_file):
    page = signed_in()
    upload_clients(page, GROUP, clients_file)
    left_out = [one for one in CLIENTS if one["phone"] in LACKING]
    assert len(left_out) == 20

    build(page, "Skip", "Skip: <name>, your balance is KES <balance>.", "Leave those people out")
    page.get_by_text("20: has no balance").click()
    expect(page.locator("#left-out-1 li")).to_have_count(20)
    listed = page.locator("#left-out-1 li").all_inner_texts()
    assert sorted(listed) == sorted(f"{one['name']} {as_shown(one['phone'])}" for one in left_out)
    page.get_by_role("button", name="Send 180 texts").click()
    page.get_by_text("Sent to 180 of 200. 20 left out: 20 have no balance.").wait_for()
    assert texts_of(portal, "Skip: ") == {
        one["phone"]: f"Skip: {right_text(one)}" for one in CLIENTS if one["phone"] not in LACKING
    }
    page.go_back()
    page.get_by_role("link", name="20: has no balance").click()
    page.wait_for_url("**/messages?*")
    listed = page.locator("tbody td:first-child").all_inner_texts()
    assert sorted(listed) == sorted(f"{one['name']}\n{as_shown(one['phone'])}\n{GROUP}" for one in left_out)

    build(page, "Block", "Block: <name>, your balance is KES <balance>.", "Do not send at all")
    page.get_by_text("20 people have no value for a field of the text, and you chose not to send then.").wait_for()
    page.get_by_text("20: has no balance").wait_for()
    assert not page.get_by_role("button", name="Send 180").count()
    assert texts_of(portal, "Block: ") == {}

    build(page, "Fallback", "Fallback: <name>, your balance is KES <balance|at our office>.", "Do not send at all")
    page.get_by_role("button", name="Send 200 texts").click()
    page.get_by_text("Sent to 200 of 200.").wait_for()
    assert texts_of(portal, "Fallback: ") == {
        one["phone"]: f"Fallback: {right_text(one, without='at our office')}" for one in CLIENTS
    }
