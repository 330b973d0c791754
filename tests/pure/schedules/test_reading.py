"""What is taken as a schedule, and why not."""

from datetime import date
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import schedules
from campaigns.schedules import BadSchedule


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
