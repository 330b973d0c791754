"""`make bench`: plan, drain and report 100,000 texts beside bare loops, then all at once, on servers of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
os.environ["PORTAL_DATA_DIR"] = str(ROOT / ".local" / "bench")
os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

import django  # noqa: E402

django.setup()

from benchmarks import drain, importing, pages, planning, reports, together  # noqa: E402
from benchmarks.measuring import Table, fresh_database  # noqa: E402

TEXTS = int(os.environ.get("BENCH_TEXTS", "100000"))
ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))


def main(only: list[str]) -> None:
    """All of it, or with `importing` the spreadsheets alone."""
    if only == ["importing"]:
        with fresh_database():
            importing.show(importing.measure(ROWS), ROWS, sys.stdout)
        return
    table = Table()
    with fresh_database():
        imported = list(importing.measure(ROWS))
    with fresh_database():
        run = planning.measure(table, TEXTS)
        drain.measure(table, run, latency=0.05, in_flight=8)
        for latency, in_flight in ((0.05, 16), (0.0, 8)):
            drain.measure(table, planning.planned_again(TEXTS), latency=latency, in_flight=in_flight)
        reports.measure(table, run)
        page = together.measure(table, TEXTS)
        shown = pages.measure(ROWS)
    table.show(sys.stdout)
    sys.stdout.write(f"\nthe campaign's page meanwhile, median: {page:.0f} ms\n")
    pages.show(shown, ROWS, sys.stdout)
    importing.show(imported, ROWS, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
