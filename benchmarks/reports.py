"""Taking delivery reports over HTTP and applying them, beside the same POSTs to a view that only parses and answers."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from benchmarks.measuring import Table, timed
from benchmarks.posting import post_all
from campaigns import delivery
from campaigns.models import Message, Run
from campaigns.tallies import totals
from qsms_portal.starting.processes import WEB_THREADS

POSTED = int(os.environ.get("BENCH_REPORTS", "20000"))
IN_FLIGHT = 64
BARE = "benchmarks.bare_wsgi"
ROUNDS = 5


def measure(table: Table, run: Run) -> None:
    messages = Message.objects.filter(run=run, status="accepted").order_by("pk").values_list("gateway_id", "phone")
    bodies = [_body(*one) for one in messages[:POSTED]]
    with (
        web(BARE, "benchmarks.bare_settings") as bare,
        web(BARE, "benchmarks.barest_settings") as barest,
        web() as ours,
    ):
        took = _post_in_turns(
            bodies,
            bare=f"{bare}/dlr/receive",
            barest=f"{barest}/dlr/receive",
            ours=f"{ours}/dlr/receive/{settings.QSMS_DLR_TOKENS[0]}",
        )
    table.add(f"store {len(bodies):,} reports, beside a bare project", len(bodies), took["ours"], took["bare"])
    table.add(f"store {len(bodies):,} reports, beside a bare view", len(bodies), took["ours"], took["barest"])
    with timed() as applied:
        while delivery.apply_waiting():
            pass
    assert totals(run).counts["delivered"] == len(bodies)
    table.add(f"apply {len(bodies):,} reports, beside storing", len(bodies), applied.seconds, took["ours"])


def _post_in_turns(bodies: list[bytes], **addresses: str) -> dict[str, float]:
    """Seconds for all bodies to each address; in turns, so that what else the machine does meanwhile meets all."""
    seconds = dict.fromkeys(addresses, 0.0)
    for address in addresses.values():
        post_all(address, bodies[:1000], IN_FLIGHT)
    for turn in range(ROUNDS):
        for name, address in addresses.items():
            with timed() as taken:
                post_all(address, bodies[turn::ROUNDS], IN_FLIGHT)
            seconds[name] += taken.seconds
    return seconds


def _body(gateway_id: str, phone: str) -> bytes:
    """A report as the vendor documents it."""
    report = {
        "messageId": gateway_id, "dlrTime": "2024-09-25 20:24:18", "dlrStatus": "1", "dlrDesc": "DeliveredToTerminal",
        "tat": 6, "network": "", "destaddr": phone, "sourceaddr": "BENCH", "origin": "Safaricom",
    }  # fmt: skip
    return json.dumps(report).encode()


@contextmanager
def web(wsgi: str = "qsms_portal.wsgi", project: str = "benchmarks.settings") -> Iterator[str]:
    """A project's web server as `up` runs ours, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", "1", "--blocking-threads", str(WEB_THREADS), "--no-access-log", "--log-level", "warning"),
        f"{wsgi}:application",
    ]
    process = subprocess.Popen(command, env={**os.environ, "DJANGO_SETTINGS_MODULE": project})
    try:
        _until_it_answers(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _until_it_answers(port: int) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return
