"""Conditions on contacts: `[{"field": "balance", "op": ">", "value": "0"}]`, all of which must hold.

Who has no value, or whose group lacks the field, matches only `is not set` and `!=`. Text compares ignoring case.
Nothing of a condition reaches SQL but as a parameter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Case, CharField, DateField, DecimalField, F, Q, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Lower, NullIf

from contacts.models import ContactField
from contacts.models.group import ContactQuerySet

OPS = ("=", "!=", "<", "<=", ">", ">=", "in", "contains", "is set", "is not set", "days from run")
LOOKUPS = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
NUMBERS = (ContactField.Type.INTEGER, ContactField.Type.DECIMAL, ContactField.Type.MONEY)
NUMBER_PATTERN = r"^-?[0-9]+(\.[0-9]+)?$"
DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


class BadFilter(ValueError):
    """A condition that cannot be used. Its words name the condition; show them beside it, nothing is filtered."""


@dataclass(frozen=True)
class Condition:
    """One comparison of a field with a value, both already checked against the field's type."""

    field: str
    type: str
    op: str
    value: Any

    def q(self, day: date | None = None) -> Q:
        """What must hold where `expression()` is annotated as `field_<field>`. ValueError: `day` is needed."""
        name = f"field_{self.field}"
        if self.op == "is set":
            return Q(**{f"{name}__isnull": False})
        if self.op == "is not set":
            return Q(**{f"{name}__isnull": True})
        if self.op == "=":
            return Q(**{name: self.value})
        if self.op == "!=":
            return Q(**{f"{name}__isnull": True}) | ~Q(**{name: self.value})
        if self.op == "days from run":
            if day is None:
                raise ValueError("`days from run` needs the day of the run")
            first, last = self.value
            return Q(**{f"{name}__range": (day + timedelta(days=first), day + timedelta(days=last))})
        return Q(**{f"{name}__{LOOKUPS.get(self.op, self.op)}": self.value})

    def expression(self) -> Combinable:
        """The field's value as SQL, of its own type; NULL where there is none or it cannot be read."""
        if self.field == "phone":
            return F("phone")
        raw: Any = F("name") if self.field == "name" else KeyTextTransform(self.field, "values")
        if self.type in NUMBERS:
            return _cast(self.field, NUMBER_PATTERN, DecimalField(max_digits=30, decimal_places=6))
        if self.type == ContactField.Type.DATE:
            return _cast(self.field, DATE_PATTERN, DateField())
        return NullIf(Lower(Cast(raw, TextField())), Value("", output_field=TextField()), output_field=TextField())


def matching(contacts: ContactQuerySet, conditions: list[Condition], day: date | None = None) -> ContactQuerySet:
    """Those of `contacts` for whom all `conditions` hold; `day` is the run's, for `days from run`."""
    contacts = contacts.annotate(**{f"field_{one.field}": one.expression() for one in conditions})
    for one in conditions:
        contacts = contacts.filter(one.q(day))
    return contacts


def parse(filters: Any, types: dict[str, set[str]]) -> list[Condition]:
    """Check `filters`, as the API takes them, against the types that each field has in the groups in question.

    `types` maps a field's key to its types; `name` and `phone` are always there. Raises BadFilter.
    """
    if not isinstance(filters, list):
        raise BadFilter("A filter is a list of conditions.")
    return [_condition(one, types) for one in filters]


def _condition(one: Any, types: dict[str, set[str]]) -> Condition:
    if not isinstance(one, dict) or not {"field", "op"} <= set(one):
        raise BadFilter('A condition is {"field", "op", "value"}.')
    field, op, value = one["field"], one["op"], one.get("value")
    known = {"name": {"text"}, "phone": {"text"}, **types}
    if field not in known:
        raise BadFilter(f"No group of the audience has a field “{field}”.")
    if len(known[field]) > 1:
        raise BadFilter(f"The field “{field}” is {' in one group and '.join(sorted(known[field]))} in another.")
    if op not in OPS:
        raise BadFilter(f"“{op}” is no comparison. There are: {', '.join(OPS)}.")
    (type_,) = known[field]
    if op in ("is set", "is not set"):
        return Condition(field, type_, op, None)
    if op == "days from run":
        return Condition(field, type_, op, _days(field, type_, value))
    if op == "contains":
        if type_ not in (ContactField.Type.TEXT, ContactField.Type.CHOICE):
            raise BadFilter(f"“contains” is for text; “{field}” is {type_}.")
        return Condition(field, type_, op, _canonical(field, type_, value))
    if op == "in":
        if not isinstance(value, list) or not value:
            raise BadFilter(f"“in” takes a list of values for “{field}”.")
        return Condition(field, type_, op, [_canonical(field, type_, one) for one in value])
    return Condition(field, type_, op, _canonical(field, type_, value))


def _canonical(field: str, type_: str, value: Any) -> Any:
    if not isinstance(value, (str, int, float, Decimal)):
        raise BadFilter(f"“{field}” needs a value to compare with.")
    text = ("yes" if value else "no") if isinstance(value, bool) else str(value).strip()
    if type_ in NUMBERS:
        try:
            number = Decimal(text)
        except InvalidOperation as error:
            raise BadFilter(f"“{text}” is no number; “{field}” is one.") from error
        if not number.is_finite():
            raise BadFilter(f"“{text}” is no number; “{field}” is one.")
        return number
    if type_ == ContactField.Type.DATE:
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise BadFilter(f"“{text}” is no date like 2026-12-31; “{field}” is one.") from error
    return text.lower()


def _days(field: str, type_: str, value: Any) -> tuple[int, int]:
    if type_ != ContactField.Type.DATE:
        raise BadFilter(f"“days from run” is for dates; “{field}” is {type_}.")
    pair = value if isinstance(value, list) else [value, value]
    whole = [one for one in pair if isinstance(one, int) and not isinstance(one, bool) and abs(one) <= 36_600]
    if len(pair) != 2 or len(whole) != 2:
        raise BadFilter(f"“days from run” takes a whole number of days, or [from, to], for “{field}”.")
    return min(whole), max(whole)


def _cast(key: str, pattern: str, output: Any) -> Combinable:
    text = KeyTextTransform(key, "values")
    readable = Cast(text, CharField())
    return Case(
        When(Q(**{f"values__{key}__regex": pattern}), then=Cast(readable, output)), default=None, output_field=output
    )
