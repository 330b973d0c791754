"""A schedule in words."""

import pytest

from campaigns import schedules


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
