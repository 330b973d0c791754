"""Taking delivery reports over HTTP and applying them, beside the same POSTs to a view that does nothing."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from django.conf import settings

from benchmarks.measuring import Table, in_threads, timed
from campaigns import delivery
from campaigns.models import Message, Run
from campaigns.tallies import totals

POSTED = 10_000
IN_FLIGHT = 8
DELIVERED = {"dlrDesc": "DeliveredToTerminal", "sourceaddr": "BENCH"}
BLOCKING_THREADS = 8


def measure(table: Table, run: Run) -> None:
    messages = list(Message.objects.filter(run=run, status="accepted").order_by("pk")[:POSTED])
    bodies = [
        json.dumps(
            {
                "messageId": one.gateway_id,
                "dlrDesc": "DeliveredToTerminal",
                "destaddr": one.phone,
                "sourceaddr": "BENCH",
            }
        ).encode()
        for one in messages
    ]
    with _web() as url:
        _post(f"{url}/nothing", bodies[:200])
        with timed() as bare:
            _post(f"{url}/nothing", bodies)
        with timed() as stored:
            _post(f"{url}/dlr/receive/{settings.QSMS_DLR_TOKENS[0]}", bodies)
    table.add(f"store {len(bodies):,} reports, one a request", len(bodies), stored.seconds, bare.seconds)
    with timed() as applied:
        while delivery.apply_waiting():
            pass
    assert totals(run).counts["delivered"] == len(bodies)
    table.add(f"apply {len(bodies):,} reports, beside storing", len(bodies), applied.seconds, stored.seconds)


@contextmanager
def _web() -> Iterator[str]:
    """The portal's web server as `up` runs it, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", "1", "--blocking-threads", str(BLOCKING_THREADS), "--no-access-log", "--log-level", "warning"),
        "qsms_portal.wsgi:application",
    ]
    process = subprocess.Popen(command)
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


def _post(url: str, bodies: list[bytes]) -> None:
    waiting = iter(bodies)

    def work() -> None:
        with requests.Session() as session:
            # A list's iterator gives each body to one thread only.
            for body in waiting:
                answer = session.post(url, data=body, headers={"Content-Type": "application/json"}, timeout=60)
                assert answer.status_code == 200, answer.text

    in_threads(work, IN_FLIGHT)
