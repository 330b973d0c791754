"""Rules, reminders and wall clocks: text in, days and moments out."""

from datetime import UTC, date, datetime, time
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import schedules
from campaigns.schedules import BadSchedule, Stage
from campaigns.schedules.reminder import anniversary, days_of_year

NAIROBI = ZoneInfo("Africa/Nairobi")


def rule(text, **more):
    return schedules.read_schedule({"rrule": text, "time": "09:00", "from": "2026-11-26", **more})


def days(schedule, first="2026-11-26", most=5):
    return " ".join(f"{day:%y-%m-%d}" for day in islice(schedule.days_from(date.fromisoformat(first)), most))


@pytest.mark.parametrize(
    "text, expected",
    [
        ("FREQ=DAILY", "26-11-26 26-11-27 26-11-28 26-11-29 26-11-30"),
        ("FREQ=DAILY;INTERVAL=3", "26-11-26 26-11-29 26-12-02 26-12-05 26-12-08"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "26-11-26 26-11-27 26-11-30 26-12-01 26-12-02"),
        ("FREQ=WEEKLY", "26-11-26 26-12-03 26-12-10 26-12-17 26-12-24"),
        ("FREQ=WEEKLY;BYDAY=MO,TH", "26-11-26 26-11-30 26-12-03 26-12-07 26-12-10"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "26-12-07 26-12-21 27-01-04 27-01-18 27-02-01"),
        ("FREQ=MONTHLY;BYMONTHDAY=1", "26-12-01 27-01-01 27-02-01 27-03-01 27-04-01"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "26-11-30 26-12-31 27-01-31 27-02-28 27-03-31"),
        ("FREQ=MONTHLY;BYMONTHDAY=29", "26-11-29 26-12-29 27-01-29 27-02-28 27-03-29"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "26-11-30 26-12-31 27-01-31 27-02-28 27-03-31"),
        ("FREQ=MONTHLY;BYMONTHDAY=15,31", "26-11-30 26-12-15 26-12-31 27-01-15 27-01-31"),
        ("FREQ=MONTHLY;BYMONTHDAY=30,31;BYMONTH=2", "27-02-28 28-02-29 29-02-28 30-02-28 31-02-28"),
        ("FREQ=MONTHLY", "26-11-26 26-12-26 27-01-26 27-02-26 27-03-26"),
        ("FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=31", "26-11-30 27-02-28 27-05-31 27-08-31 27-11-30"),
        ("FREQ=MONTHLY;BYDAY=2FR", "26-12-11 27-01-08 27-02-12 27-03-12 27-04-09"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "26-11-27 26-12-25 27-01-29 27-02-26 27-03-26"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "26-11-30 26-12-31 27-01-29 27-02-26 27-03-31"),
        ("FREQ=MONTHLY;BYDAY=5FR", "27-01-29 27-04-30 27-07-30 27-10-29 27-12-31"),
        ("FREQ=YEARLY", "26-11-26 27-11-26 28-11-26 29-11-26 30-11-26"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "27-02-28 28-02-29 29-02-28 30-02-28 31-02-28"),
        ("FREQ=YEARLY;BYMONTH=2,6;BYMONTHDAY=30", "27-02-28 27-06-30 28-02-29 28-06-30 29-02-28"),
        ("FREQ=YEARLY;BYMONTH=12;BYDAY=-1SA", "26-12-26 27-12-25 28-12-30 29-12-29 30-12-28"),
        ("RRULE:FREQ=DAILY;UNTIL=20261127T235959Z", "26-11-26 26-11-27"),
        ("FREQ=WEEKLY;BYDAY=MO;COUNT=2", "26-11-30 26-12-07"),
    ],
)
def test_the_days_of_a_rule(text, expected):
    assert days(rule(text)) == expected


@pytest.mark.parametrize("begin", ["2026-11-26", "2027-02-28", "2031-06-15"])
@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY;INTERVAL=7", "FREQ=WEEKLY;INTERVAL=3;BYDAY=SU,WE", "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=31",
        "FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=29", "FREQ=MONTHLY;BYDAY=5FR", "FREQ=WEEKLY;COUNT=30",
    ],
)  # fmt: skip
def test_a_rule_asked_later_goes_on_as_it_would_have(text, begin):
    first = date.fromisoformat(begin)
    whole = [day for day in islice(rule(text).days_from(date(2026, 11, 26)), 400) if day >= first]
    assert list(islice(rule(text).days_from(first), 10)) == whole[:10]


def test_the_end_is_included_and_a_number_of_times_counts_from_the_first():
    assert days(rule("FREQ=DAILY", until="2026-11-27")) == "26-11-26 26-11-27"
    assert days(rule("FREQ=WEEKLY;COUNT=3"), first="2026-12-01") == "26-12-03 26-12-10"
    assert days(rule("FREQ=WEEKLY;COUNT=3"), first="2027-01-01") == ""


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


