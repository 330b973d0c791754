"""A schedule as JSON, as the API takes it and the campaign keeps it, read into what it means or refused in words.

{"rrule": "FREQ=WEEKLY;BYDAY=MO", "time": "09:00", "from": "2026-11-30", "until": "2027-03-31"}
{"field": "due_date", "time": "09:00", "stages": [{"days_before": 3}, {"days_after": 3}], "yearly": false}
"""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any

from campaigns.schedules.recurrence import FREQUENCIES, MOST_TIMES, WEEKDAYS, Recurring, Weekday
from campaigns.schedules.reminder import Reminder, Stage

Schedule = Recurring | Reminder

MOST_STAGES = 10
FURTHEST_STAGE = 366
MOST_INTERVAL = {"DAILY": 366, "WEEKLY": 52, "MONTHLY": 24, "YEARLY": 10}
PARTS = ("FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST", "COUNT", "UNTIL")
COMMON = {"time", "from", "until"}


class BadSchedule(ValueError):
    """It cannot be used; the words say why, and nothing is kept of it."""


def read_schedule(given: Any) -> Schedule:
    """What a schedule's JSON means. Raises BadSchedule."""
    if not isinstance(given, dict):
        raise BadSchedule("A schedule is an object with `rrule` or `field`.")
    if "rrule" in given:
        _only(given, COMMON | {"rrule", "count"})
        return _recurring(given)
    if "field" in given:
        _only(given, COMMON | {"field", "stages", "yearly"})
        return _reminder(given)
    raise BadSchedule("A schedule needs `rrule` (it recurs) or `field` (it reminds of a date).")


def _recurring(given: dict[str, Any]) -> Recurring:
    parts = _parts(given["rrule"])
    freq = parts.get("FREQ", "").upper()
    if freq not in FREQUENCIES:
        raise BadSchedule(f"FREQ is one of {', '.join(FREQUENCIES)}.")
    weekdays = tuple(_weekday(one) for one in _list(parts, "BYDAY"))
    month_days = tuple(_number("BYMONTHDAY", one, -31, 31) for one in _list(parts, "BYMONTHDAY"))
    months = tuple(_number("BYMONTH", one, 1, 12) for one in _list(parts, "BYMONTH"))
    position = _number("BYSETPOS", parts["BYSETPOS"], -5, 5) if "BYSETPOS" in parts else 0
    if freq in ("DAILY", "WEEKLY") and month_days:
        raise BadSchedule("Days of a month are for FREQ=MONTHLY or YEARLY.")
    if weekdays and month_days:
        raise BadSchedule("Give days of the month or weekdays, not both.")
    if any(one.nth for one in weekdays) and freq not in ("MONTHLY", "YEARLY"):
        raise BadSchedule("“The second Friday” (2FR) is for FREQ=MONTHLY or YEARLY.")
    if freq == "YEARLY" and (month_days or weekdays) and not months:
        raise BadSchedule("FREQ=YEARLY needs the month: BYMONTH.")
    if position and (freq != "MONTHLY" or not weekdays or any(one.nth for one in weekdays)):
        raise BadSchedule("BYSETPOS is for weekdays of a month: FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1.")
    interval = _number("INTERVAL", parts.get("INTERVAL", 1), 1, MOST_INTERVAL[freq])
    if interval > 1 and ((months and freq != "YEARLY") or (weekdays and freq == "DAILY")):
        raise BadSchedule("This goes with INTERVAL=1 only: otherwise such a day may never come.")
    if parts.get("WKST", "MO").upper() != "MO":
        raise BadSchedule("Weeks begin on Monday here: leave WKST out.")
    count = parts.get("COUNT", given.get("count"))
    return Recurring(
        freq=freq,
        time=_time(given),
        interval=interval,
        weekdays=weekdays,
        month_days=month_days,
        months=months,
        position=position,
        start=_date(given, "from"),
        until=_date(given, "until") or _date({"UNTIL": _until(parts)}, "UNTIL"),
        count=None if count is None else _number("COUNT", count, 1, MOST_TIMES),
    )


