"""What was sent day by day: sums of the batches' tallies, never a count of messages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from campaigns.models import Message
from campaigns.reporting.progress import SENT

Status = Message.Status
STACKED = (Status.DELIVERED, Status.ACCEPTED, Status.UNDELIVERED)

BY_DAY = """
SELECT (b.posted_at AT TIME ZONE %(zone)s)::date, t.key, sum(t.value::int), sum(b.cost) FILTER (WHERE t.first)
FROM campaigns_batch b,
    LATERAL (SELECT key, value, row_number() OVER () = 1 AS first FROM jsonb_each_text(b.tally)) t
WHERE b.posted_at >= %(since)s AND b.status IN ('settled', 'uncertain')
GROUP BY 1, 2
"""


@dataclass
class DayFigures:
    """What the gateway took on one day, in the portal's zone, and what has become of it; cost in KES."""

    date: date
    counts: dict[str, int] = field(default_factory=dict)
    cost: Decimal = Decimal(0)

    @property
    def sent(self) -> int:
        return sum(self.counts.get(status, 0) for status in SENT)

    @property
    def delivered(self) -> int:
        return self.counts.get(Status.DELIVERED, 0)

    @property
    def undelivered(self) -> int:
        return self.counts.get(Status.UNDELIVERED, 0)

    @property
    def without_report(self) -> int:
        return self.sent - self.delivered - self.undelivered


@dataclass(frozen=True)
class BarPiece:
    """A rectangle of a bar that is 100 high, measured from its top."""

    status: str
    y: float
    height: float


@dataclass(frozen=True)
class Bar:
    day: DayFigures
    pieces: list[BarPiece]


def figures_by_day(days: int, today: date) -> list[DayFigures]:
    """So many days up to and with `today`, oldest first; days on which nothing went are there too."""
    first = today - timedelta(days=days - 1)
    found = {first + timedelta(days=number): DayFigures(first + timedelta(days=number)) for number in range(days)}
    since = timezone.make_aware(datetime.combine(first, time.min))
    with connection.cursor() as cursor:
        cursor.execute(BY_DAY, {"zone": timezone.get_current_timezone_name(), "since": since})
        for at, status, count, cost in cursor.fetchall():
            if day := found.get(at):
                day.counts[status] = int(count)
                day.cost += cost or 0
    return list(found.values())


def all_together(days: Iterable[DayFigures]) -> DayFigures:
    """All these days as one, dated as the last."""
    whole = DayFigures(date.min)
    for day in days:
        whole.date = day.date
        whole.cost += day.cost
        for status, count in day.counts.items():
            whole.counts[status] = whole.counts.get(status, 0) + count
    return whole


def stacked_bars(days: list[DayFigures]) -> list[Bar]:
    """The days as bars beside each other, the tallest one 100 high."""
    highest = max((day.sent for day in days), default=0) or 1
    return [Bar(day, bar_pieces((day.delivered, day.without_report, day.undelivered), highest)) for day in days]


def bar_pieces(counts: tuple[int, int, int], highest: int) -> list[BarPiece]:
    """Delivered, without a report and undelivered, one on the other, where `highest` is 100 high."""
    found, y = [], 100.0
    for status, count in zip(STACKED, counts, strict=True):
        height = 100 * count / highest
        y -= height
        if count:
            found.append(BarPiece(status.value, round(y, 2), round(height, 2)))
    return found
