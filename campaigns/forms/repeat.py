"""How often, between a rule and the fields of a form: what was typed as a rule, and a rule as it would be typed."""

from __future__ import annotations

from datetime import date
from typing import Any

from campaigns.models import Campaign
from campaigns.schedules import BadSchedule, Recurring, Reminder, Schedule, read_schedule
from campaigns.schedules.recurrence import WEEKDAYS
from campaigns.schedules.wording import days_in_words

AGAIN, REMIND = "again", "remind"
DAILY, WORKING, WEEKLY, MONTH_DAY, MONTH_END, MONTH_NTH, YEARLY = (
    "daily", "weekdays", "weekly", "month_day", "month_end", "month_nth", "yearly",
)  # fmt: skip
# A script's rule may have more than the form, such as two days of a month: it stays as it is.
AS_IT_IS = "as_it_is"
REPEATS = (
    (DAILY, "Every day"),
    (WORKING, "Every weekday, Monday to Friday"),
    (WEEKLY, "Every week, on days"),
    (MONTH_DAY, "Every month, on a day"),
    (MONTH_END, "Every month, on its last day"),
    (MONTH_NTH, "Every month, on a weekday such as the second Friday"),
    (YEARLY, "Every year, on a day"),
)
WORKDAYS = "MO,TU,WE,TH,FR"


def rule_of(how: str, typed: dict[str, Any]) -> str:
    """The rule that the fields say, without its end."""
    nth, weekday, day = typed.get("nth") or "1", typed.get("nth_weekday") or "MO", typed.get("month_day")
    rule = {
        DAILY: "FREQ=DAILY",
        WORKING: f"FREQ=WEEKLY;BYDAY={WORKDAYS}",
        WEEKLY: f"FREQ=WEEKLY;BYDAY={','.join(typed.get('weekdays') or [])}",
        MONTH_DAY: f"FREQ=MONTHLY;BYMONTHDAY={day}",
        MONTH_END: "FREQ=MONTHLY;BYMONTHDAY=-1",
        MONTH_NTH: f"FREQ=MONTHLY;BYDAY={weekday};BYSETPOS={nth}"
        if weekday == WORKDAYS
        else f"FREQ=MONTHLY;BYDAY={nth}{weekday}",
        YEARLY: f"FREQ=YEARLY;BYMONTH={typed.get('month') or 1};BYMONTHDAY={day}",
    }[how]
    if (every := typed.get("every")) and every > 1 and how not in (DAILY, WORKING, YEARLY):
        rule += f";INTERVAL={every}"
    return rule


def kept_rule(campaign: Campaign) -> str:
    """The campaign's own rule without its end, which the form says."""
    parts = campaign.schedule["rrule"].split(";") if campaign.schedule else []
    return ";".join(part for part in parts if not part.strip().upper().startswith(("COUNT=", "UNTIL=")))


def is_shown(rule: Recurring, typed: dict[str, Any]) -> bool:
    """Whether the fields, as they are `typed`, say all of the rule."""
    try:
        said = read_schedule({"rrule": rule_of(typed["repeat"], typed), "time": f"{rule.time:%H:%M}"})
    except BadSchedule:
        return False
    return isinstance(said, Recurring) and days_in_words(said) == days_in_words(rule)


def as_typed(schedule: Schedule) -> dict[str, Any]:
    """A schedule as the form's fields would have it."""
    found: dict[str, Any] = {"time": schedule.time, "until": schedule.until, "starts": schedule.start}
    found["ends"] = "until" if schedule.until else "never"
    if isinstance(schedule, Reminder):
        found |= {"when": REMIND, "field": schedule.field, "yearly": schedule.yearly, "days_0": None}
        for number, one in enumerate(schedule.stages):
            found |= {f"days_{number}": abs(one.days), f"side_{number}": "after" if one.days > 0 else "before"}
        return found
    if schedule.count:
        found |= {"ends": "count", "count": schedule.count}
    return found | {"when": AGAIN, "every": schedule.interval if schedule.interval > 1 else None} | _repeat(schedule)


def _repeat(rule: Recurring) -> dict[str, Any]:
    days = [WEEKDAYS[one.number] for one in rule.weekdays]
    if rule.freq in ("DAILY", "WEEKLY"):
        if ",".join(days) == WORKDAYS and rule.interval == 1:
            return {"repeat": WORKING}
        return {"repeat": WEEKLY if rule.freq == "WEEKLY" else DAILY, "weekdays": days}
    if rule.weekdays:
        nth = rule.position or rule.weekdays[0].nth
        return {"repeat": MONTH_NTH, "nth": nth, "nth_weekday": WORKDAYS if rule.position else days[0]}
    day = rule.month_days[0] if rule.month_days else (rule.start or date.min).day
    if rule.freq == "YEARLY":
        return {"repeat": YEARLY, "month_day": day, "month": (rule.months or (1,))[0]}
    return {"repeat": MONTH_END} if day == -1 else {"repeat": MONTH_DAY, "month_day": day}
