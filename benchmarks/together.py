"""All at once: a run planned, sent and reported by the portal's own processes, with its page asked for meanwhile."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from accounts.models import User
from benchmarks.costs import Cost
from benchmarks.machine import spent_by, unit
from benchmarks.measuring import Table
from benchmarks.planning import TEXT
from benchmarks.processes import Web, web, workers
from campaigns.gateway.simulator.process import SimulatorProcess
from campaigns.ledger.tallies import totals
from campaigns.models import Campaign, CampaignGroup, Run, Sender
from contacts.models import ContactGroup
from qsms_portal.embedded import ensure_redis

WITHIN = 300.0
LATENCY = 0.05
POSTS_AT_ONCE = 16
UNITS = 3


def measure(table: Table, texts: int) -> tuple[float, Cost]:
    """Adds texts a second from the launch to the last report.

    Returns the campaign's page meanwhile, median in ms, and the processor seconds of web, workers and servers together.
    """
    campaign = Campaign.objects.create(
        name="all at once", text=TEXT, sender=Sender.objects.get(name="BENCH"), status=Campaign.Status.ACTIVE
    )
    CampaignGroup.objects.create(campaign=campaign, group=ContactGroup.objects.get(), position=0)
    with _portal() as ours, SimulatorProcess(chaos=_chaos()) as simulator:
        simulator.post_reports_to(f"{ours.url}/dlr/receive/{settings.QSMS_DLR_TOKENS[0]}")
        units = [unit() for _ in range(UNITS)]
        with (
            workers(simulator.url, POSTS_AT_ONCE) as working,
            spent_by(ours.pid, *working, data_dir=settings.DATA_DIR) as spent,
        ):
            pages: list[float] = []
            start = time.perf_counter()
            run = Run.objects.create(campaign=campaign, scheduled_for=timezone.now())
            stop = threading.Event()
            looking = threading.Thread(target=_look, args=[campaign.pk, pages, stop])
            looking.start()
            _until_reported(run, texts)
            seconds = time.perf_counter() - start
            stop.set()
            looking.join()
            assert simulator.summary()["accepted"] == texts
    table.add(f"all at once: {texts:,} texts, plan to report", texts, seconds, seconds)
    units += [unit() for _ in range(UNITS)]
    cost = Cost(
        f"{texts:,} texts planned, sent and reported",
        spent.seconds / statistics.median(units),
        "units of the processor",
    )
    return statistics.median(pages) * 1000, cost


def _chaos() -> dict[str, object]:
    return {"latency": LATENCY, "report_delay": [0.5, 2.0]}


def _until_reported(run: Run, texts: int) -> None:
    until = time.monotonic() + WITHIN
    while True:
        counts = totals(run).counts
        if counts["delivered"] + counts["undelivered"] == texts:
            return
        assert time.monotonic() < until, counts
        time.sleep(0.5)


def _look(campaign: int, pages: list[float], stop: threading.Event) -> None:
    client = Client(SERVER_NAME="localhost")
    user, _ = User.objects.get_or_create(username="watcher", is_superuser=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    while not stop.is_set():
        start = time.perf_counter()
        assert client.get(f"/campaigns/{campaign}").status_code == 200
        pages.append(time.perf_counter() - start)
        stop.wait(1.0)
    connections.close_all()


@contextmanager
def _portal() -> Iterator[Web]:
    ensure_redis()
    connection.close()
    with web() as ours:
        yield ours
