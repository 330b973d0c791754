"""The whole way, on real parts: from the upload page to "Delivered", with the workers and the gateway of `up`."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.servers]

PROJECT = Path(__file__).resolve().parent.parent.parent
LOANS = PROJECT / "tests" / "data" / "loan_clients.csv"
TEXT = "Dear <name>, your balance of KES <balance> is due on <due_date>."
IN_TIME = 60_000
NOT_OURS = ("DATABASE_URL", "REDIS_URL", "QSMS_BASE_URL", "QSMS_API_KEY", "SECRET_KEY", "PUBLIC_URL")


class Portal:
    """A portal of its own, started with one command and stopped as Ctrl-C does."""

    def __init__(self, folder, demo="0"):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url, self.folder = f"http://127.0.0.1:{port}", folder
        environment = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
        environment |= {"PORTAL_DATA_DIR": str(folder), "DEMO": demo, "DJANGO_SETTINGS_MODULE": "qsms_portal.settings"}
        self.environment = environment
        self.log = folder.parent / "up.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--port", str(port)],
                cwd=PROJECT, env=environment, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        until = time.monotonic() + 120
        while "The portal is at" not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.1)

    @property
    def password(self):
        return (self.folder / "first-sign-in.txt").read_text().split()[-1]

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=120)


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    folder = tmp_path_factory.mktemp("portal") / "data"
    folder.mkdir()
    portal = Portal(folder)
    yield portal
    portal.stop()


def ledger(gateway):
    with urllib.request.urlopen(f"{gateway}/_simulator/ledger?since=0") as answer:
        return json.load(answer)


def test_from_a_spreadsheet_to_delivered(portal, chromium):
    context = chromium.new_context(base_url=portal.url)
    page = context.new_page()
    page.set_default_timeout(IN_TIME)
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)

    page.goto("/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(portal.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("Practice: no text leaves this computer.").wait_for()

    page.goto("/contacts/upload")
    page.get_by_label("Name of the new group").fill("Loan clients")
    page.get_by_label("Spreadsheet").set_input_files(LOANS)
    page.get_by_role("button", name="Go on: the columns").click()
    page.get_by_role("button", name="Go on: what would happen").click()
    page.get_by_text("200 rows: 200 new").wait_for()
    page.get_by_role("button", name="Import").click()
    page.get_by_text("Done: 200 new").wait_for()

    page.goto("/templates/new")
    page.get_by_label("Name").fill("Balance due")
    page.get_by_label("Text").fill(TEXT)
    page.get_by_role("button", name="Save").click()

    page.goto("/campaigns/new")
    page.get_by_label("Name of the campaign").fill("November balances")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Loan clients").first.check()
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

    page.goto("/settings/")
    gateway = re.search(r"http://127\.0\.0\.1:\d+", page.locator("dl").inner_text())[0]
    texts = ledger(gateway)
    assert len(texts) == 200
    assert set(Counter(one["mobile"] for one in texts).values()) == {1}
    right = {
        "mobile": "254729549656",
        "message": "Dear Achieng Abdi, your balance of KES 15,555.63 is due on 18 Jan 2027.",
    }
    assert right.items() <= next(one for one in texts if one["mobile"] == right["mobile"]).items()
    context.close()


PAGES = [
    "/", "/contacts/", "/contacts/1", "/contacts/upload", "/campaigns/", "/campaigns/1", "/campaigns/1/messages",
    "/templates/", "/messages/", "/settings/", "/profile",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_pages_hold_on_a_small_phone(portal, chromium, path):
    context = chromium.new_context(base_url=portal.url, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(path)
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(portal.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    context.close()
