"""From a local day and a time on the wall to the moment that they mean, also where clocks are changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo


class Days(Protocol):
    """Anything that recurs on local days at a time."""

    @property
    def time(self) -> time: ...

    def beginning(self, start: date) -> Days: ...

    def days_from(self, first: date) -> Iterator[date]: ...


class Occurrence(NamedTuple):
    """One time of a schedule: its local day, which names it, and the moment."""

    day: date
    at: datetime


def moment(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The moment (UTC) at which clocks of `zone` show `wall` on `day`.

    A time that is skipped when clocks go forward is as much later; of one that comes twice it is the first.
    """
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)


def occurrences(schedule: Days, zone: ZoneInfo, after: datetime) -> Iterator[Occurrence]:
    """What of `schedule` comes after `after`, in order, without end where it has none."""
    first = first_day(schedule.time, zone, after)
    for day in schedule.beginning(first).days_from(first):
        yield Occurrence(day, moment(day, schedule.time, zone))


def first_day(wall: time, zone: ZoneInfo, after: datetime) -> date:
    """The first local day whose `wall` comes after `after`."""
    today = after.astimezone(zone).date()
    return today if moment(today, wall, zone) > after else today + timedelta(days=1)