@pytest.mark.parametrize(
    "given, words",
    [
        ({"rrule": "FREQ=MONTHLY;BYDAY=2FR", "time": "09:00"}, "the second Friday of every month at 09:00"),
        ({"rrule": "FREQ=MONTHLY;BYMONTHDAY=-1", "time": "9:00"}, "the last day of every month at 09:00"),
        ({"rrule": "FREQ=MONTHLY;BYMONTHDAY=1,22", "time": "17:30"}, "the 1st and the 22nd of every month at 17:30"),
        ({"rrule": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "time": "09:00"}, "every weekday, Monday to Friday, at 09:00"),
        ({"rrule": "FREQ=WEEKLY;BYDAY=WE,MO", "time": "09:00"}, "every Monday and Wednesday at 09:00"),
        ({"rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "time": "09:00"}, "every 2 weeks, on Monday, at 09:00"),
        ({"rrule": "FREQ=DAILY", "time": "09:00", "until": "2026-12-31"}, "every day at 09:00, until 31 December 2026"),
        ({"rrule": "FREQ=DAILY;COUNT=10", "time": "09:00"}, "every day at 09:00, 10 times"),
        (
            {"rrule": "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=12", "time": "09:00"},
            "every year on 12 December at 09:00",
        ),
        (
            {"rrule": "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "time": "09:00"},
            "the last weekday of every month at 09:00",
        ),
        ({"field": "due_date", "time": "09:00"}, "on the due date, at 09:00"),
        (
            {"field": "due_date", "time": "09:00", "stages": [{"days_after": 1}, {"days_before": 7}]},
            "7 days before and 1 day after the due date, at 09:00",
        ),
        ({"field": "born", "time": "08:30", "yearly": True}, "on the born, every year, at 08:30"),
    ],
)
def test_a_schedule_in_words(given, words):
    assert schedules.in_words(schedules.read_schedule(given)) == words


@pytest.mark.parametrize(
    "given, words",
    [
        (None, "an object"),
        ({}, "`rrule`"),
        ({"rrule": "FREQ=DAILY"}, "`time`"),
        ({"rrule": "FREQ=DAILY", "time": "25:00"}, "`time`"),
        ({"rrule": "FREQ=DAILY", "time": "9am"}, "`time`"),
        ({"rrule": "FREQ=HOURLY", "time": "09:00"}, "FREQ is one of"),
        ({"rrule": "every day", "time": "09:00"}, "“every day” cannot be used"),
        ({"rrule": "FREQ=DAILY;BYHOUR=9", "time": "09:00"}, "“BYHOUR=9” cannot be used"),
        ({"rrule": "FREQ=MONTHLY;BYMONTHDAY=32", "time": "09:00"}, "BYMONTHDAY"),
        ({"rrule": "FREQ=MONTHLY;BYMONTHDAY=0", "time": "09:00"}, "BYMONTHDAY"),
        ({"rrule": "FREQ=WEEKLY;BYDAY=XX", "time": "09:00"}, "no weekday"),
        ({"rrule": "FREQ=WEEKLY;BYDAY=2FR", "time": "09:00"}, "second Friday"),
        ({"rrule": "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "time": "09:00"}, "not both"),
        ({"rrule": "FREQ=DAILY;INTERVAL=0", "time": "09:00"}, "INTERVAL"),
        ({"rrule": "FREQ=MONTHLY;INTERVAL=12;BYMONTH=6", "time": "09:00"}, "may never come"),
        ({"rrule": "FREQ=DAILY;INTERVAL=7;BYDAY=MO", "time": "09:00"}, "may never come"),
        ({"rrule": "FREQ=DAILY;COUNT=-1", "time": "09:00"}, "COUNT"),
        ({"rrule": "FREQ=DAILY;COUNT=99999999999999", "time": "09:00"}, "COUNT"),
        ({"rrule": "FREQ=DAILY", "time": "09:00", "until": "soon"}, "`until`"),
        ({"rrule": "FREQ=DAILY", "time": "09:00", "until": 5}, "`until`"),
        ({"rrule": "FREQ=DAILY", "time": "09:00", "hour": 9}, "no “hour”"),
        ({"rrule": 5, "time": "09:00"}, "`rrule` is text"),
        ({"field": "due_date", "time": "09:00", "stages": []}, "`stages`"),
        ({"field": "due_date", "time": "09:00", "stages": [3]}, "A stage is"),
        ({"field": "due_date", "time": "09:00", "stages": [{"days_before": -3}]}, "whole days"),
        ({"field": "due_date", "time": "09:00", "stages": [{"days_before": True}]}, "whole days"),
        ({"field": "due_date", "time": "09:00", "stages": [{"days_before": 3, "days_after": 3}]}, "A stage is"),
        ({"field": "due_date", "time": "09:00", "stages": [{"days_before": 0}, {"days_after": 0}]}, "twice"),
        ({"field": "due_date", "time": "09:00", "yearly": "yes"}, "`yearly`"),
        ({"field": "", "time": "09:00"}, "`field`"),
    ],
)
def test_a_schedule_that_cannot_be_used_says_why(given, words):
    with pytest.raises(BadSchedule, match=words.replace("(", r"\(")):
        schedules.read_schedule(given)


RULES = st.builds(
    lambda parts: ";".join(f"{name}={value}" for name, value in parts.items()),
    st.fixed_dictionaries(
        {"FREQ": st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])},
        optional={
            "INTERVAL": st.integers(-1, 400),
            "BYDAY": st.sampled_from(["MO", "MO,FR", "2FR", "-1SU,1MO", "MO,TU,WE,TH,FR", "5FR"]),
            "BYMONTHDAY": st.sampled_from(["1", "31", "-1", "-31", "29,30,31", "15,28"]),
            "BYMONTH": st.sampled_from(["2", "1,6", "12"]),
            "BYSETPOS": st.integers(-6, 6),
            "COUNT": st.integers(0, 20),
        },
    ),
)


@given(RULES, st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_any_rule_that_is_taken_comes_in_order_and_can_be_said(text, first):
    try:
        found = schedules.read_schedule({"rrule": text, "time": "09:00"})
    except BadSchedule:
        return
    days = list(islice(found.days_from(first), 4))
    assert days
    assert days == sorted(set(days))
    assert days[0] >= first
    assert schedules.in_words(found)


NAMES = st.text() | st.sampled_from(["rrule", "field", "time", "stages", "until"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(NAMES, one)
)


@given(JSON)
def test_anything_else_is_refused_in_words(given):
    with pytest.raises(BadSchedule):
        schedules.read_schedule(given)
