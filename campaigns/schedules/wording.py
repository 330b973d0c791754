"""A schedule in the words of the pages: "every second Friday of the month at 09:00, until 31 March 2027"."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from campaigns.schedules.reading import Schedule
from campaigns.schedules.recurrence import Recurring, Weekday
from campaigns.schedules.reminder import Reminder, Stage

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
PERIODS = {
    "DAILY": ("day", "days"),
    "WEEKLY": ("week", "weeks"),
    "MONTHLY": ("month", "months"),
    "YEARLY": ("year", "years"),
}
NTH = {
    1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth",
    -1: "last", -2: "second last", -3: "third last", -4: "fourth last", -5: "fifth last",
}  # fmt: skip
WEEKDAYS_ALONE = {0, 1, 2, 3, 4}


def in_words(schedule: Schedule) -> str:
    """The whole of it."""
    words = _reminder(schedule) if isinstance(schedule, Reminder) else _recurring(schedule)
    if schedule.until:
        words += f", until {_date(schedule.until)}"
    if isinstance(schedule, Recurring) and schedule.count:
        words += ", once" if schedule.count == 1 else f", {schedule.count:,} times"
    return words


def stage_in_words(stage: Stage) -> str:
    """7 days before, on the day, 1 day after."""
    if stage.days == 0:
        return "on the day"
    count = abs(stage.days)
    return f"{count} day{'' if count == 1 else 's'} {'before' if stage.days < 0 else 'after'}"


def _reminder(schedule: Reminder) -> str:
    field = "the " + schedule.field.replace("_", " ") + (", every year" if schedule.yearly else "")
    stages = _and(stage_in_words(one) for one in schedule.stages)
    if schedule.stages == (Stage(0),):
        words = f"on {field}"
    elif Stage(0) in schedule.stages:
        words = f"{stages} ({field})"
    else:
        words = f"{stages} {field}"
    return f"{words}, at {schedule.time:%H:%M}"


def _recurring(rule: Recurring) -> str:
    return f"{days_in_words(rule)} at {rule.time:%H:%M}"


def days_in_words(rule: Recurring) -> str:
    """Its days alone: every second Friday of the month."""
    one, many = PERIODS[rule.freq]
    every = f"every {one}" if rule.interval == 1 else f"every {rule.interval} {many}"
    in_months = f" in {_and(MONTHS[month - 1] for month in rule.months)}" if rule.months else ""
    if rule.freq in ("DAILY", "WEEKLY"):
        return _weekdays(rule, every) + in_months
    if rule.position:
        return f"the {NTH[rule.position]} {_or(rule.weekdays)} of {every}{in_months}"
    if rule.weekdays:
        return f"{_and(_weekday(one) for one in rule.weekdays)} of {every}{in_months}"
    if rule.freq == "YEARLY" and rule.months and rule.month_days and min(rule.month_days) > 0:
        return f"{every} on {_and(f'{day} {MONTHS[month - 1]}' for month in rule.months for day in rule.month_days)}"
    if rule.month_days:
        return f"{_and(_day(number) for number in rule.month_days)} of {every}{in_months}"
    return every + in_months


def _weekdays(rule: Recurring, every: str) -> str:
    numbers = {one.number for one in rule.weekdays}
    if not numbers:
        return every
    if rule.interval > 1:
        return f"{every}, on {_and(DAYS[number] for number in sorted(numbers))},"
    if numbers == WEEKDAYS_ALONE:
        return "every weekday, Monday to Friday,"
    return f"every {_and(DAYS[number] for number in sorted(numbers))}"


def _weekday(one: Weekday) -> str:
    return f"the {NTH[one.nth]} {DAYS[one.number]}" if one.nth else f"every {DAYS[one.number]}"


def _or(weekdays: tuple[Weekday, ...]) -> str:
    numbers = {one.number for one in weekdays}
    if numbers == WEEKDAYS_ALONE:
        return "weekday"
    return " or ".join(DAYS[number] for number in sorted(numbers))


def _day(number: int) -> str:
    """the 31st, the last day, the second last day."""
    if number == -1:
        return "the last day"
    if number < 0:
        return f"the {_ordinal(-number)} last day"
    return f"the {_ordinal(number)}"


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _date(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _and(words: Iterable[str]) -> str:
    listed = list(words)
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}"
