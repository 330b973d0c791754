"""The days of a rule in the words of RFC 5545 (`FREQ=MONTHLY;BYMONTHDAY=31`), counted on local days.

Two things are other than in the RFC, as people mean them: day 29, 30 or 31 of a month that is shorter is its last day,
and 29 February is the 28th in other years. What a rule leaves open (the weekday of a weekly one) is its first day's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import islice
from typing import Any

from dateutil import rrule

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES: dict[str, Any] = {
    "DAILY": rrule.DAILY,
    "WEEKLY": rrule.WEEKLY,
    "MONTHLY": rrule.MONTHLY,
    "YEARLY": rrule.YEARLY,
}
MOST_TIMES = 1_000
LAST_SURE_DAY = 28
MOST_OF_A_MONTH = 5


@dataclass(frozen=True)
class Weekday:
    """A weekday by its number (0 is Monday), or the `nth` of a month: 2 the second, -1 the last; 0 every one."""

    number: int
    nth: int = 0

    @property
    def each_of_a_month(self) -> list[Weekday]:
        return [Weekday(self.number, nth) for nth in range(1, MOST_OF_A_MONTH + 1)]


@dataclass(frozen=True)
class Recurring:
    """A rule, checked by `reading`. `start` None: it has not begun, and begins with whatever day it is asked from."""

    freq: str
    time: time
    interval: int = 1
    weekdays: tuple[Weekday, ...] = ()
    month_days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    position: int = 0
    start: date | None = None
    until: date | None = None
    count: int | None = None

    def beginning(self, start: date) -> Recurring:
        """The rule as it is when it begins on `start`, unless it says itself when."""
        return self if self.start else replace(self, start=start)

    def days_from(self, first: date) -> Iterator[date]:
        """Its local days from `first` on, in order."""
        begun = self.beginning(first)
        assert begun.start is not None
        # Of a number of times, which one is the last is known only by counting from the first.
        from_there = begun.start if begun.count is not None else max(first, begun.start)
        for day in islice(begun._all_from(from_there), begun.count):
            if begun.until is not None and day > begun.until:
                return
            if day >= first:
                yield day

    def _all_from(self, first: date) -> Iterator[date]:
        begin = datetime.combine(self._period(first), time.min)
        together = rrule.rruleset()
        for one in self._rules(begin):
            together.rrule(one)
        for found in together:
            if found.date() >= first:
                yield found.date()

    def _period(self, first: date) -> date:
        """The beginning of the last period (day, week, month, year) not after `first` in which the rule counts.

        With an interval of 2 every second one counts from the start's on; to begin near `first` saves years of days.
        """
        assert self.start is not None
        if self.freq == "DAILY":
            return first - timedelta(days=(first - self.start).days % self.interval)
        if self.freq == "WEEKLY":
            monday = self.start - timedelta(days=self.start.weekday())
            return first - timedelta(days=(first - monday).days % (7 * self.interval))
        if self.freq == "MONTHLY":
            months = first.year * 12 + first.month - (self.start.year * 12 + self.start.month)
            year, month = divmod(first.year * 12 + first.month - 1 - months % self.interval, 12)
            return date(year, month + 1, 1)
        return date(first.year - (first.year - self.start.year) % self.interval, 1, 1)

    def _rules(self, begin: datetime) -> Iterator[rrule.rrule]:
        assert self.start is not None
        common: dict[str, Any] = {
            "dtstart": begin,
            "interval": self.interval,
            "bymonth": self.months or None,
            "wkst": rrule.MO,
        }
        if self.freq == "YEARLY" and not self.months:
            common["bymonth"] = self.start.month
        if self.weekdays or self.freq in ("DAILY", "WEEKLY"):
            yield rrule.rrule(
                FREQUENCIES[self.freq],
                byweekday=self._weekdays or None,
                bysetpos=self.position or None,
                **common,
            )
            return
        # Each month by itself, so that the last of 28, 29, 30, 31 in it is the day or the last day of the month.
        for month in self._months_alone:
            for day in self.month_days or (self.start.day,):
                short = abs(day) > LAST_SURE_DAY
                yield rrule.rrule(
                    FREQUENCIES[self.freq],
                    bymonthday=_up_to(day) if short else day,
                    bysetpos=(-1 if day > 0 else 1) if short else None,
                    **common | {"bymonth": month},
                )

    @cached_property
    def _months_alone(self) -> tuple[int | tuple[int, ...] | None, ...]:
        assert self.start is not None
        if self.freq == "YEARLY":
            return self.months or (self.start.month,)
        return (self.months or None,)

    @property
    def _weekdays(self) -> list[rrule.weekday]:
        assert self.start is not None
        chosen = self.weekdays
        if self.freq == "WEEKLY" and not chosen:
            chosen = (Weekday(self.start.weekday()),)
        if any(one.nth for one in chosen):
            # Beside numbered ones dateutil takes of the others only those that are both.
            chosen = tuple(nth for one in chosen for nth in ([one] if one.nth else one.each_of_a_month))
        return [rrule.weekday(one.number, one.nth or None) for one in chosen]


def _up_to(day: int) -> list[int]:
    """31 as 28, 29, 30, 31; -31 as -28, ..., -31."""
    return [LAST_SURE_DAY + more if day > 0 else -LAST_SURE_DAY - more for more in range(abs(day) - LAST_SURE_DAY + 1)]
