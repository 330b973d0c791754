"""A run over time: what the gateway took in each step and what has become of it, from its batches' tallies."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.utils import timezone

from campaigns.models import Run
from campaigns.reporting.bars import BarPiece, bar_pieces

MOST_STEPS = 48
STEPS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=7),
)
DAY = timedelta(days=1)
UNITS = (
    (DAY, "a day", "days"),
    (timedelta(hours=1), "an hour", "hours"),
    (timedelta(minutes=1), "a minute", "minutes"),
)

BY_MINUTE = """
SELECT date_trunc('minute', posted_at),
    sum(coalesce((tally->>'delivered')::int, 0)), sum(coalesce((tally->>'undelivered')::int, 0)),
    sum(coalesce((tally->>'accepted')::int, 0) + coalesce((tally->>'expired')::int, 0))
FROM campaigns_batch WHERE run_id = %s AND posted_at IS NOT NULL GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True)
class Step:
    """One bar: what the gateway took from `at` on, in three kinds."""

    at: datetime
    delivered: int
    undelivered: int
    without_report: int
    pieces: list[BarPiece]

    @property
    def sent(self) -> int:
        return self.delivered + self.undelivered + self.without_report


@dataclass(frozen=True)
class Timeline:
    """The bars of a run, each as long as `step`; steps in which nothing went are there too."""

    step: timedelta
    steps: list[Step]

    @property
    def is_worth_a_chart(self) -> bool:
        return len(self.steps) > 1

    @property
    def words(self) -> str:
        """How long a bar is: "a minute", "6 hours"."""
        length, one, many = next(unit for unit in UNITS if self.step >= unit[0])
        return one if self.step == length else f"{self.step // length} {many}"

    @property
    def shows_days(self) -> bool:
        return self.step >= DAY


def timeline_of(run: Run) -> Timeline:
    """The run in at most 48 steps, in the portal's zone; the last length of step holds whatever comes."""
    with connection.cursor() as cursor:
        cursor.execute(BY_MINUTE, [run.pk])
        minutes = cursor.fetchall()
    if not minutes:
        return Timeline(STEPS[0], [])
    first, last = (timezone.localtime(row[0]) for row in (minutes[0], minutes[-1]))
    step = next((one for one in STEPS if _floor(last, one) - _floor(first, one) < one * MOST_STEPS), STEPS[-1])
    sums: dict[datetime, Counter[str]] = {}
    at = _floor(first, step)
    while at <= last:
        sums[at] = Counter()
        at += step
    for minute, delivered, undelivered, without_report in minutes:
        counts = sums[_floor(timezone.localtime(minute), step)]
        counts.update(delivered=int(delivered), undelivered=int(undelivered), without_report=int(without_report))
    highest = max(counts.total() for counts in sums.values()) or 1
    return Timeline(step, [_step(at, counts, highest) for at, counts in sums.items()])


def _step(at: datetime, counts: Counter[str], highest: int) -> Step:
    stacked = counts["delivered"], counts["without_report"], counts["undelivered"]
    return Step(at, counts["delivered"], counts["undelivered"], counts["without_report"], bar_pieces(stacked, highest))


def _floor(at: datetime, step: timedelta) -> datetime:
    """The beginning of the step that `at` is in, counted from a midnight of its own zone."""
    midnight = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday
    wall = at.replace(tzinfo=UTC)
    return (wall - (wall - midnight) % step).replace(tzinfo=at.tzinfo)
