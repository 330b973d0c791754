"""Who has a report open all the while, by one thing after the other; and whether it says what is there in the end."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from itertools import cycle

from django.db import connections
from django.utils import timezone

from campaigns.ledger.counted import are_wanted
from campaigns.ledger.figures import COLUMNS
from campaigns.maintenance.figures_check import differences
from campaigns.models import Message, Run
from campaigns.reporting.reports import BY, Report, ReportQuery, report_of
from tests.chaos.stage import patiently

PAUSE = 0.2
COUNTS = sorted(set(COLUMNS.values()))


class Reader(threading.Thread):
    """`read` counts reports, those that were as of earlier among them; `wrong` those that cannot have been right."""

    def __init__(self, texts: int) -> None:
        super().__init__(daemon=True)
        self.texts, self.read, self.wrong = texts, Counter[str](), 0
        self.trouble: Exception | None = None
        self._enough = threading.Event()

    def stop(self) -> None:
        self._enough.set()
        self.join()
        if self.trouble:
            raise self.trouble

    def run(self) -> None:
        try:
            for by in cycle(BY):
                if self._enough.wait(PAUSE):
                    break
                report = patiently(lambda by=by: report_of(these_days(by)))  # type: ignore[misc]
                self.read["reports asked meanwhile"] += 1
                self.read["reports that were as of earlier"] += report.as_of is not None
                self.wrong += not self._can_be(report)
        except Exception as error:
            self.trouble = error
        finally:
            connections.close_all()

    def _can_be(self, report: Report) -> bool:
        """No text is counted twice, and none taken away that was not there."""
        counts = [getattr(row.figures, name) for row in report.rows for name in COUNTS]
        return min(counts, default=0) >= 0 and sum(counts) <= self.texts


def these_days(by: str = "day") -> ReportQuery:
    """So that midnight may come meanwhile."""
    today = timezone.localdate()
    return ReportQuery(today - timedelta(days=1), today + timedelta(days=1), by)


def all_counted() -> bool:
    return patiently(lambda: not are_wanted())


def figures_apart(run: Run) -> dict[str, int]:
    """Of a portal in which nothing changes any more, and which has this run alone."""
    found = [one.words for one in differences()]
    print(*found[:20], sep="\n")
    stands = report_of(these_days()).total.figures
    there = Counter(COLUMNS[status] for status in Message.objects.filter(run=run).values_list("status", flat=True))
    return {
        "figures of batches and days that are not the texts'": len(found),
        "texts that the report has too many, or too few": sum(
            abs(getattr(stands, name) - there[name]) for name in COUNTS
        ),
    }
