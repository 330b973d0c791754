"""The organisation's rules, read and set by name: for `manage.py setting` and the Settings page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Case, F, When
from django.db.models.functions import Now

from accounts.audit import record
from accounts.models import User
from accounts.roles import Role
from campaigns.models import Rules

OFF = "off"
FOREVER = "forever"
LARGEST = Decimal(10) ** 11
LARGEST_NUMBER = 10**9
MOST_A_WEEK = 1_000
MOST_MAILS = 5
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class BadRule(ValueError):
    """What was given is no value of this rule; its words say what is."""


@dataclass(frozen=True)
class Rule:
    """One rule by its name: how it is read from text into fields of `Rules`, and written back."""

    name: str
    words: str
    read: Callable[[str], dict[str, Any]]
    write: Callable[[Rules], str]


def rules_shown() -> dict[str, str]:
    """All rules, as text."""
    rules = Rules.objects.get(pk=1)
    return {rule.name: rule.write(rules) for rule in RULES}


def set_rule(name: str, text: str, *, user: User | None = None) -> str:
    """Set one rule; returns it as it is shown. Raises KeyError for an unknown name, BadRule."""
    rule = BY_NAME[name]
    fields = rule.read(text.strip().lower())
    with transaction.atomic():
        before = rule.write(Rules.objects.select_for_update().get(pk=1))
        Rules.objects.filter(pk=1).update(**fields)
        after = rule.write(Rules.objects.get(pk=1))
        record("rule changed", f"rule {name}", user=user, before=before, after=after)
    return after


def _quiet(text: str) -> dict[str, Any]:
    if text == OFF:
        return {"quiet_from": time.min, "quiet_until": time.min}
    found = re.fullmatch(r"(\d{1,2}:\d\d) ?- ?(\d{1,2}:\d\d)", text)
    try:
        begin, end = (time.fromisoformat(one.zfill(5)) for one in found.groups()) if found else (None, None)
    except ValueError:
        begin = end = None
    if begin is None or begin == end:
        raise BadRule("Quiet hours are written 18:00-08:00, or off.")
    return {"quiet_from": begin, "quiet_until": end}


def _limit(field: str) -> Callable[[str], dict[str, Any]]:
    def read(text: str) -> dict[str, Any]:
        if text == OFF:
            return {field: None}
        try:
            amount = Decimal(text.replace(",", "").removeprefix("kes").strip())
        except InvalidOperation:
            amount = Decimal(-1)
        if not amount.is_finite() or not 0 <= amount < LARGEST:
            raise BadRule("A limit is an amount in KES such as 5000, or off.")
        return {field: amount.quantize(Decimal("0.01"))}

    return read


def _approval(text: str) -> dict[str, Any]:
    """`off`, `always`, or what is above: `1000 people`, `KES 5000`, `1000 people or KES 5000`."""
    if text in (OFF, "always", "on"):
        mode = Rules.Approval.OFF if text == OFF else Rules.Approval.ALWAYS
        return {"approval": mode, "approval_people": None, "approval_cost": None}
    found: dict[str, Any] = {"approval": Rules.Approval.ABOVE, "approval_people": None, "approval_cost": None}
    for one in text.removeprefix("above ").split(" or "):
        part = one.strip().replace(",", "")
        if people := re.fullmatch(r"(\d{1,9})(?: people| recipients)?", part):
            found["approval_people"] = int(people[1])
        elif cost := re.fullmatch(r"kes (\d{1,11}(?:\.\d{1,2})?)", part):
            found["approval_cost"] = Decimal(cost[1])
        else:
            raise BadRule("Approval is off, always, or above a number: 1000 people, KES 5000, 1000 people or KES 5000.")
    return found


def _written_approval(rules: Rules) -> str:
    if rules.approval != Rules.Approval.ABOVE:
        return rules.approval
    people = [] if rules.approval_people is None else [f"{rules.approval_people} people"]
    cost = [] if rules.approval_cost is None else [f"KES {rules.approval_cost.normalize():f}"]
    return f"above {' or '.join(people + cost)}"


def _share(text: str) -> dict[str, Any]:
    number = text.removesuffix("%").strip()
    if not number.isascii() or not number.isdigit() or int(number) > 1000:
        raise BadRule("A share is written 20%.")
    return {"growth_share": int(number)}


def _most(field: str) -> Callable[[str], dict[str, Any]]:
    def read(text: str) -> dict[str, Any]:
        number = text.replace(",", "").removesuffix("texts").strip()
        if number == OFF:
            return {field: None}
        if not number.isascii() or not number.isdigit() or int(number) > LARGEST_NUMBER:
            raise BadRule("A number of texts such as 200, or off.")
        return {field: int(number)}

    return read


def _weekly(text: str) -> dict[str, Any]:
    number = text.removesuffix("texts").strip()
    if number == OFF:
        return {"weekly_texts": None, "weekly_since": None}
    if not number.isascii() or not number.isdigit() or not 1 <= int(number) <= MOST_A_WEEK:
        raise BadRule(f"A number of texts from 1 to {MOST_A_WEEK}, such as 3, or off.")
    begun = Case(When(weekly_texts=None, then=Now()), default=F("weekly_since"))
    return {"weekly_texts": int(number), "weekly_since": begun}


def _late(text: str) -> dict[str, Any]:
    found = re.fullmatch(r"(\d{1,4})([mhd])", text)
    if not found or not int(found[1]):
        raise BadRule("How late is written 12h, 90m or 2d.")
    return {"late_limit": timedelta(**{UNITS[found[2]]: int(found[1])})}


def _months(field: str, *, forever: bool) -> Callable[[str], dict[str, Any]]:
    def read(text: str) -> dict[str, Any]:
        if forever and text == FOREVER:
            return {field: None}
        if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 600:
            raise BadRule(f"A number of months from 1 to 600{', or forever' if forever else ''}.")
        return {field: int(text)}

    return read


def _roles(text: str) -> dict[str, Any]:
    """`off`, `everybody`, or roles with commas."""
    named = {one.strip().removesuffix("s") for one in text.split(",")}
    chosen = set() if text == OFF else set(Role.values) if text == "everybody" else named
    if not chosen <= set(Role.values):
        raise BadRule("Roles with commas such as administrator, manager; everybody; or off.")
    return {"second_factor": ",".join(role.value for role in Role if role.value in chosen)}


def _written_roles(rules: Rules) -> str:
    return rules.second_factor.replace(",", ", ") or OFF


def _mails(text: str) -> dict[str, Any]:
    """`off`, or addresses with commas."""
    people = [] if text == OFF else [one.strip() for one in text.split(",")]
    try:
        for one in people:
            validate_email(one)
    except ValidationError as error:
        raise BadRule("Addresses of mail with commas such as office@example.com, or off.") from error
    if len(people) > MOST_MAILS:
        raise BadRule(f"{MOST_MAILS} addresses at most.")
    return {"reply_mails": ", ".join(dict.fromkeys(people))}


def _duration(late: timedelta) -> str:
    minutes = int(late.total_seconds() // 60)
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


def _amount(value: Decimal | None) -> str:
    return OFF if value is None else f"{value:.2f}"


RULES = (
    Rule(
        "quiet_hours",
        "Quiet hours of marketing",
        _quiet,
        lambda one: OFF if one.quiet_from == one.quiet_until else f"{one.quiet_from:%H:%M}-{one.quiet_until:%H:%M}",
    ),
    Rule(
        "weekly_texts",
        "Marketing texts to a person in seven days",
        _weekly,
        lambda one: OFF if one.weekly_texts is None else str(one.weekly_texts),
    ),
    Rule("daily_limit", "Spending in a day", _limit("daily_limit"), lambda one: _amount(one.daily_limit)),
    Rule("campaign_limit", "Spending on a campaign", _limit("campaign_limit"), lambda one: _amount(one.campaign_limit)),
    Rule("low_balance", "A low balance", _limit("low_balance"), lambda one: _amount(one.low_balance)),
    Rule("approval", "Somebody else approves", _approval, _written_approval),
    Rule(
        "growth_share",
        "How much a run may outgrow what was approved",
        _share,
        lambda one: f"{one.growth_share}%",
    ),
    Rule(
        "person_texts",
        "Single texts of a person in a day",
        _most("person_texts"),
        lambda one: OFF if one.person_texts is None else str(one.person_texts),
    ),
    Rule(
        "key_texts",
        "Single texts of an API key in a day",
        _most("key_texts"),
        lambda one: OFF if one.key_texts is None else str(one.key_texts),
    ),
    Rule("second_factor", "Roles that must have a second factor", _roles, _written_roles),
    Rule("late_limit", "How late a recurring campaign may still go", _late, lambda one: _duration(one.late_limit)),
    Rule(
        "report_months",
        "How long delivery reports are kept",
        _months("report_months", forever=False),
        lambda one: str(one.report_months),
    ),
    Rule(
        "message_months",
        "How long texts are kept",
        _months("message_months", forever=True),
        lambda one: FOREVER if one.message_months is None else str(one.message_months),
    ),
    Rule(
        "reply_months",
        "How long replies are kept",
        _months("reply_months", forever=True),
        lambda one: FOREVER if one.reply_months is None else str(one.reply_months),
    ),
    Rule("reply_mails", "Replies by mail", _mails, lambda one: one.reply_mails or OFF),
    Rule(
        "audit_months",
        "How long it is kept who did what",
        _months("audit_months", forever=True),
        lambda one: FOREVER if one.audit_months is None else str(one.audit_months),
    ),
)
BY_NAME = {rule.name: rule for rule in RULES}
