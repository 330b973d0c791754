"""A report as bars: stacked over time, or lying under each other, largest first."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.reporting.bars import BarPiece, bar_pieces
from campaigns.reporting.report_query import BY_TIME
from campaigns.reporting.reports import Report, ReportRow

MOST_STANDING = 400
MOST_LYING = 15
BAR_WIDTH = 10
STEPS = (1, 2, 4, 5, 8, 10)


@dataclass(frozen=True)
class ReportBar:
    """`x`: where it stands beside others. A lying one is the same turned: measured from its end."""

    label: str
    texts: int
    x: int
    pieces: list[BarPiece]

    @property
    def lying(self) -> list[tuple[str, float, float]]:
        """Status, distance from the left, and length of each piece, where the largest bar is 100 long."""
        return [(one.status, round(100 - one.y - one.height, 2), one.height) for one in self.pieces]


@dataclass(frozen=True)
class ReportChart:
    """`scale`: what stands at the top and in the middle, 0 being the bottom; `more`: how many bars are not shown."""

    bars: list[ReportBar]
    scale: tuple[int, int]
    is_over_time: bool
    more: int = 0

    @property
    def width(self) -> int:
        return len(self.bars) * BAR_WIDTH


def chart_of(report: Report) -> ReportChart | None:
    """None where there would be fewer than two bars, or nothing in them, or too many to be told apart."""
    is_over_time = report.query.by in BY_TIME
    rows = report.rows if is_over_time else [row for row in report.rows if row.texts]
    highest = max((row.texts for row in rows), default=0)
    if len(rows) < 2 or not highest or (is_over_time and len(rows) > MOST_STANDING):
        return None
    top = _rounded_up(highest) if is_over_time else highest
    shown = rows if is_over_time else rows[:MOST_LYING]
    bars = [_bar(place, row, top) for place, row in enumerate(shown)]
    return ReportChart(bars, (top, top // 2), is_over_time, len(rows) - len(shown))


def _bar(place: int, row: ReportRow, top: int) -> ReportBar:
    counts = (row.delivered, row.no_report, row.undelivered)
    return ReportBar(row.label, row.texts, place * BAR_WIDTH, bar_pieces(counts, top))


def _rounded_up(highest: int) -> int:
    """The next even number that reads well: 2, 10, 40, 500 becomes the top of the scale."""
    if highest <= 2:
        return 2
    ten = 10 ** (len(str(highest)) - 1)
    return next(step * ten for step in STEPS if step * ten >= highest and step * ten % 2 == 0)
