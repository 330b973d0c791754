"""How each rule is asked for: switches, amounts, times and choices in place of the words that the command takes.

The rules are kept and read as those words still (`actions/set_rules.py`). Each input makes them of what was chosen, and
the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal
from typing import Any

from django import forms

from accounts.roles import Role
from campaigns.actions.set_rules import FOREVER, LARGEST, LARGEST_NUMBER, MOST_A_WEEK, OFF

ALWAYS, ABOVE = "always", "above"
MOST_MONTHS, MOST_SHARE = 600, 1000
UNITS = (("m", "minutes"), ("h", "hours"), ("d", "days"))


class Unfit(ValueError):
    """What is wrong with what was chosen, and at which of the rule's inputs: `part`."""

    def __init__(self, part: str, words: str) -> None:
        super().__init__(words)
        self.part = part


Parts = Mapping[str, Any]


@dataclass(frozen=True)
class RuleInput:
    """The inputs of a rule by the name of their part; the first may be the `switch` that turns it on.

    `read` makes their values of the rule's words, `write` the words of them, or raises Unfit. `said` is the rule for
    reading. `off`: its words where it is off. `usual`: what stands in the inputs of one that never was on.
    """

    fields: Callable[[], dict[str, forms.Field]]
    read: Callable[[str], dict[str, Any]]
    write: Callable[[Parts], str]
    said: Callable[[str], str] = str
    switch: str = ""
    off: str = OFF
    usual: dict[str, Any] = field(default_factory=dict)


def _switch(label: str) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False)


def _time(label: str) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=False, widget=widget, input_formats=["%H:%M", "%H:%M:%S"])


def _whole(label: str, most: int, least: int = 0) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=least, max_value=most)


def _money(label: str) -> forms.DecimalField:
    return forms.DecimalField(label=label, required=False, min_value=0, max_digits=13, decimal_places=2)


def _given(parts: Parts, name: str, words: str) -> Any:
    if parts[name] is None:
        raise Unfit(name, words)
    return parts[name]


def _quiet_read(text: str) -> dict[str, Any]:
    if text == OFF:
        return {"on": False}
    begin, end = (time.fromisoformat(one) for one in text.split("-"))
    return {"on": True, "from": begin, "until": end}


def _quiet_write(parts: Parts) -> str:
    if not parts["on"]:
        return OFF
    begin, end = _given(parts, "from", "Say from when on."), _given(parts, "until", "Say until when.")
    if begin == end:
        raise Unfit("until", "That is the time at which they begin. Choose another, or switch quiet hours off.")
    return f"{begin:%H:%M}-{end:%H:%M}"


QUIET_HOURS = RuleInput(
    lambda: {"on": _switch("Marketing waits at night"), "from": _time("From"), "until": _time("Until")},
    _quiet_read,
    _quiet_write,
    lambda text: "none" if text == OFF else text.replace("-", " to "),
    switch="on",
    usual={"from": time(18), "until": time(8)},
)


def money_or_off(switch: str, none: str) -> RuleInput:
    """An amount of KES while the switch is on; `none` says that there is no limit."""

    def write(parts: Parts) -> str:
        return f"{_given(parts, 'amount', 'Give the amount, or switch the limit off.'):.2f}" if parts["on"] else OFF

    return RuleInput(
        lambda: {"on": _switch(switch), "amount": _money("KES at most")},
        lambda text: {"on": False} if text == OFF else {"on": True, "amount": Decimal(text)},
        write,
        lambda text: none if text == OFF else f"KES {Decimal(text):,.2f}",
        switch="on",
    )


def number_or_off(
    switch: str, label: str, none: str, off: str = OFF, *, least: int = 0, most: int = LARGEST_NUMBER
) -> RuleInput:
    """A number while the switch is on; `off` is the rule's word where it is not, and `none` says so to people."""

    def write(parts: Parts) -> str:
        return str(_given(parts, "number", "Give the number, or switch it off.")) if parts["on"] else off

    return RuleInput(
        lambda: {"on": _switch(switch), "number": _whole(label, most, least)},
        lambda text: {"on": False} if text == off else {"on": True, "number": int(text)},
        write,
        lambda text: none if text == off else f"{int(text):,} {label.lower()}",
        switch="on",
        off=off,
    )


def months_or_forever(switch: str) -> RuleInput:
    return number_or_off(switch, "Months", "for ever", FOREVER, least=1, most=MOST_MONTHS)


def number(label: str, most: int, least: int = 0, unit: str = "") -> RuleInput:
    """A number that is always there; `unit` is written behind it in the rule's words."""
    return RuleInput(
        lambda: {"number": _whole(label, most, least)},
        lambda text: {"number": int(text.removesuffix(unit))},
        lambda parts: f"{_given(parts, 'number', 'Give the number.')}{unit}",
        lambda text: text if unit else f"{text} {label.lower()}",
    )


