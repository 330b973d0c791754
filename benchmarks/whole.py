"""What a whole portal costs: its memory while nothing happens, and what a page weighs that nobody has seen before."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

from benchmarks.costs import Cost
from benchmarks.machine import pss, servers, tree
from tests.conftest import CHROMIUM, FLAGS
from tests.journey.conftest import sign_in
from tests.journey.portal import Portal

PAGES = {
    "sign in": "/sign-in",
    "home": "/",
    "campaigns": "/campaigns/",
    "new campaign": "/campaigns/new",
    "groups": "/contacts/",
    "upload": "/contacts/upload",
}
SETTLED_AFTER = 20.0


def measure() -> Iterator[Cost]:
    """On a portal with its samples, as one command starts it, on a data folder of its own."""
    with tempfile.TemporaryDirectory(prefix="qsms-bench-", dir="/tmp") as parent:
        # The embedded servers run as an account that has to pass through.
        Path(parent).chmod(0o755)
        running = Portal(Path(parent) / "data")
        try:
            time.sleep(SETTLED_AFTER)  # what starts a process is not what it costs while it runs
            processes = tree(running.process.pid) + servers(running.folder)
            yield Cost("idle portal, all processes", pss(processes), "MB")
            yield from _first_loads(running)
        finally:
            running.stop()


def _first_loads(running: Portal) -> Iterator[Cost]:
    """Of somebody whose browser has nothing of the portal yet."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        cookies = sign_in(browser, running).cookies()
        for name, path in PAGES.items():
            context: BrowserContext = browser.new_context()
            if name != "sign in":
                context.add_cookies(cookies)
            requests, kilobytes = _loaded(context.new_page(), f"{running.url}{path}")
            yield Cost(f"first load of {name}", requests, "requests")
            yield Cost(f"first load of {name}", kilobytes, "KB")
            context.close()
        browser.close()


def _loaded(page: Page, url: str) -> tuple[int, float]:
    """How many requests a page makes until nothing is on its way, and how many kilobytes come over the wire."""
    sizes: list[float] = []
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda one: sizes.append(one["encodedDataLength"]))
    response = page.goto(url, wait_until="networkidle")
    assert response is not None
    assert response.ok, url
    assert page.url.rstrip("/") == url.rstrip("/"), page.url
    return len(sizes), sum(sizes) / 1000
