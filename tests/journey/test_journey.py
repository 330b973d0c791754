"""The whole way, on real parts: from the upload page to "Delivered", with the workers and the gateway of `up`."""

import re
from collections import Counter

import pytest

from tests.journey.conftest import sign_in
from tests.journey.portal import LOANS, upload_clients

pytestmark = [pytest.mark.browser, pytest.mark.servers]

TEXT = "Dear <name>, your balance of KES <balance> is due on <due_date>."


def test_from_a_spreadsheet_to_delivered(portal, signed_in):
    page = signed_in()
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)

    upload_clients(page, "Clients of November", LOANS)

    page.goto("/templates/new")
    page.get_by_label("Name").fill("Balance due")
    page.get_by_label("Text").fill(TEXT)
    page.get_by_role("button", name="Save").click()

    page.goto("/campaigns/new")
    page.get_by_label("Name of the campaign").fill("November balances")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Clients of November").first.check()
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("Begin with a template").click()
    page.get_by_role("link", name="Balance due").click()
    page.get_by_label("Sender ID").select_option(label="PRACTICE")
    page.get_by_text("Dear Achieng Abdi, your balance of KES 15,555.63 is due on 18 Jan 2027.").wait_for()
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Send 200 texts").click()

    # The page moves by itself until nothing is waited for.
    page.locator("#progress:not([hx-get])").wait_for()
    told = page.locator("#progress").inner_text()
    assert "Sent to 200 of 200." in told
    counts = {name: int(count) for name, count in re.findall(r"(Delivered|Not delivered): (\d+)", told)}
    assert sum(counts.values()) == 200
    assert counts["Delivered"] > 100
    assert not problems

    texts = [one for one in portal.ledger() if one["message"].startswith("Dear ") and "KES" in one["message"]]
    assert len(texts) == 200
    assert set(Counter(one["mobile"] for one in texts).values()) == {1}
    right = {
        "mobile": "254729549656",
        "message": "Dear Achieng Abdi, your balance of KES 15,555.63 is due on 18 Jan 2027.",
    }
    assert right.items() <= next(one for one in texts if one["mobile"] == right["mobile"]).items()


PAGES = [
    "/", "/contacts/", "/contacts/1", "/contacts/upload", "/campaigns/", "/campaigns/1", "/campaigns/1/messages",
    "/templates/", "/messages/", "/settings/", "/profile",
]  # fmt: skip


@pytest.fixture(scope="module")
def phone(portal, chromium):
    """A page of a small phone, signed in."""
    context = sign_in(chromium, portal, viewport={"width": 360, "height": 740})
    yield context.pages[0]
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_pages_hold_on_a_small_phone(phone, path):
    assert phone.goto(path).ok
    assert phone.evaluate("() => document.documentElement.scrollWidth") <= 360
