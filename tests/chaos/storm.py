"""Everything at once: a gateway with all its faults, and a villain among our processes. Nobody may get a text twice."""

from __future__ import annotations

import time
from typing import Any

from campaigns.gateway.simulator.process import SimulatorProcess
from campaigns.models import DeliveryReport, Run
from tests.chaos.stage import Stage, TooLong, launched, patiently, wait_until
from tests.chaos.verdict import judge
from tests.chaos.villain import Villain

SHARE = 0.02
FAULTS: dict[str, Any] = {
    "latency": [0.1, 1.0],
    "http_status": [
        {"status": 503, "share": SHARE / 2},
        {"status": 503, "share": SHARE / 2, "retry_after": 1, "body": "json"},
        {"status": 429, "share": SHARE, "retry_after": 1},
    ],
    "drop": [{"share": SHARE, "when": "before_accepting"}, {"share": SHARE, "when": "after_accepting", "reset": True}],
    "hang": {"share": SHARE, "seconds": 4, "when": "after_accepting"},
    "body": {"share": SHARE, "kind": "html"},
    "missing_items": {"share": SHARE},
    "refuse_item": {"share": SHARE, "code": 1003},
    "report_delay": [0.5, 4],
    "reports": {
        "early": 0.05, "repeat": 2, "late": {"seconds": 10, "share": 0.1}, "lost": 0.05, "interim": 0.3,
        "out_of_order": 0.1,
    },
}  # fmt: skip


def play(simulator: SimulatorProcess, port: int, texts: int) -> int:
    large = texts > 10_000
    simulator.behave(**FAULTS)
    with Stage(port, sending=3, beats=2) as stage:
        campaign, run = launched(texts)
        wait_until(lambda: status(run) == Run.Status.SENDING, "the run is being sent", 120)
        began = time.monotonic()
        villain = Villain(stage, campaign, every=4.0)
        villain.start()
        try:
            wait_until(lambda: over(run), "the run has ended", 400 if large else 240)
        except TooLong as error:
            print(error, status(run), simulator.summary())
            raise
        finally:
            villain.stop()
        ended = time.monotonic()
        simulator.wait_for_reports(60)
        wait_until(all_applied, "all reports are applied", 60)
        summary = simulator.summary()
        verdict = judge(run, texts, simulator.ledger(), summary["reports"]["acknowledged"])
    print(f"{texts:,} texts, {summary['calls']:,} calls; the run ended by itself after {ended - began:.0f} s", end="")
    print(f", all was known {time.monotonic() - ended:.0f} s later.\n\n{'fault':<44}{'times':>10}")
    refused = {"refuse_item 1003 (texts)": summary["rejected"]}
    reports = {f"reports {what}": summary["reports"][what] for what in ("made", "posted", "refused", "failed")}
    for what, count in {**summary["struck"], **refused, **villain.done, **reports}.items():
        print(f"{what:<44}{count:>10,}")
    verdict.show()
    return 0 if verdict.is_good and status_of_end(run) else 1


def status(run: Run) -> str:
    return patiently(lambda: Run.objects.values_list("status", flat=True).get(pk=run.pk))


def over(run: Run) -> bool:
    return status(run) in (Run.Status.FINISHED, Run.Status.HALTED)


def status_of_end(run: Run) -> bool:
    if run.status != Run.Status.FINISHED:
        print(f"\nThe run is {run.status}: {run.reason}")
    return run.status == Run.Status.FINISHED


def all_applied() -> bool:
    return patiently(lambda: not DeliveryReport.objects.filter(state__in=["new", "waiting"]).exists())