def _reminder(given: dict[str, Any]) -> Reminder:
    field = given["field"]
    if not isinstance(field, str) or not field:
        raise BadSchedule("`field` names a date field of the groups.")
    listed = given.get("stages", [{"days_before": 0}])
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_STAGES:
        raise BadSchedule(f"`stages` is a list of 1 to {MOST_STAGES}.")
    stages = [_stage(one) for one in listed]
    if len(set(stages)) < len(stages):
        raise BadSchedule("A stage is there twice.")
    if not isinstance(yearly := given.get("yearly", False), bool):
        raise BadSchedule("`yearly` is true or false.")
    return Reminder(
        field=field,
        time=_time(given),
        stages=tuple(sorted(stages)),
        yearly=yearly,
        start=_date(given, "from"),
        until=_date(given, "until"),
    )


def _stage(given: Any) -> Stage:
    if not isinstance(given, dict) or len(given) != 1 or not given.keys() <= {"days_before", "days_after"}:
        raise BadSchedule('A stage is {"days_before": 3} or {"days_after": 3}; {"days_before": 0} is the day itself.')
    ((side, days),) = given.items()
    if not isinstance(days, int) or isinstance(days, bool) or not 0 <= days <= FURTHEST_STAGE:
        raise BadSchedule(f"A stage is 0 to {FURTHEST_STAGE} whole days from the date.")
    return Stage(-days if side == "days_before" else days)


def _parts(text: Any) -> dict[str, str]:
    if not isinstance(text, str):
        raise BadSchedule("`rrule` is text such as FREQ=WEEKLY;BYDAY=MO.")
    found: dict[str, str] = {}
    for one in text.strip().removeprefix("RRULE:").rstrip(";").split(";"):
        name, is_given, value = one.partition("=")
        name = name.strip().upper()
        if not is_given or name not in PARTS or name in found:
            raise BadSchedule(f"“{one.strip()}” cannot be used in a rule. There are: {', '.join(PARTS)}.")
        found[name] = value.strip()
    return found


def _list(parts: dict[str, str], name: str) -> list[str]:
    return [one.strip() for one in parts[name].split(",")] if name in parts else []


def _weekday(text: str) -> Weekday:
    found = re.fullmatch(r"([+-]?[1-5])?([A-Z]{2})", text.upper())
    if not found or found[2] not in WEEKDAYS:
        raise BadSchedule(f"“{text}” is no weekday. There are: {', '.join(WEEKDAYS)}, and 2FR, -1MO.")
    return Weekday(WEEKDAYS.index(found[2]), int(found[1] or 0))


def _number(name: str, given: Any, least: int, most: int) -> int:
    text = str(given)
    if isinstance(given, bool) or not re.fullmatch(r"[+-]?[0-9]{1,4}", text) or not least <= int(text) <= most:
        raise BadSchedule(f"{name} is a whole number from {least} to {most}.")
    if int(text) == 0:
        raise BadSchedule(f"{name} is not 0.")
    return int(text)


def _time(given: dict[str, Any]) -> time:
    text = given.get("time")
    if not isinstance(text, str) or not re.fullmatch(r"([01]?[0-9]|2[0-3]):[0-5][0-9]", text.strip()):
        raise BadSchedule("`time` is a time of day such as 09:00.")
    return time.fromisoformat(text.strip().zfill(5))


def _date(given: dict[str, Any], name: str) -> date | None:
    value = given.get(name)
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(value.partition("T")[0])
    except (ValueError, AttributeError) as error:
        raise BadSchedule(f"`{name.lower()}` is a date such as 2026-12-31.") from error


def _until(parts: dict[str, str]) -> str | None:
    """UNTIL as the RFC writes it, 20261231 or 20261231T235959Z, of which the day counts."""
    return parts.get("UNTIL")


def _only(given: dict[str, Any], known: set[str]) -> None:
    if unknown := given.keys() - known:
        raise BadSchedule(f"A schedule has no “{sorted(unknown)[0]}”. There are: {', '.join(sorted(known))}.")
