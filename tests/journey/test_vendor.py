"""The vendor's own script and example, as they stand on its page, sent by a whole portal."""

import ast
import json
import subprocess
import sys
import urllib.request

import pytest

from tests.journey.portal import PROJECT, look

pytestmark = [pytest.mark.browser, pytest.mark.servers]

PAGE = PROJECT / "tests" / "data" / "vendor"


@pytest.fixture(scope="module")
def key(portal):
    return portal.key()


def with_own(written, portal, key):
    """With host, key, sender and mobile changed, and nothing else."""
    for before, now in {
        "https://sms.qorami.io": portal.url, "YOUR_API_KEY": key, "YOUR_SENDER_ID": "PRACTICE",
        "254722XXXX00": "254722000100",
    }.items():  # fmt: skip
        written = written.replace(before, now)
    return written


def test_the_vendor_s_script_sends_by_the_portal(portal, signed_in, key, tmp_path):
    script = tmp_path / "send_sms.py"
    script.write_text(with_own((PAGE / "send_sms.py").read_text(), portal, key))
    printed = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True).stdout
    told = ast.literal_eval(printed)
    assert told["status_code"] == "1000"
    assert told["mobile_number"] == "254722000100"
    assert [one["message"] for one in portal.ledger() if one["mobile"] == "254722000100"] == ["this is a test message"]
    page = signed_in()
    page.goto(f"/messages/{told['message_id']}")
    page.get_by_text("this is a test message").wait_for()
    page.get_by_role("link", name="a call of a script").click()
    page.get_by_role("heading", name="Call of shop").wait_for()
    look(page, "call")
    page.goto("/messages/")
    page.get_by_text("this is a test message").wait_for()


def test_the_vendor_s_example_of_several_texts(portal, signed_in, key):
    body = with_own((PAGE / "sendmultiple.json").read_text(), portal, key)
    headers = {"Content-Type": "application/json"}
    asked = urllib.request.Request(f"{portal.url}/api/sms/sendmultiple", body.encode(), headers)
    with urllib.request.urlopen(asked) as answer:
        told = json.load(answer)
    assert told["status_code"] == "1000"
    assert [(one["status_code"], one["client_ref"]) for one in told["schedule_details"]] == [
        ("1000", "001A"),
        ("1000", "001B"),
    ]
    taken = {one["mobile"]: one["message"] for one in portal.ledger()}
    assert taken["254722000000"] == "This is a first message"
    assert taken["254707410000"] == "This is a second message"
    page = signed_in()
    page.goto("/messages/?q=001B")
    page.get_by_text("This is a second message").wait_for()
    look(page, "messages-by-reference")
    page.get_by_role("link", name="Calls of scripts").click()
    page.get_by_role("heading", name="Calls of scripts").wait_for()
    look(page, "calls")


def test_what_has_a_date_is_taken_back_before_it_goes(portal, signed_in, key):
    body = json.loads(with_own((PAGE / "sendmultiple.json").read_text(), portal, key))
    page = signed_in()
    day = page.evaluate("() => new Date(Date.now() + 3 * 864e5).toISOString().slice(0, 10)")
    body["date_send"] = f"{day} 08:00:00"
    before = len(portal.ledger())
    asked = urllib.request.Request(
        f"{portal.url}/api/sms/sendmultiple", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(asked) as answer:
        assert json.load(answer)["status_code"] == "1000"
    page.goto(f"/calendar?week={day}")
    page.get_by_text("2 texts of scripts").wait_for()
    look(page, "calendar-with-calls")
    page.get_by_role("link", name="08:00 shop").click()
    page.get_by_text("Waiting: 2").wait_for()
    page.get_by_role("table").get_by_role("link").first.click()
    page.get_by_role("button", name="Take back what has not gone").click()
    page.get_by_text("2 texts are taken back.").wait_for()
    page.get_by_text("Cancelled: 2").wait_for()
    look(page, "call-taken-back")
    assert len(portal.ledger()) == before
