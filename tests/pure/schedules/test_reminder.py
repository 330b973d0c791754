"""The dates that a reminder means."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import schedules
from campaigns.schedules import Stage
from campaigns.schedules.reminder import anniversary, days_of_year


def reminder(*stages, **more):
    listed = [{"days_before": -one} if one <= 0 else {"days_after": one} for one in stages]
    return schedules.read_schedule({"field": "due_date", "time": "09:00", "stages": listed, **more})


@pytest.mark.parametrize(
    "stages, stage, catch_up, expected",
    [
        ([-3], -3, 0, "11-29"),
        ([-3], -3, 1, "11-29 11-28"),
        ([0], 0, 2, "11-26 11-25 11-24"),
        ([3], 3, 1, "11-23 11-22"),
        # Of somebody due tomorrow the stage of today speaks, not the one that yesterday's run could not know of.
        ([-1, 0], -1, 1, "11-27"),
        ([-3, -1], -3, 1, "11-29 11-28"),
        ([-3, -1], -3, 5, "11-29 11-28"),
    ],
)
def test_the_dates_that_a_day_s_run_means(stages, stage, catch_up, expected):
    found = reminder(*stages).dates(Stage(stage), date(2026, 11, 26), catch_up)
    assert " ".join(f"{one:%m-%d}" for one in found) == expected


@pytest.mark.parametrize(
    "value, day, yearly, expected",
    [
        ("2026-11-26", "2026-11-26", False, "2026-11-26"),
        ("2025-11-26", "2026-11-26", False, None),
        ("1990-11-26", "2026-11-26", True, "2026-11-26"),
        ("2026-11-26", "2026-11-26", True, "2026-11-26"),
        ("2027-11-26", "2026-11-26", True, None),  # it has not begun yet
        ("1992-02-29", "2027-02-28", True, "2027-02-28"),
        ("1992-02-29", "2028-02-28", True, None),
        ("1992-02-29", "2028-02-29", True, "2028-02-29"),
        ("1991-02-28", "2027-02-28", True, "2027-02-28"),
        ("soon", "2026-11-26", True, None),
        ("", "2026-11-26", False, None),
    ],
)
def test_the_date_that_a_value_stands_for(value, day, yearly, expected):
    found = reminder(0, yearly=yearly).stands_for(value, [date.fromisoformat(day)])
    assert found == (date.fromisoformat(expected) if expected else None)


def test_a_stage_before_a_birthday_crosses_the_year():
    birthdays = reminder(-7, yearly=True)
    dates = birthdays.dates(Stage(-7), date(2026, 12, 27), 0)
    assert birthdays.stands_for("1990-01-03", dates) == date(2027, 1, 3)


@given(st.dates(date(1900, 1, 1), date(2090, 12, 31)), st.integers(1900, 2090))
def test_everybody_has_one_anniversary_a_year_and_its_day_finds_them(born, year):
    day = anniversary(born, year)
    assert day.year == year
    assert f"{born:%m-%d}" in days_of_year(day)
    assert sum(f"{born:%m-%d}" in days_of_year(date.fromordinal(day.toordinal() + more)) for more in (-1, 0, 1)) == 1
