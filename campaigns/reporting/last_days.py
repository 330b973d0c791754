"""The last seven days as Home tells them: sums of the day's figures, as reports have them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from campaigns.ledger.counted import counted_until
from campaigns.models import Campaign, Gate
from campaigns.reporting.report_chart import ReportChart, chart_of
from campaigns.reporting.report_query import ReportQuery
from campaigns.reporting.reports import Report, ReportRow, added_up, report_rows

DAYS = 7
MOST_CAMPAIGNS = 8
# A week says nothing of what is spent in a year.
FAR_AWAY = 90


@dataclass(frozen=True)
class LastDays:
    """`query`: the report that tells more. `as_of`: until when all that changed is counted; None: now."""

    query: ReportQuery
    days: list[tuple[date, ReportRow]]
    week: ReportRow
    before: ReportRow
    chart: ReportChart | None
    as_of: datetime | None

    @property
    def today(self) -> ReportRow:
        return self.days[-1][1]

    @property
    def more(self) -> str:
        """How much more, or less, than in the days before: "+12%". Empty where there was nothing before."""
        if not self.before.texts:
            return ""
        return f"{round(100 * (self.week.texts - self.before.texts) / self.before.texts):+,}%"


def last_days(today: date) -> LastDays:
    query = ReportQuery(today - timedelta(days=DAYS - 1), today)
    as_of = counted_until()
    both = report_rows(replace(query, first=query.before[0]), with_reasons=False)
    rows = both[DAYS:]
    week, before = added_up("total", "All", rows), added_up("before", "Before", both[:DAYS])
    days = [(query.first + timedelta(days=number), row) for number, row in enumerate(rows)]
    return LastDays(query, days, week, before, chart_of(Report(query, rows, week, before, as_of)), as_of)


def busiest_campaigns(query: ReportQuery) -> list[tuple[ReportRow, bool]]:
    """The same days by campaign, those with the most texts first, and whether it has a page: single texts have none."""
    rows = report_rows(replace(query, by="campaign"), with_reasons=False, most=MOST_CAMPAIGNS)
    there = {str(pk) for pk in Campaign.objects.filter(pk__in=[row.key for row in rows]).values_list("pk", flat=True)}
    return [(row, row.key in there) for row in rows]


def lasts_days(gate: Gate, week: ReportRow) -> int | None:
    """For how many whole days the balance lasts at the week's rate; None where that cannot be said, or is far away.

    Nothing was spent, the balance is not known, or the account is billed later: then it is below zero.
    """
    if gate.balance is None or gate.balance < 0 or week.cost <= 0:
        return None
    left = max(gate.balance - gate.spent_since, Decimal(0))
    days = int(left * DAYS / week.cost)
    return days if days <= FAR_AWAY else None
