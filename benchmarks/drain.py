"""Draining a planned run by threads, beside `requests` posting ready-made batches with as many in flight."""

from __future__ import annotations

import json
import threading

import requests

from benchmarks.measuring import Table, Timed, in_threads, timed
from campaigns import sending
from campaigns.gateway.client import Gateway
from campaigns.gateway.simulator.process import SimulatorProcess
from campaigns.ledger.tallies import totals
from campaigns.maintenance import start_runs
from campaigns.models import Message, Run

BATCH = 100


def measure(table: Table, run: Run, latency: float, in_flight: int) -> None:
    with _simulator(latency) as simulator:
        ours = _drain(simulator, run, in_flight)
        simulator.clear()
        bodies = _bodies(run)
        with timed() as bare:
            _post(simulator.url, bodies, in_flight)
    texts = sum(totals(run).counts.values())
    table.add(f"drain {texts:,} at {latency * 1000:.0f} ms, {in_flight} in flight", texts, ours.seconds, bare.seconds)


def drained(run: Run, latency: float, in_flight: int) -> Timed:
    """Only ours."""
    with _simulator(latency) as simulator:
        return _drain(simulator, run, in_flight)


def _simulator(latency: float) -> SimulatorProcess:
    return SimulatorProcess(chaos={"latency": latency, "reports": {"lost": 1.0}})


def _drain(simulator: SimulatorProcess, run: Run, in_flight: int) -> Timed:
    gateway = Gateway(simulator.url, simulator.url, "qsms_live_bench", posts_at_once=in_flight)
    assert start_runs.start_run(Run.objects.get(pk=run.pk))
    with timed() as taken:
        # As `up` runs it: twice as many threads as there are posts at once.
        in_threads(lambda: sending.send_while_there_is_work(gateway, seconds=600), 2 * in_flight)
    counts = totals(run).counts
    assert counts["accepted"] == sum(counts.values())
    return taken


def _bodies(run: Run) -> list[bytes]:
    rows = Message.objects.filter(run=run).order_by("pk").values_list("pk", "phone", "text")
    bodies = []
    for batch in _batched(list(rows)):
        messages = [{"mobile": phone, "message": text, "client_ref": str(pk)} for pk, phone, text in batch]
        request = {"api_key": "k", "serviceId": "0", "from": "BENCH", "date_send": "", "messages": messages}
        bodies.append(json.dumps(request).encode())
    return bodies


def _batched(rows: list[tuple[int, str, str]]) -> list[list[tuple[int, str, str]]]:
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]


def _post(url: str, bodies: list[bytes], in_flight: int) -> None:
    waiting = iter(bodies)
    lock = threading.Lock()
    headers = {"Authorization": "Bearer k", "Content-Type": "application/json"}

    def work() -> None:
        with requests.Session() as session:
            while True:
                with lock:
                    body = next(waiting, None)
                if body is None:
                    return
                session.post(f"{url}/api/sms/sendmultiple", data=body, headers=headers, timeout=60).json()

    in_threads(work, in_flight)
