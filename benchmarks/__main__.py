"""`make bench`: render, plan, drain and report texts beside bare loops, then all at once, on servers of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
os.environ["PORTAL_DATA_DIR"] = str(ROOT / ".local" / "bench")
os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

import django  # noqa: E402

django.setup()

from benchmarks import (  # noqa: E402
    callbacks,
    dated,
    drain,
    figures,
    groups,
    growth,
    importing,
    log,
    pages,
    planning,
    reports,
    schedules,
    siblings,
    texts,
    together,
    whole,
)
from benchmarks.costs import Cost, keep, show  # noqa: E402
from benchmarks.measuring import Table, fresh_database  # noqa: E402
from contacts.models import ContactGroup  # noqa: E402
from qsms_portal.version import version  # noqa: E402

TEXTS = int(os.environ.get("BENCH_TEXTS", "100000"))
OLD = int(os.environ.get("BENCH_OLD", "1000000"))
TOLD = int(os.environ.get("BENCH_TOLD", "10000"))
ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))


def main(only: list[str]) -> None:
    """All of it; with `importing` spreadsheets alone, with `siblings` the rows of one number, with `dated` the claims
    beside what scripts have dated, with `costs` the costs.

    With `pages` pages over a million rows, with `log` Messages and Reports over 1,000,000 texts, with BIG=1 over ten
    times as many.
    With `figures` reports over three years, and what counting their figures costs.
    With `callbacks` what it costs that keys are told. `keep` makes the costs the release's.
    """
    if only == ["importing"]:
        with fresh_database():
            importing.show(importing.measure(ROWS), ROWS, sys.stdout)
        return
    if only in (["costs"], ["keep"]):
        found = costs_alone()
        show(found, sys.stdout)
        if only == ["keep"]:
            keep(found, version())
        return
    if only == ["callbacks"]:
        table = Table()
        with fresh_database():
            planning.measure(table, TOLD)
            callbacks.measure(table, TOLD, sys.stdout)
        table.show(sys.stdout)
        return
    if only == ["pages"]:
        with fresh_database():
            pages.show(pages.measure(ROWS), ROWS, sys.stdout)
        return
    if only == ["log"]:
        with fresh_database():
            log.show(log.measure(), log.TEXTS, sys.stdout)
        return
    if only == ["figures"]:
        figures_alone()
        return
    if only == ["siblings"]:
        with fresh_database():
            siblings.show(siblings.measure(ROWS), ROWS, sys.stdout)
        return
    if only == ["dated"]:
        with fresh_database():
            dated.show(dated.measure(TEXTS), sys.stdout)
        return
    table = Table()
    texts.measure(table, ROWS)
    with fresh_database():
        imported = list(importing.measure(ROWS))
    with fresh_database():
        of_numbers = siblings.measure(ROWS)
    with fresh_database():
        planning.measure(table, TOLD)
        callbacks.measure(table, TOLD, sys.stdout)
    with fresh_database():
        run = planning.measure(table, TEXTS)
        drain.measure(table, run, latency=0.05, in_flight=8)
        for latency, in_flight in ((0.05, 16), (0.0, 8)):
            drain.measure(table, planning.planned_again(TEXTS), latency=latency, in_flight=in_flight)
        late, costs = reports.measure(table, run)
        page, cost = together.measure(table, TEXTS)
        growth.measure(table, min(TEXTS, 100_000), OLD)
        shown = pages.measure(ROWS)
        group = groups.filled(ROWS)
        found = groups.measure(group)
        estimated = texts.estimates(ContactGroup.objects.get(name="pages"))
        times = schedules.measure(ROWS)
    with fresh_database():
        claims = dated.measure(TEXTS)
    with fresh_database():
        listed = log.measure()
    table.show(sys.stdout)
    sys.stdout.write(f"\nof a flood of reports the last was applied {late:.1f} s after it came")
    sys.stdout.write(f"\nthe campaign's page meanwhile, median: {page:.0f} ms\n")
    pages.show(shown, ROWS, sys.stdout)
    groups.show(found, ROWS, sys.stdout)
    texts.show(estimated, ROWS, sys.stdout)
    schedules.show(times, sys.stdout)
    importing.show(imported, ROWS, sys.stdout)
    siblings.show(of_numbers, ROWS, sys.stdout)
    dated.show(claims, sys.stdout)
    show([*costs, cost, *whole.measure()], sys.stdout)
    log.show(listed, log.TEXTS, sys.stdout)


def figures_alone() -> None:
    table = Table()
    with fresh_database():
        planning.measure(table, TEXTS)
        figures.measure_counting(table, TEXTS)
    table.show(sys.stdout)
    with fresh_database():
        figures.measure_reports(sys.stdout)


def costs_alone() -> list[Cost]:
    """What the costs need and no more: some minutes instead of an hour."""
    table = Table()
    with fresh_database():
        run = planning.measure(table, TEXTS)
        drain.measure(table, run, latency=0.05, in_flight=16)
        _, costs = reports.measure(table, run)
        _, cost = together.measure(table, TEXTS)
    table.show(sys.stdout)
    return [*costs, cost, *whole.measure()]


if __name__ == "__main__":
    main(sys.argv[1:])
