"""A test to one's own phone: from the campaign to the code that the gateway was given, back, and sent."""

import pytest

from tests.journey.portal import begin_campaign, look

pytestmark = [pytest.mark.browser, pytest.mark.servers]

OWN = "254712000001"


def last_text(page, portal, begins=""):
    """What the gateway was last given for the phone, once it has it."""
    for _ in range(100):
        texts = [one["message"] for one in portal.ledger() if one["mobile"] == OWN and begins in one["message"]]
        if texts:
            return texts[-1]
        page.wait_for_timeout(200)
    raise AssertionError(f"Nothing came that begins so: {begins}")


def test_a_phone_is_confirmed_on_the_way_to_a_test(portal, signed_in):
    page = signed_in()
    page.goto("/profile")
    look(page, "profile-none")
    begin_campaign(page, "Tested", "Dear <name>, this is a test of the own phone.")
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("A test goes to your own phone, which is not known yet.").wait_for()
    look(page, "check-none")
    page.get_by_role("link", name="Confirm it").click()
    look(page, "number")
    page.get_by_label("Your own phone").fill("0712 000 00")
    page.get_by_role("button", name="Text me a code").click()
    page.get_by_text("Has 8 digits after the 0 or 254").wait_for()
    look(page, "number-wrong")
    page.get_by_label("Your own phone").fill("0712 000 001")
    page.get_by_role("button", name="Text me a code").click()
    page.get_by_text("A code is texted to 0712 000 001.").wait_for()
    code = last_text(page, portal, " is your code for QSMS Portal")[:6]
    look(page, "code")
    page.get_by_label("The code").fill(f"{(int(code) + 1) % 10**6:06}")
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("That is not the code. 4 more tries.").wait_for()
    look(page, "code-wrong")
    page.get_by_label("The code").fill(code)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("A test goes to 0712 000 001, your own phone.").wait_for()
    look(page, "check-confirmed")
    page.get_by_role("button", name="Send a test to my phone").click()
    page.get_by_text("Sent to 0712 000 001.").wait_for()
    assert last_text(page, portal, "this is a test").startswith("Dear ")
    page.goto("/profile")
    page.get_by_text("0712 000 001, confirmed").wait_for()
    look(page, "profile-confirmed")
    page.goto("/profile/phone")
    look(page, "number-confirmed")
    page.goto("/templates/new")
    page.get_by_label("Text", exact=True).fill("Dear <name>, hello")
    page.get_by_text("A test goes to 0712 000 001, your own phone.").wait_for()
    look(page, "editor-confirmed")
    page.goto("/messages/")
    assert "****** is your code" in page.inner_text("main")
    assert code not in page.inner_text("main")
    look(page, "messages")
