"""Taking delivery reports over HTTP and applying them, beside the same POSTs to a view that does nothing."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import NamedTemporaryFile

from django.conf import settings

from benchmarks.measuring import Table, timed
from campaigns import delivery
from campaigns.models import Message, Run
from campaigns.tallies import totals

POSTED = 10_000
IN_FLIGHT = 16
DELIVERED = {"dlrDesc": "DeliveredToTerminal", "sourceaddr": "BENCH"}
BLOCKING_THREADS = 8


def measure(table: Table, run: Run) -> None:
    messages = Message.objects.filter(run=run, status="accepted").order_by("pk")[:POSTED]
    bodies = [
        json.dumps({"messageId": one.gateway_id, "destaddr": one.phone, "dlrStatus": "1", "origin": "X", **DELIVERED})
        for one in messages
    ]
    with NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(bodies, file)
        file.flush()
        with web("benchmarks.bare_settings") as url:
            bare = _post(f"{url}/dlr/receive", file.name)
        with web("benchmarks.settings") as url:
            stored = _post(f"{url}/dlr/receive/{settings.QSMS_DLR_TOKENS[0]}", file.name)
    table.add(f"store {len(bodies):,} reports, one a request", len(bodies), stored, bare)
    with timed() as applied:
        while delivery.apply_waiting():
            pass
    assert totals(run).counts["delivered"] == len(bodies)
    table.add(f"apply {len(bodies):,} reports, beside storing", len(bodies), applied.seconds, stored)


def _post(url: str, file: str) -> float:
    """Seconds to post all bodies of the file, by a process of its own; the second time, when all is warm."""
    command = [sys.executable, "-m", "benchmarks.posting", url, file, str(IN_FLIGHT)]
    return [float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout) for _ in range(2)][-1]


@contextmanager
def web(project: str) -> Iterator[str]:
    """A project's web server as `up` runs it, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", "1", "--blocking-threads", str(BLOCKING_THREADS), "--no-access-log", "--log-level", "warning"),
        "qsms_portal.wsgi:application",
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
