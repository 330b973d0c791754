"""Reminders of a date that each person has: which dates a day's run means, and when a date's moment is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

# Of a date and time, 2026-12-05T09:30, the day is what a reminder is about.
DAY_LETTERS = 10


@dataclass(frozen=True, order=True)
class Stage:
    """So many days after the date; fewer than none are before it."""

    days: int

    @property
    def key(self) -> str:
        """Its name in runs and reminder keys: `before_7`, `on_day`, `after_3`."""
        if self.days == 0:
            return "on_day"
        return f"before_{-self.days}" if self.days < 0 else f"after_{self.days}"

    @classmethod
    def named(cls, key: str) -> Stage:
        """The stage of that name."""
        side, _, days = key.partition("_")
        return cls(0 if side == "on" else int(days) if side == "after" else -int(days))


@dataclass(frozen=True)
class Reminder:
    """Days before, on or after a date field, at a time. It recurs daily; a day's run means those whose date fits."""

    field: str
    time: time
    stages: tuple[Stage, ...]
    yearly: bool = False
    start: date | None = None
    until: date | None = None

    def beginning(self, _start: date) -> Reminder:
        return self

    def days_from(self, first: date) -> Iterator[date]:
        """Every day until it ends."""
        day = max(first, self.start) if self.start else first
        while self.until is None or day <= self.until:
            yield day
            day += timedelta(days=1)

    def stage(self, key: str) -> Stage:
        """The stage of that name. KeyError: it has been taken out of the campaign."""
        return {one.key: one for one in self.stages}[key]

    def dates(self, stage: Stage, day: date, catch_up: int) -> list[date]:
        """The dates that the run of `day` means, the newest first: today's, and those of the catch-up days before.

        A later stage that has come meanwhile speaks for an earlier one: nobody gets two texts of a date on one day.
        """
        following = min((one.days for one in self.stages if one.days > stage.days), default=None)
        most = catch_up if following is None else min(catch_up, following - stage.days - 1)
        return [day - timedelta(days=stage.days + late) for late in range(most + 1)]

    def stands_for(self, value: str, dates: list[date]) -> date | None:
        """Which of `dates` a person's value means: itself, or this year's anniversary of it. None: none of them."""
        try:
            own = date.fromisoformat(value[:DAY_LETTERS])
        except ValueError:
            return None
        for one in dates:
            if one == (anniversary(own, one.year) if self.yearly else own) and own <= one:
                return one
        return None

    def stands_for_from(self, value: date, first: date) -> date:
        """The date that `value` stands for at or after `first`, where it recurs yearly; else itself."""
        if not self.yearly:
            return value
        year = max(first.year, value.year)
        found = anniversary(value, year)
        return found if found >= first else anniversary(value, year + 1)


def anniversary(value: date, year: int) -> date:
    """The day of `value` in `year`; 29 February is the 28th in a year that has none."""
    try:
        return value.replace(year=year)
    except ValueError:
        return value.replace(year=year, day=28)


def days_of_year(day: date) -> list[str]:
    """The `MM-DD` of dates whose anniversary is on `day`: two on 28 February of a year without a 29th."""
    own = f"{day:%m-%d}"
    return [own, "02-29"] if own == "02-28" and anniversary(date(2024, 2, 29), day.year) == day else [own]