def _approval_fields() -> dict[str, forms.Field]:
    ways = [
        (OFF, "Nobody has to"),
        (ALWAYS, "Every campaign"),
        (ABOVE, "Campaigns above a number of people or a cost"),
    ]
    return {
        "way": forms.ChoiceField(label="Which campaigns", choices=ways, widget=forms.RadioSelect),
        "people": _whole("More people than", 10**9 - 1),
        "cost": forms.DecimalField(
            label="Or more KES than", required=False, min_value=0, max_value=LARGEST - 1, decimal_places=2
        ),
    }


def _approval_read(text: str) -> dict[str, Any]:
    if text in (OFF, ALWAYS):
        return {"way": text}
    people, cost = re.search(r"(\d+) people", text), re.search(r"KES ([\d.]+)", text)
    return {
        "way": ABOVE,
        "people": int(people[1]) if people else None,
        "cost": Decimal(cost[1]) if cost else None,
    }


def _approval_write(parts: Parts) -> str:
    if parts["way"] != ABOVE:
        return str(parts["way"])
    people = [] if parts["people"] is None else [f"{parts['people']} people"]
    cost = [] if parts["cost"] is None else [f"KES {parts['cost']:.2f}"]
    if not people and not cost:
        raise Unfit("people", "Give a number of people, a cost, or both.")
    return f"above {' or '.join(people + cost)}"


APPROVAL = RuleInput(
    _approval_fields,
    _approval_read,
    _approval_write,
    lambda text: {OFF: "nobody has to", ALWAYS: "every campaign"}.get(text, text.replace("above ", "more than ", 1)),
    off="",
)


def _late_fields() -> dict[str, forms.Field]:
    unit = forms.ChoiceField(label="Unit", choices=UNITS, required=False)
    return {"number": _whole("At most", 9_999, 1), "unit": unit}


def _late_said(text: str) -> str:
    unit = dict(UNITS)[text[-1]]
    return f"{text[:-1]} {unit.removesuffix('s') if text[:-1] == '1' else unit}"


LATE = RuleInput(
    _late_fields,
    lambda text: {"number": int(text[:-1]), "unit": text[-1]},
    lambda parts: f"{_given(parts, 'number', 'Give how late.')}{parts['unit']}",
    _late_said,
)


def _roles_fields() -> dict[str, forms.Field]:
    roles = [(role.value, role.label) for role in reversed(Role)]
    return {
        "roles": forms.MultipleChoiceField(
            label="These roles", choices=roles, required=False, widget=forms.CheckboxSelectMultiple
        )
    }


ROLES = RuleInput(
    _roles_fields,
    lambda text: {"roles": [] if text == OFF else text.split(", ")},
    lambda parts: ", ".join(parts["roles"]) or OFF,
    lambda text: "nobody" if text == OFF else text,
)


def _mails_write(parts: Parts) -> str:
    if not parts["on"]:
        return OFF
    addresses = [one for one in re.split(r"[\s,;]+", parts["addresses"]) if one]
    if not addresses:
        raise Unfit("addresses", "Give an address, or switch it off.")
    return ", ".join(addresses)


MAILS = RuleInput(
    lambda: {
        "on": _switch("Mail them"),
        "addresses": forms.CharField(
            label="Addresses, one a line", required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 3})
        ),
    },
    lambda text: {"on": False} if text == OFF else {"on": True, "addresses": text.replace(", ", "\n")},
    _mails_write,
    lambda text: "to nobody" if text == OFF else text,
    switch="on",
)

# What has none of its own here is a text box that takes the words of the command.
WRITTEN = RuleInput(
    lambda: {"written": forms.CharField(label="As the command takes it", max_length=40)},
    lambda text: {"written": text},
    lambda parts: str(parts["written"]),
)

INPUTS: dict[str, RuleInput] = {
    "quiet_hours": QUIET_HOURS,
    "weekly_texts": number_or_off("Limit them", "Texts at most", "no limit", least=1, most=MOST_A_WEEK),
    "daily_limit": money_or_off("Limit it", "no limit"),
    "campaign_limit": money_or_off("Limit it", "no limit"),
    "low_balance": money_or_off("Tell of it", "is not told of"),
    "approval": APPROVAL,
    "growth_share": number("Percent", MOST_SHARE, unit="%"),
    "person_texts": number_or_off("Limit them", "Texts at most", "no limit"),
    "key_texts": number_or_off("Limit them", "Texts at most", "no limit"),
    "second_factor": ROLES,
    "late_limit": LATE,
    "report_months": number("Months", MOST_MONTHS, 1),
    "message_months": months_or_forever("Delete them after some months"),
    "reply_months": months_or_forever("Delete them after some months"),
    "reply_mails": MAILS,
    "audit_months": months_or_forever("Delete it after some months"),
}
