"""What a whole portal costs: its memory while nothing happens, and what a page weighs that nobody has seen before."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.costs import Cost
from benchmarks.machine import pss, servers, tree
from benchmarks.processes import CHROMIUM

ROOT = Path(__file__).resolve().parent.parent
NOT_OURS = ("DATABASE_URL", "REDIS_URL", "QSMS_BASE_URL", "QSMS_API_KEY", "SECRET_KEY", "PUBLIC_URL")
# First loads: nobody has been there before, so that nothing is in the browser's cache.
PAGES = {
    "sign in": "/sign-in",
    "home": "/",
    "campaigns": "/campaigns/",
    "new campaign": "/campaigns/new",
    "groups": "/contacts/",
    "upload": "/contacts/upload",
}
SETTLED_AFTER = 20.0


@dataclass(frozen=True)
class Portal:
    url: str
    folder: Path
    process: subprocess.Popen[str]
    password: str


@contextmanager
def portal() -> Iterator[Portal]:
    """A whole portal with its samples, as one command starts it, on a data folder of its own."""
    with tempfile.TemporaryDirectory(prefix="qsms-bench-", dir="/tmp") as parent, socket.socket() as free:
        Path(parent).chmod(0o755)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        folder = Path(parent) / "data"
        environment = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
        environment |= {"PORTAL_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "qsms_portal.settings"}
        command = [sys.executable, "manage.py", "up", "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if "The portal is at" in line:
                    break
            password = (folder / "first-sign-in.txt").read_text().split()[-1]
            yield Portal(f"http://127.0.0.1:{port}", folder, process, password)
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=120)


def measure() -> Iterator[Cost]:
    with portal() as running:
        time.sleep(SETTLED_AFTER)  # what starts a process is not what it costs while it runs
        yield Cost("idle portal, all processes", pss(tree(running.process.pid) + servers(running.folder)), "MB")
        yield from _first_loads(running)


def _first_loads(running: Portal) -> Iterator[Cost]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        signed_in = browser.new_context()
        page = signed_in.new_page()
        page.goto(f"{running.url}/sign-in")
        page.get_by_label("Username").fill("admin")
        page.get_by_label("Password").fill(running.password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{running.url}/")
        cookies = signed_in.cookies()
        for name, path in PAGES.items():
            fresh = browser.new_context()
            if name != "sign in":
                fresh.add_cookies(cookies)  # type: ignore[arg-type]  # what it gave is what it takes
            requests, kilobytes = _loaded(fresh.new_page(), f"{running.url}{path}")
            yield Cost(f"first load of {name}", requests, "requests")
            yield Cost(f"first load of {name}", kilobytes, "KB")
            fresh.close()
        browser.close()


def _loaded(page: Page, url: str) -> tuple[int, float]:
    """How many requests a page makes until nothing is on its way, and how many kilobytes come over the wire."""
    network, sizes = page.context.new_cdp_session(page), []
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda one: sizes.append(one["encodedDataLength"]))
    response = page.goto(url, wait_until="networkidle")
    assert response is not None
    assert response.ok, url
    assert page.url.rstrip("/") == url.rstrip("/"), page.url
    return len(sizes), sum(sizes) / 1000
