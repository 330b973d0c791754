"""The address of a report, which can be kept: its parameters, changed here and there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from urllib.parse import urlencode

from campaigns.reporting.log_search import MOST_DAYS
from campaigns.reporting.report_query import BY_TIME, FILTERS, ReportQuery
from campaigns.reporting.reports import ReportRow

PERIOD_WORDS = {
    "this-week": "This week",
    "last-week": "Last week",
    "this-month": "This month",
    "last-month": "Last month",
    "this-quarter": "This quarter",
    "last-quarter": "Last quarter",
    "this-year": "This year",
    "last-year": "Last year",
}
TWO_DATES = "dates"
USUAL = "this-month"
DATES = ("from", "to")
NAMES = ("period", *DATES, "by", *FILTERS)
FILTER_OF = {"campaign": "campaign", "sender": "sender", "network": "network", "group": "group", "user": "who",
    "source": "source"}  # fmt: skip


def params_of(given: Mapping[str, str]) -> dict[str, str]:
    """What a form or an address asks for, without what it leaves open; two dates only where no period is chosen."""
    found = {name: given[name].strip() for name in NAMES if given.get(name, "").strip()}
    if found.get("period") == TWO_DATES:
        del found["period"]
    elif "period" in found:
        found = {name: value for name, value in found.items() if name not in DATES}
    if not found.keys() & {"period", *DATES}:
        found["period"] = USUAL
    return found


def written(params: Mapping[str, str], changes: Mapping[str, str] | None = None) -> str:
    """As it stands behind the `?`; an empty change takes that parameter off."""
    wanted = {**params, **(changes or {})}
    return urlencode({name: wanted[name] for name in NAMES if wanted.get(name)})


def texts_for(query: ReportQuery, reason: str, today: date) -> str:
    """The parameters of Texts that show the texts of this reason; empty where its filters cannot say which.

    Of more days than Texts shows at once, the last ones.
    """
    if not reason or query.group == "":
        return ""
    last = max(min(query.last, today), query.first)
    first = query.first if query.campaign else max(query.first, last - timedelta(days=MOST_DAYS - 1))
    found = {**query.as_params(), "from": first.isoformat(), "to": last.isoformat(), "reason": reason}
    return urlencode({name: value for name, value in found.items() if name != "by"})


def leads_to(query: ReportQuery, params: Mapping[str, str], row: ReportRow) -> str:
    """The report of that row alone: a time by campaign, single texts by day, others by campaign."""
    if query.by in BY_TIME:
        first, last = days_of_row(query, row)
        return written(params, {"period": "", "by": "campaign", "from": first.isoformat(), "to": last.isoformat()})
    return written(params, {"by": "day" if query.by == "campaign" else "campaign", FILTER_OF[query.by]: row.key})


def days_of_row(query: ReportQuery, row: ReportRow) -> tuple[date, date]:
    """First and last day of a row over time, as far as they are in the report."""
    start = date.fromisoformat(row.key if query.by != "month" else f"{row.key}-01")
    if query.by == "month":
        end = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    else:
        end = start + timedelta(days=6 if query.by == "week" else 0)
    return max(start, query.first), min(end, query.last)
