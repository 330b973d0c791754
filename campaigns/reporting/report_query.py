"""What a report is asked: its days, by what its rows are, and what it is narrowed to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from campaigns.models import Message

BY = ("day", "week", "month", "campaign", "sender", "network", "group", "user", "source")
BY_TIME = ("day", "week", "month")
PERIODS = (
    "this-week", "last-week", "this-month", "last-month", "this-quarter", "last-quarter", "this-year", "last-year",
)  # fmt: skip
FILTERS = ("campaign", "sender", "network", "group", "who", "source")
# In addresses and keys: no network was said, there was no group, the portal itself sent it.
NONE = "-"
MOST_DAYS = 3_660
LARGEST_NUMBER = 2**63 - 1
_who = re.compile(r"(user|key):[1-9]\d{0,17}")
_iso = re.compile(r"\d{4}-\d\d-\d\d")


class BadQuery(ValueError):
    """`fields`: what is wrong, by parameter, in words."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(" ".join(fields.values()))
        self.fields = fields


@dataclass(frozen=True)
class ReportQuery:
    """Days in the portal's zone, both included. A filter that is None takes all; "" and 0: what has none."""

    first: date
    last: date
    by: str = "day"
    campaign: int | None = None
    sender: int | None = None
    network: str | None = None
    group: str | None = None
    who: str | None = None
    source: str | None = None

    @property
    def before(self) -> tuple[date, date]:
        """The days just before: of whole months as many months, else as many days."""
        last = self.first - timedelta(days=1)
        if self.first.day == 1 and (self.last + timedelta(days=1)).day == 1:
            return _months_on(self.first, -self._months), last
        return self.first - (self.last - self.first) - timedelta(days=1), last

    @property
    def _months(self) -> int:
        return 12 * (self.last.year - self.first.year) + self.last.month - self.first.month + 1

    def as_params(self) -> dict[str, str]:
        """As `read_query` reads it, for an address that can be kept."""
        told = {"from": self.first.isoformat(), "to": self.last.isoformat(), "by": self.by}
        for name in FILTERS:
            if (value := getattr(self, name)) is not None:
                told[name] = str(value) or NONE
        return told


def read_query(params: Mapping[str, str], today: date) -> ReportQuery:
    """`period` or `from` and `to` (neither: this month), `by` and the filters; empty ones are as if not there.

    Raises BadQuery, which names every parameter that cannot be used.
    """
    asked = {name: value.strip() for name, value in params.items() if value.strip()}
    wrong: dict[str, str] = {}
    first, last = _days(asked, today, wrong)
    by = asked.get("by", "day")
    if by not in BY:
        wrong["by"] = f"“{by}” is none of {', '.join(BY)}."
    campaign, sender = (_number(asked, name, wrong) for name in ("campaign", "sender"))
    network, group, who = (_said(asked, name, wrong) for name in ("network", "group", "who"))
    if who and not _who.fullmatch(who):
        wrong["who"] = f"“{who}” is nobody: it is user:3, or key:5, or {NONE}."
    source = asked.get("source")
    if source is not None and source not in Message.Source.values:
        wrong["source"] = f"“{source}” is none of {', '.join(Message.Source.values)}."
    if wrong:
        raise BadQuery(wrong)
    return ReportQuery(first, last, by, campaign, sender, network, group, who, source)


def days_of(period: str, today: date) -> tuple[date, date]:
    """First and last day of one of PERIODS; weeks begin on Monday."""
    which, _, length = period.partition("-")
    if length == "week":
        first = today - timedelta(days=today.weekday() + (7 if which == "last" else 0))
        return first, first + timedelta(days=6)
    months = {"month": 1, "quarter": 3, "year": 12}[length]
    first = date(today.year, (today.month - 1) // months * months + 1, 1)
    if which == "last":
        first = _months_on(first, -months)
    return first, _months_on(first, months) - timedelta(days=1)


def _months_on(first: date, months: int) -> date:
    """The first of the month so many months on."""
    years, month = divmod(first.month - 1 + months, 12)
    return date(max(first.year + years, 1), month + 1, 1)


def _days(asked: Mapping[str, str], today: date, wrong: dict[str, str]) -> tuple[date, date]:
    """What is wrong with them is added to `wrong`."""
    given = [name for name in ("from", "to") if name in asked]
    period = asked.get("period", "this-month")
    if not given:
        if period in PERIODS:
            return days_of(period, today)
        wrong["period"] = f"“{period}” is none of {', '.join(PERIODS)}."
        return today, today
    if "period" in asked:
        wrong["period"] = "Give either a period or two days, not both."
    first, last = (_day(asked, name, wrong) for name in ("from", "to"))
    if first is None or last is None:
        return today, today
    if last < first:
        wrong["to"] = "The last day is before the first."
    elif (last - first).days >= MOST_DAYS:
        wrong["from"] = "A report is of ten years at most."
    return first, last


def _day(asked: Mapping[str, str], name: str, wrong: dict[str, str]) -> date | None:
    written = asked.get(name)
    if written is None:
        wrong[name] = f"Say the {'first' if name == 'from' else 'last'} day too."
        return None
    try:
        day = date.fromisoformat(written) if _iso.fullmatch(written) else None
    except ValueError:
        day = None
    if day is None or not 2000 <= day.year < 2200:
        wrong[name] = f"“{written}” is no day: write it as 2026-11-30."
        return None
    return day


def _number(asked: Mapping[str, str], name: str, wrong: dict[str, str]) -> int | None:
    written = asked.get(name)
    if written is None:
        return None
    if not (written.isascii() and written.isdigit()) or len(written) > 19 or int(written) > LARGEST_NUMBER:
        wrong[name] = f"“{written}” is no number of a {name}."
        return None
    return int(written)


def _said(asked: Mapping[str, str], name: str, wrong: dict[str, str]) -> str | None:
    written = asked.get(name)
    if written is not None and "\0" in written:
        wrong[name] = f"There is no such {name}."
    return "" if written == NONE else written
