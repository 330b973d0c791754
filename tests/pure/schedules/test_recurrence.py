"""Rules: the days that they mean."""

from datetime import date
from itertools import islice

import pytest

from campaigns import schedules


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


# Beside a numbered weekday a plain one is every one of the month: each day once, in order.
@pytest.mark.parametrize(
    "text, expected",
    [
        ("FREQ=MONTHLY;BYDAY=-1MO,FR", "26-11-27 26-11-30 26-12-04 26-12-11 26-12-18"),
        ("FREQ=MONTHLY;BYDAY=FR,-1MO", "26-11-27 26-11-30 26-12-04 26-12-11 26-12-18"),
        ("FREQ=MONTHLY;BYDAY=1MO,MO", "26-11-30 26-12-07 26-12-14 26-12-21 26-12-28"),
        ("FREQ=MONTHLY;BYDAY=5FR,TU", "26-12-01 26-12-08 26-12-15 26-12-22 26-12-29"),
        ("FREQ=YEARLY;BYMONTH=12;BYDAY=1SA,WE", "26-12-02 26-12-05 26-12-09 26-12-16 26-12-23"),
        ("FREQ=MONTHLY;BYMONTH=1;BYDAY=-1SU,SA", "27-01-02 27-01-09 27-01-16 27-01-23 27-01-30"),
        ("FREQ=MONTHLY;BYDAY=-1MO,FR;COUNT=3", "26-11-27 26-11-30 26-12-04"),
        ("FREQ=MONTHLY;BYDAY=1FR,FR;COUNT=2", "26-11-27 26-12-04"),
    ],
)
def test_numbered_and_plain_weekdays_are_their_union(text, expected):
    assert days(rule(text)) == expected


def test_the_union_is_what_either_rule_means():
    either = {*islice(rule("FREQ=MONTHLY;BYDAY=2TU,-1TU").days_from(date(2026, 11, 26)), 40)}
    either |= {*islice(rule("FREQ=WEEKLY;BYDAY=TH,SU").days_from(date(2026, 11, 26)), 200)}
    both = list(islice(rule("FREQ=MONTHLY;BYDAY=2TU,TH,-1TU,SU").days_from(date(2026, 11, 26)), 100))
    assert both == sorted(either)[:100]


def test_the_end_is_included_and_a_number_of_times_counts_from_the_first():
    assert days(rule("FREQ=DAILY", until="2026-11-27")) == "26-11-26 26-11-27"
    assert days(rule("FREQ=WEEKLY;COUNT=3"), first="2026-12-01") == "26-12-03 26-12-10"
    assert days(rule("FREQ=WEEKLY;COUNT=3"), first="2027-01-01") == ""
