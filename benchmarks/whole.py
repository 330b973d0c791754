"""What a whole portal costs: its memory while nothing happens, and what a page weighs that nobody has seen before."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import BrowserContext, sync_playwright

from benchmarks.costs import Cost
from benchmarks.machine import portal_processes, pss
from tests.conftest import CHROMIUM, FLAGS
from tests.journey.conftest import sign_in
from tests.journey.first_load import first_load
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
            held = pss(lambda: portal_processes(running.process.pid, running.folder))
            yield Cost("idle portal, all processes", held, "MB")
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
            sizes = first_load(context.new_page(), f"{running.url}{path}")
            yield Cost(f"first load of {name}", len(sizes), "requests")
            yield Cost(f"first load of {name}", sum(sizes) / 1000, "KB")
            context.close()
        browser.close()
