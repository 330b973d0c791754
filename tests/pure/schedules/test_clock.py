"""Wall clocks: days in, moments out."""

from datetime import UTC, date, datetime, time
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from campaigns import schedules

NAIROBI = ZoneInfo("Africa/Nairobi")


@pytest.mark.parametrize(
    "zone, day, wall, moment",
    [
        ("Africa/Nairobi", "2026-11-26", "09:00", "2026-11-26T06:00"),
        ("Europe/Berlin", "2026-03-28", "09:00", "2026-03-28T08:00"),
        ("Europe/Berlin", "2026-03-29", "09:00", "2026-03-29T07:00"),
        ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T01:30"),  # the clocks never show it: 03:30
        ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:30"),  # they show it twice: the first
        ("America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30"),
        ("Africa/Cairo", "2026-04-24", "00:00", "2026-04-23T22:00"),  # midnight is skipped there
        ("Asia/Kathmandu", "2026-11-26", "09:00", "2026-11-26T03:15"),
    ],
)
def test_the_moment_of_a_wall_clock(zone, day, wall, moment):
    found = schedules.moment(date.fromisoformat(day), time.fromisoformat(wall), ZoneInfo(zone))
    assert found == datetime.fromisoformat(moment).replace(tzinfo=UTC)


def test_nine_o_clock_stays_nine_o_clock_when_clocks_change():
    london = ZoneInfo("Europe/London")
    daily = schedules.read_schedule({"rrule": "FREQ=DAILY", "time": "09:00"})
    found = islice(schedules.occurrences(daily, london, datetime(2026, 3, 28, 7, tzinfo=UTC)), 3)
    assert [(str(one.day), one.at.hour) for one in found] == [("2026-03-28", 9), ("2026-03-29", 8), ("2026-03-30", 8)]


@pytest.mark.parametrize("at, first", [("05:59", "2026-11-26"), ("06:00", "2026-11-27"), ("06:01", "2026-11-27")])
def test_a_schedule_begins_with_the_first_time_that_is_still_to_come(at, first):
    now = datetime.combine(date(2026, 11, 26), time.fromisoformat(at), tzinfo=UTC)
    daily = schedules.read_schedule({"rrule": "FREQ=DAILY;COUNT=2", "time": "09:00"})
    assert str(next(schedules.occurrences(daily, NAIROBI, now)).day) == first
