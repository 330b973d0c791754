"""`python -m benchmarks.beside CHECKOUT`: what a whole portal holds and spends, beside another checkout's, in turns.

Each with one command on a data folder of its own, without samples: idle, then a campaign by the API through its own
simulator (50 ms a call, 16 at once), then delivery reports over 16 connections. CHECKOUT has its own `.venv`.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from benchmarks.machine import of_each, portal_processes, processor_seconds, pss
from benchmarks.posting import post_all
from tests.journey.portal import Portal

HERE = Path(__file__).resolve().parent.parent
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
TEXTS = int(os.environ.get("BENCH_TEXTS", "50000"))
SETTLED_AFTER = float(os.environ.get("BENCH_SETTLED", "60"))
REPORTS = 10_000
WARM = 1_000
CONNECTIONS = 16
WITHIN = 600.0
CHAOS = {"latency": 0.05, "report_delay": [0.5, 2.0]}
TEXT = "Dear <name>, your balance of KES <balance> is due on <due_date>."
Figures = dict[str, float]


class Whole(Portal):
    """One portal, started by `up` in its checkout."""

    def __init__(self, checkout: Path, folder: Path) -> None:
        super().__init__(folder, checkout, DEMO="0", QSMS_POSTS_AT_ONCE="16")

    def processes(self) -> list[psutil.Process]:
        return portal_processes(self.process.pid, self.folder)

    def spent(self) -> dict[str, float]:
        """Processor seconds so far, of the web server, the servers and the rest; the simulator is not ours."""
        seconds: dict[str, float] = defaultdict(float)
        for kind, spent in of_each(self.processes, lambda one: (self._kind(one), processor_seconds(one))):
            seconds[kind] += spent
        return seconds

    def _kind(self, process: psutil.Process) -> str:
        words = " ".join([process.name(), *process.cmdline()])
        if "postgres" in process.name():
            return "PostgreSQL"
        if "simulate_gateway" in words or "qsms-gateway" in words:
            return "simulator"
        return "web" if "granian" in words or "qsms-web" in words else "rest"


def until(happened: Callable[[], object], what: str) -> None:
    limit = time.monotonic() + WITHIN
    while not happened():
        assert time.monotonic() < limit, what
        time.sleep(0.5)


def ask(url: str, key: str, body: object = None) -> Any:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    asked = urllib.request.Request(url, json.dumps(body).encode() if body is not None else None, headers)
    with urllib.request.urlopen(asked, timeout=120) as answer:
        return json.load(answer)


def measured(checkout: Path) -> Figures:
    """One round of one checkout."""
    with tempfile.TemporaryDirectory(prefix="qsms-beside-", dir="/tmp") as parent:
        Path(parent).chmod(0o755)
        portal = Whole(checkout, Path(parent) / "data")
        try:
            time.sleep(SETTLED_AFTER)  # what starts a process is not what it holds while it runs
            figures = {"idle, MB": pss(portal.processes)}
            figures |= of_a_campaign(portal)
            figures |= of_reports(portal)
            return figures
        finally:
            portal.stop()


def of_a_campaign(portal: Whole) -> Figures:
    key = portal.key()
    port = (portal.folder / "simulator-port").read_text().strip()
    kept = portal.folder / "simulator-secret"
    secret = kept.read_text().strip() if kept.exists() else ""  # older ones have none
    ask(f"http://127.0.0.1:{port}/_simulator/chaos", secret, CHAOS)
    for start in range(0, TEXTS, 10_000):
        people = [
            {"phone": f"2547{n:08d}", "name": f"Person{n} Wanjiru", "balance": f"{n}.50", "due_date": "2027-01-05"}
            for n in range(start, min(start + 10_000, TEXTS))
        ]
        ask(f"{portal.url}/v1/contacts", key, {"group": "clients", "contacts": people})
    time.sleep(5)
    before, began = portal.spent(), time.monotonic()
    asked = {"name": "all", "group": "clients", "text": TEXT, "sender": "PRACTICE", "kind": "transactional"}
    campaign = ask(f"{portal.url}/v1/campaigns", key, {**asked, "launch": True})["id"]

    def is_reported() -> bool:
        totals = ask(f"{portal.url}/v1/campaigns/{campaign}", key)["totals"]
        return bool(totals["delivered"] + totals["undelivered"] == TEXTS)

    until(is_reported, "all are reported")
    took, after = time.monotonic() - began, portal.spent()
    spent = {kind: after[kind] - before.get(kind, 0.0) for kind in after}
    ours = sum(seconds for kind, seconds in spent.items() if kind != "simulator")
    return {
        f"{TEXTS:,} texts, processor seconds": ours,
        **{f"  of that {kind}": spent[kind] for kind in ("web", "PostgreSQL", "rest")},
        f"{TEXTS:,} texts, seconds": took,
        f"after {TEXTS:,} texts, MB": pss(portal.processes),
    }


def of_reports(portal: Whole) -> Figures:
    token = (portal.folder / "dlr-token").read_text().strip()
    bodies = [
        json.dumps({
            "messageId": f"bench{n}", "dlrTime": "2024-09-25 20:24:18", "dlrStatus": "1",
            "dlrDesc": "DeliveredToTerminal", "tat": 6,
            "network": "", "destaddr": f"2547{n:08d}", "sourceaddr": "BENCH", "origin": "Safaricom",
        }).encode()
        for n in range(WARM + REPORTS)
    ]  # fmt: skip
    address = f"{portal.url}/dlr/receive/{token}"
    post_all(address, bodies[:WARM], CONNECTIONS)
    before, began = portal.spent(), time.monotonic()
    post_all(address, bodies[WARM:], CONNECTIONS)
    took, after = time.monotonic() - began, portal.spent()
    return {
        f"{REPORTS:,} reports, processor seconds of the web server": after["web"] - before["web"],
        f"{REPORTS:,} reports, processor seconds of PostgreSQL": after["PostgreSQL"] - before["PostgreSQL"],
        "reports a second": REPORTS / took,
    }


def main(other: Path) -> None:
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for turn in range(ROUNDS):
        for name, checkout in (("before", other), ("now", HERE)):
            for what, amount in measured(checkout).items():
                found[what][name].append(amount)
            sys.stderr.write(f"round {turn + 1}, {name}: {json.dumps({k: v[name][-1] for k, v in found.items()})}\n")
    sys.stdout.write(f"{'median (least to most)':<60}{'before':>26}{'now':>26}{'ratio':>8}\n")
    for what, sides in found.items():
        ratio = statistics.median(sides["now"]) / statistics.median(sides["before"])
        sys.stdout.write(f"{what:<60}{_span(sides['before']):>26}{_span(sides['now']):>26}{ratio:>8.2f}\n")


def _span(amounts: list[float]) -> str:
    return f"{statistics.median(amounts):,.1f} ({min(amounts):,.1f} to {max(amounts):,.1f})"


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
