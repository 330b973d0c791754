"""Taking delivery reports over HTTP and applying them, beside the same POSTs to a view that only parses and answers."""

from __future__ import annotations

import json
import os
import statistics
import time

from django.conf import settings
from django.db import connection

from benchmarks.costs import Cost
from benchmarks.machine import spent_by, unit
from benchmarks.measuring import Table, timed
from benchmarks.posting import post_all
from benchmarks.processes import Web, web, workers
from campaigns import delivery
from campaigns.ledger.tallies import totals
from campaigns.models import DeliveryReport, Message, Run
from qsms_portal.embedded import ensure_redis

POSTED = int(os.environ.get("BENCH_REPORTS", "20000"))
IN_FLIGHT = 64
BARE = "benchmarks.bare_wsgi"
ROUNDS = 5
COSTED = 10_000
CONNECTIONS = 16
WITHIN = 120.0
LATE = """
SELECT max(extract(epoch FROM applied_at - received_at)), count(*) FILTER (WHERE applied_at IS NULL)
FROM campaigns_deliveryreport WHERE id > %s
"""


def measure(table: Table, run: Run) -> tuple[float, list[Cost]]:
    """Returns how many seconds after it came the last of a flood's reports was applied, with the workers running.

    And what 10,000 reports cost the web server, beside that of a bare project.
    """
    messages = Message.objects.filter(run=run, status="accepted").order_by("pk").values_list("gateway_id", "phone")
    bodies = [_body(*one) for one in messages[:POSTED]]
    with (
        web(BARE, "benchmarks.bare_settings") as bare,
        web(BARE, "benchmarks.barest_settings") as barest,
        web() as ours,
    ):
        took = _post_in_turns(
            bodies,
            bare=f"{bare.url}/dlr/receive",
            barest=f"{barest.url}/dlr/receive",
            ours=f"{ours.url}/dlr/receive/{settings.QSMS_DLR_TOKENS[0]}",
        )
        costs = _costs(ours, bare, bodies)
    table.add(f"store {len(bodies):,} reports, beside a bare project", len(bodies), took["ours"], took["bare"])
    table.add(f"store {len(bodies):,} reports, beside a bare view", len(bodies), took["ours"], took["barest"])
    with timed() as applied:
        while delivery.apply_waiting():
            pass
    assert totals(run).counts["delivered"] == len(bodies)
    table.add(f"apply {len(bodies):,} reports, beside storing", len(bodies), applied.seconds, took["ours"])
    bodies = [_body(*one) for one in messages[: 2 * POSTED]]
    return _longest_wait(table, bodies), costs


def _costs(ours: Web, bare: Web, bodies: list[bytes]) -> list[Cost]:
    """The web servers' processor alone, over 16 connections that stay, in turns; a report may come twice."""
    some = (bodies * (COSTED // len(bodies) + 1))[:COSTED]
    addresses = {
        f"{COSTED:,} reports taken by the web server": (ours, f"/dlr/receive/{settings.QSMS_DLR_TOKENS[0]}"),
        f"{COSTED:,} reports taken by a bare project": (bare, "/dlr/receive"),
    }
    seconds, units = dict.fromkeys(addresses, 0.0), []
    for turn in range(ROUNDS):
        for what, (server, path) in addresses.items():
            units.append(unit())
            with spent_by(server.pid) as spent:
                post_all(f"{server.url}{path}", some[turn::ROUNDS], CONNECTIONS)
            seconds[what] += spent.seconds
    each = statistics.median(units)
    return [Cost(what, spent / each, "units of the processor") for what, spent in seconds.items()]


def _longest_wait(table: Table, bodies: list[bytes]) -> float:
    last = DeliveryReport.objects.order_by("-pk").values_list("pk", flat=True)[0]
    ensure_redis()
    with web() as ours, workers(settings.QSMS_BASE_URL):
        with timed() as posted:
            post_all(f"{ours.url}/dlr/receive/{settings.QSMS_DLR_TOKENS[0]}", bodies, IN_FLIGHT)
        until = time.monotonic() + WITHIN
        while True:
            with connection.cursor() as cursor:
                cursor.execute(LATE, [last])
                longest, waiting = cursor.fetchone()
            if not waiting:
                break
            assert time.monotonic() < until, waiting
            time.sleep(0.5)
    table.add(f"flood of {len(bodies):,} reports, being applied", len(bodies), posted.seconds, posted.seconds)
    return float(longest)


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
