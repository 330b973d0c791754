"""A whole portal for a journey, started with one command, and what its gateway took."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
LOANS = PROJECT / "tests" / "data" / "loan_clients.csv"
IN_TIME = 60_000
SIZES = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 390, "height": 844}}
NOT_OURS = ("DEMO", "DATABASE_URL", "REDIS_URL", "QSMS_BASE_URL", "QSMS_API_KEY", "SECRET_KEY", "PUBLIC_URL")


class Portal:
    """A portal of its own, started with one command and stopped as Ctrl-C does.

    Of another `checkout` its own Python runs; `settings` are in its environment.
    """

    def __init__(self, folder, checkout=PROJECT, **settings):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url, self.folder, self.checkout = f"http://127.0.0.1:{port}", folder, checkout
        self.python = sys.executable if checkout == PROJECT else checkout / ".venv/bin/python"
        environment = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
        environment |= {"PORTAL_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "qsms_portal.settings"}
        environment |= settings
        self.environment = environment
        self.log = folder.parent / "up.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [self.python, "manage.py", "up", "--port", str(port)],
                cwd=checkout, env=environment, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            self._wait_until_up()
        except AssertionError:
            # Its fixture never gets to the end of it.
            self.stop()
            raise

    def _wait_until_up(self):
        until = time.monotonic() + 300
        while "The portal is at" not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.1)

    @property
    def password(self):
        return (self.folder / "first-sign-in.txt").read_text().split()[-1]

    def key(self):
        """A new API key."""
        command = [self.python, "manage.py", "create_api_key", "shop"]
        return subprocess.check_output(command, cwd=self.checkout, env=self.environment, text=True).split()[-1]

    def ledger(self):
        """The texts that its gateway took, the first one first."""
        port, secret = ((self.folder / name).read_text().strip() for name in ("simulator-port", "simulator-secret"))
        headers = {"Authorization": f"Bearer {secret}"}
        asked = urllib.request.Request(f"http://127.0.0.1:{port}/_simulator/ledger", headers=headers)
        with urllib.request.urlopen(asked) as answer:
            return json.load(answer)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=120)


def upload_clients(page, group, path):
    """The 200 clients of the file into a new group, through the upload's pages."""
    page.goto("/contacts/upload")
    page.get_by_label("Name of the new group").fill(group)
    page.get_by_label("Spreadsheet").set_input_files(path)
    page.get_by_role("button", name="Go on: the columns").click()
    page.get_by_role("button", name="Go on: what would happen").click()
    page.get_by_text("200 rows: 200 new").wait_for()
    page.get_by_role("button", name="Import").click()
    page.get_by_text("Done: 200 new").wait_for()


def look(page, name):
    """Nothing hangs over a phone's edge; with SCREENSHOTS, a picture at both widths."""
    # What was clicked may have led on to a page of which nothing is there yet.
    page.wait_for_load_state()
    for size, viewport in SIZES.items():
        page.set_viewport_size(viewport)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= viewport["width"], (name, size)
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=str(Path(folder) / f"{name}-{size}.png"), full_page=True)
    page.set_viewport_size(SIZES["wide"])


def begin_campaign(page, name, text):
    page.goto("/campaigns/new")
    page.get_by_label("Name of the campaign").fill(name)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Sample: loan clients").first.check()
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Text", exact=True).fill(text)
    page.get_by_label("Sender ID").select_option(label="PRACTICE")
    page.get_by_role("button", name="Go on").click()
