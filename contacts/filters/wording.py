"""Conditions as people choose them in a form, and as a page says them: "Balance is more than 5,000"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from contacts import value_display, values
from contacts.filters import conditions
from contacts.models import ContactField

WORDS = {
    "=": "is",
    "!=": "is not",
    "<": "is less than, or before",
    "<=": "is at most, or until",
    ">": "is more than, or after",
    ">=": "is at least, or from",
    "in": "is one of",
    "contains": "has in it",
    "is set": "has a value",
    "is not set": "has no value",
    "days from run": "is so many days after the day it is sent",
    "anniversary": "has its day of the year so many days after",
}
SHORT = {
    "<": {"date": "is before", "": "is less than"},
    "<=": {"date": "is not after", "": "is at most"},
    ">": {"date": "is after", "": "is more than"},
    ">=": {"date": "is not before", "": "is at least"},
}
CHOICES = [(op, WORDS[op]) for op in conditions.OPS]
OWN = {"name": "Name", "phone": "Phone"}

_days = re.compile(r"(-?\d{1,6})(?:\s*(?:,|to|\.\.)\s*(-?\d{1,6}))?")


def condition_from_form(field: str, op: str, text: str, type_: str) -> dict[str, Any]:
    """A condition from what somebody typed for it: 5,000 and 31/12/2026 are understood, lists have commas.

    What cannot be understood stays as it is: `filters.parse_filter` says what is wrong with it.
    """
    if op in conditions.WITHOUT_VALUE:
        return {"field": field, "op": op}
    if op in conditions.OF_DATES:
        match = _days.fullmatch(text or "0")
        if match is None:
            return {"field": field, "op": op, "value": text}
        first = int(match[1])
        return {"field": field, "op": op, "value": [first, int(match[2])] if match[2] else first}
    if op == "in":
        return {"field": field, "op": op, "value": [_canonical(type_, one) for one in text.split(",") if one.strip()]}
    return {"field": field, "op": op, "value": _canonical(type_, text)}


def present_names(fields: Iterable[ContactField]) -> dict[str, str]:
    """By each earlier name of these fields the one that they have now; nothing where one of them is called so now, or
    where they are called differently.
    """
    fields = list(fields)
    now = {one.name for one in fields}
    found: dict[str, set[str]] = {}
    for one in fields:
        for old in one.names[1:]:
            found.setdefault(old, set()).add(one.name)
    return {old: min(names) for old, names in found.items() if old not in now and len(names) == 1}


def by_present_names(filter: Iterable[Any], fields: Iterable[ContactField]) -> list[Any]:
    """The same conditions by what the fields are called now."""
    names = present_names(fields)
    return [
        one | {"field": names[one["field"]]} if isinstance(one, dict) and one.get("field") in names else one
        for one in filter
    ]


def typed_value(condition: Mapping[str, Any]) -> str:
    """The value of a condition as it is typed into a form."""
    value = condition.get("value")
    if isinstance(value, list):
        return (" to " if condition.get("op") in conditions.OF_DATES else ", ").join(map(str, value))
    return "" if value is None else str(value)


def filter_address(filter: Sequence[Mapping[str, Any]]) -> str:
    """The filter as the address of a group's page has it."""
    pairs: dict[str, str] = {}
    for number, condition in enumerate(filter):
        pairs |= {f"field_{number}": str(condition.get("field")), f"op_{number}": str(condition.get("op"))}
        if value := typed_value(condition):
            pairs[f"value_{number}"] = value
    return urlencode(pairs)


def condition_in_words(condition: Mapping[str, Any], fields: Mapping[str, ContactField]) -> str:
    """A stored condition in words, for people who did not write it."""
    key, op = str(condition.get("field")), str(condition.get("op"))
    field = fields.get(key)
    label = field.label if field else OWN.get(key, key)
    type_ = field.type if field else values.TEXT
    if op in conditions.WITHOUT_VALUE:
        return f"{label} {WORDS[op]}"
    if op in conditions.OF_DATES:
        verb = "is" if op == "days from run" else "has its day of the year"
        return f"{label} {verb} {_days_in_words(condition.get('value'))}"
    verb = SHORT[op]["date" if type_ in ContactField.WITH_DAY else ""] if op in SHORT else WORDS.get(op, op)
    value = condition.get("value")
    listed = value if isinstance(value, list) else [value]
    # Of a date and time its day is compared.
    shown = values.DATE if type_ == values.DATETIME else type_
    return f"{label} {verb} {', '.join(value_display.display(shown, str(one)) for one in listed)}"


def _days_in_words(value: Any) -> str:
    if isinstance(value, list):
        return " to ".join(map(_days_in_words, value))
    if not isinstance(value, int) or value == 0:
        return "on the day it is sent"
    day = "day" if abs(value) == 1 else "days"
    return f"{abs(value)} {day} {'after' if value > 0 else 'before'} it is sent"


def _canonical(type_: str, text: str) -> str:
    text = values.clean(text)
    type_ = values.DATE if type_ == values.DATETIME else type_
    if type_ in (*value_display.NUMERIC, values.DATE, values.BOOLEAN):
        try:
            return values.canonical(type_, text) or text
        except values.BadValue:
            return text
    return text
