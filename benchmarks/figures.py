"""Reports over three years of figures, and what counting the figures costs beside planning, sending and reporting.

Three years of 50 campaigns a day, 40 of which go every day, to three groups on four networks: 657,000 rows by
generate_series.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TextIO

from django.db import connection
from django.utils import timezone

from benchmarks import drain, planning
from benchmarks.growth import report_all
from benchmarks.measuring import Table, timed
from campaigns.ledger.counted import are_wanted
from campaigns.maintenance import day_figures
from campaigns.models import Campaign, Run, Sender
from campaigns.reporting.reports import BY, ReportQuery, report_of

YEARS = 3
ROUNDS = 5
CYCLES = 3
PAUSE = 2.0

DAYS = """
INSERT INTO campaigns_dayfigures (day, campaign, sender, source, who, network, group_name, delivered, undelivered,
    awaited, expired, not_known, refused, left_out, cancelled, waiting, parts, cost, planned, reasons, left_out_for,
    delays)
SELECT %(first)s::date + d, 1000000 + CASE WHEN c <= 40 THEN c ELSE d * 10 + c END, c %% 3, 'campaign',
    'user:' || c %% 7, network, grp, 90 + c, 5, 0, 2, 0, 1, 3, 0, 0, 100 + c, (100 + c) * 0.6, 0,
    '{"phone_off": 4, "no_such_number": 2}', '{"opted_out": 3}', ARRAY[20, 30, 20, 10 + c, 5, 3, 1, 1, 0, 0, 0, 0, 0, 0]
FROM generate_series(0, %(days)s - 1) d, generate_series(1, 50) c,
    unnest(ARRAY['Safaricom', 'Airtel', 'Telkom', '']) network, unnest(ARRAY['Loans', 'Savings', 'Shops']) grp
"""
ALL_CAMPAIGNS = """
INSERT INTO campaigns_dayfigures (day, campaign, sender, source, who, network, group_name, delivered, undelivered,
    awaited, expired, not_known, refused, left_out, cancelled, waiting, parts, cost, planned, reasons, left_out_for,
    delays)
SELECT day, -1, sender, source, who, network, group_name, sum(delivered), sum(undelivered), 0, sum(expired), 0,
    sum(refused), sum(left_out), 0, 0, sum(parts), sum(cost), 0,
    jsonb_build_object('phone_off', 4 * count(*), 'no_such_number', 2 * count(*)),
    jsonb_build_object('opted_out', 3 * count(*)),
    ARRAY[20 * count(*), 30 * count(*), 20 * count(*), sum(delays[4]), 5, 3, 1, 1, 0, 0, 0, 0, 0, 0]
FROM campaigns_dayfigures GROUP BY 1, 3, 4, 5, 6, 7
"""
COUNTING = "import django; django.setup(); from benchmarks.figures import count_on; count_on()"


def measure_reports(out: TextIO) -> None:
    """A line for each `by`: milliseconds of a month and of a year."""
    today = timezone.localdate()
    days = 365 * YEARS
    sender = Sender.objects.get_or_create(name="BENCH")[0]
    made = range(1, 40 + 10 * days + 1)
    Campaign.objects.bulk_create(
        (Campaign(pk=10**6 + n, name=f"campaign {n}", text="Dear", sender=sender) for n in made), batch_size=5_000
    )
    with connection.cursor() as cursor:
        cursor.execute(DAYS, {"first": today - timedelta(days=days - 1), "days": days})
        cursor.execute(ALL_CAMPAIGNS)
        cursor.execute("VACUUM ANALYZE campaigns_dayfigures")
        cursor.execute("SELECT count(*) FROM campaigns_dayfigures")
        (rows,) = cursor.fetchone()
    out.write(f"\n{f'a report over {rows:,} rows, ms, median':<44}{'a month':>12}{'a year':>12}\n")
    for by in BY:
        month, year = (_took(by, today, length) for length in (30, 365))
        out.write(f"{by:<44}{month:>12,.0f}{year:>12,.0f}\n")


def _took(by: str, today: date, days: int) -> float:
    found = []
    for _ in range(ROUNDS):
        with timed() as taken:
            report_of(ReportQuery(today - timedelta(days=days - 1), today, by))
        found.append(taken.seconds * 1000)
    return statistics.median(found)


def measure_counting(table: Table, texts: int) -> None:
    """How many texts are counted in a second beside what made them change, and the same work while another counts."""
    _cycle(texts, table)
    alone, beside = [], []
    for _ in range(CYCLES):
        alone.append(_cycle(texts))
        with counting_beside():
            beside.append(_cycle(texts))
    for place, what in enumerate(("plan", "drain", "report")):
        without, with_it = (statistics.median(one[place] for one in found) for found in (alone, beside))
        table.add(f"{what} {texts:,} being counted, and not", texts, with_it, without)


def _cycle(texts: int, table: Table | None = None) -> tuple[float, float, float]:
    """Seconds of planning, draining and reporting; with a table also what counting took after each."""
    with timed() as planned:
        run = planning.planned_again(texts)
    _count(table, "planning", texts, planned.seconds)
    drained = drain.drained(run, latency=0.0, in_flight=8)
    _count(table, "draining", texts, drained.seconds)
    with timed() as reported:
        report_all(Run.objects.get(pk=run.pk))
    _count(table, "reports", texts, reported.seconds)
    return planned.seconds, drained.seconds, reported.seconds


def _count(table: Table | None, after: str, texts: int, seconds: float) -> None:
    with timed() as counted:
        while day_figures.bring_up_to_date():
            pass
    if table is not None:
        table.add(f"count {texts:,} after {after}, beside it", texts, counted.seconds, seconds)


@contextmanager
def counting_beside() -> Iterator[None]:
    """Another process counts what changes, as the worker does: looked for every two seconds."""
    child = subprocess.Popen([sys.executable, "-c", COUNTING], stdout=subprocess.PIPE)
    assert child.stdout is not None
    try:
        child.stdout.readline()
        yield
    finally:
        child.terminate()
        child.wait()


def count_on() -> None:
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    while True:
        if are_wanted():
            while day_figures.bring_up_to_date() == day_figures.SLICE:
                pass
        time.sleep(PAUSE)
