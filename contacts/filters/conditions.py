"""Conditions on contacts: `[{"field": "balance", "op": ">", "value": "0"}]`, all of which must hold.

Who has no value, or whose group lacks the field, matches only `is not set` and `!=`. Text compares ignoring case, and
only amounts and days have more and less.
Nothing of a condition reaches SQL but as a parameter.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as column
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Case, CharField, DecimalField, ExpressionWrapper, F, Func, Q, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Collate, Left, Lower, NullIf, Right
from django.db.models.lookups import (
    Contains,
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    IsNull,
    LessThan,
    LessThanOrEqual,
    Regex,
)

from contacts.models import ContactField, ContactGroup
from contacts.models.group import ContactQuerySet
from contacts.values import NO, YES
from lib import phones

OPS = ("=", "!=", "<", "<=", ">", ">=", "in", "contains", "is set", "is not set", "days from run", "anniversary")
WITHOUT_VALUE = ("is set", "is not set")
OF_DATES = ("days from run", "anniversary")
COMPARISONS = {"<": LessThan, "<=": LessThanOrEqual, ">": GreaterThan, ">=": GreaterThanOrEqual}
NUMBERS = (ContactField.Type.INTEGER, ContactField.Type.DECIMAL, ContactField.Type.MONEY)
OF_TEXT = (ContactField.Type.TEXT, ContactField.Type.CHOICE)

MOST_CONDITIONS = 20
MOST_VALUES = 1_000
LONGEST_VALUE = 1_000
MOST_NUMBER_DIGITS = 30
FURTHEST_DAYS = 36_600
MOMENT, DAY_LETTERS = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$", 10
LEAP_DAY, DAY_BEFORE_IT = "02-29", "02-28"


class BadFilter(ValueError):
    """A condition that cannot be used. Its words name the condition; show them beside it, nothing is filtered."""


class FieldsByName(dict[str, set[str]]):
    """The types that each name of a field has in some groups; `keys_of`: by name and group the key of its values."""

    def __init__(self) -> None:
        super().__init__()
        self.keys_of: dict[str, dict[int, str]] = {}


@dataclass(frozen=True)
class Condition:
    """One comparison of a field with a value, both already checked against the field's type.

    `keys`: in these groups the field's values stand under another key than its name.
    """

    field: str
    type: str
    op: str
    value: Any
    keys: Mapping[int, str] = column(default_factory=dict, compare=False)

    def in_group(self, group: int) -> Condition:
        """As it is to be asked of the contacts of one group."""
        return replace(self, field=self.keys.get(group, self.field), keys={}) if self.keys else self

    @property
    def is_of_number(self) -> bool:
        return self.type in NUMBERS

    @property
    def is_of_date(self) -> bool:
        return self.type == ContactField.Type.DATE

    @property
    def is_of_moment(self) -> bool:
        """Whether it compares the day of a date and time."""
        return self.type == ContactField.Type.DATETIME

    def q(self, day: date | None = None) -> Q:
        """What must hold. ValueError: `day`, the run's, is needed."""
        value = self.expression()
        if self.op in WITHOUT_VALUE:
            return Q(IsNull(value, self.op == "is not set"))
        if self.op == "=":
            return Q(Exact(value, self._plain(self.value)))
        if self.op == "!=":
            return Q(IsNull(value, True)) | ~Q(Exact(value, self._plain(self.value)))
        if self.op == "in":
            return Q(In(value, [self._plain(one) for one in self.value]))
        if self.op == "contains":
            return Q(Contains(value, self.value))
        if self.op in OF_DATES:
            return self._days(value, day)
        return Q(COMPARISONS[self.op](value, self._plain(self.value)))

    def expression(self) -> Combinable:
        """The field's value as SQL: a number, a day as ISO text, lower-case text; NULL where it has none of its type.

        Numbers and days go through functions of the database, over which a big group's fields are indexed.
        """
        if self.is_of_number:
            amounts = DecimalField(max_digits=2 * MOST_NUMBER_DIGITS, decimal_places=MOST_NUMBER_DIGITS)
            return Func(F("values"), Value(self.field), function="contacts_number", output_field=amounts)
        if self.is_of_date:
            return Func(F("values"), Value(self.field), function="contacts_day", output_field=TextField())
        if self.is_of_moment:
            moment = Cast(KeyTextTransform(self.field, "values"), TextField())
            return Case(
                When(Regex(moment, MOMENT), then=Collate(Left(moment, DAY_LETTERS), "C")), output_field=TextField()
            )
        if self.field == "phone":
            return ExpressionWrapper(F("phone"), output_field=CharField())
        raw: Any = F("name") if self.field == "name" else KeyTextTransform(self.field, "values")
        return NullIf(Lower(Cast(raw, TextField())), Value("", output_field=TextField()), output_field=TextField())

    def _plain(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value

    def _days(self, value: Combinable, day: date | None) -> Q:
        if day is None:
            raise ValueError(f"`{self.op}` needs the day of the run")
        first, last = (day + timedelta(days=days) for days in self.value)
        if self.op == "anniversary":
            return Q(In(Right(value, 5), _days_of_the_year(first, last)))
        return Q(GreaterThanOrEqual(value, first.isoformat())) & Q(LessThanOrEqual(value, last.isoformat()))


def matching(
    contacts: ContactQuerySet, conditions: list[Condition], day: date | None = None, *, group: int | None = None
) -> ContactQuerySet:
    """Those of `contacts` for whom all `conditions` hold; `day` is the run's, for `days from run` and `anniversary`.

    `group`: they are all of that one. Otherwise each is asked by what its own group calls the field.
    """
    for condition in conditions:
        contacts = contacts.filter(
            _in_each_group(condition, day) if group is None else condition.in_group(group).q(day)
        )
    return contacts


def _in_each_group(condition: Condition, day: date | None) -> Q:
    if not condition.keys:
        return condition.q(day)
    groups: dict[str, list[int]] = {}
    for group, key in condition.keys.items():
        groups.setdefault(key, []).append(group)
    found = ~Q(group__in=list(condition.keys)) & replace(condition, keys={}).q(day)
    for some in groups.values():
        found |= Q(group__in=some) & condition.in_group(some[0]).q(day)
    return found


def parse_filter(filters: Any, types: dict[str, set[str]]) -> list[Condition]:
    """Check `filters`, as the API takes them, against the types that each field has in the groups in question.

    `types` maps a field's key to its types; `name` and `phone` are always there. Raises BadFilter.
    """
    if not isinstance(filters, list):
        raise BadFilter("A filter is a list of conditions.")
    if len(filters) > MOST_CONDITIONS:
        raise BadFilter(f"A filter has at most {MOST_CONDITIONS} conditions.")
    found = [_condition(one, types) for one in filters]
    keys_of = types.keys_of if isinstance(types, FieldsByName) else {}
    return [replace(one, keys=keys_of[one.field]) if one.field in keys_of else one for one in found]


def types_of(groups: Iterable[ContactGroup]) -> dict[str, set[str]]:
    """The types that each field has in these groups."""
    return types_by_key(ContactField.objects.filter(group__in=groups))


def types_by_key(fields: Iterable[ContactField]) -> FieldsByName:
    """`types_of` groups whose fields are known already; by every name that a field has or had."""
    types = FieldsByName()
    for one in fields:
        for name in one.names:
            types.setdefault(name, set()).add(one.type)
            if name != one.key:
                types.keys_of.setdefault(name, {})[one.group_id] = one.key
    return types


def _condition(stored: Any, types: dict[str, set[str]]) -> Condition:
    if not isinstance(stored, dict) or not {"field", "op"} <= set(stored):
        raise BadFilter('A condition is {"field", "op", "value"}.')
    field, op, value = stored["field"], stored["op"], stored.get("value")
    known = {"name": {"text"}, "phone": {"text"}, **types}
    if not isinstance(field, str) or field not in known:
        raise BadFilter(f"No group of the audience has a field “{_shown(field)}”.")
    if len(known[field]) > 1:
        raise BadFilter(f"The field “{field}” is {' in one group and '.join(sorted(known[field]))} in another.")
    if op not in OPS:
        raise BadFilter(f"“{_shown(op)}” is no comparison. There are: {', '.join(OPS)}.")
    (type_,) = known[field]
    if op in WITHOUT_VALUE:
        return Condition(field, type_, op, None)
    if op in OF_DATES:
        return Condition(field, type_, op, _days(field, type_, op, value))
    if op == "contains":
        return Condition(field, type_, op, _part(field, type_, value))
    if op in COMPARISONS and type_ not in (*NUMBERS, *ContactField.WITH_DAY):
        raise BadFilter(_no_order(field, type_, op))
    if op == "in":
        if not isinstance(value, list) or not value:
            raise BadFilter(f"“in” takes a list of values for “{field}”.")
        if len(value) > MOST_VALUES:
            raise BadFilter(f"“in” takes at most {MOST_VALUES:,} values for “{field}”.")
        return Condition(field, type_, op, [_canonical(field, type_, one) for one in value])
    return Condition(field, type_, op, _canonical(field, type_, value))


def _no_order(field: str, type_: str, op: str) -> str:
    if field in ("name", "phone"):
        return f"“{op}” is for amounts and dates; a {field} is neither."
    is_text = type_ in OF_TEXT
    mend = " Make it money, a number or a date under the group's fields first." if is_text else ""
    return f"“{op}” is for amounts and dates; “{field}” is {'text' if is_text else type_}.{mend}"


def _canonical(field: str, type_: str, value: Any) -> Any:
    text = _text(field, value)
    if type_ in NUMBERS:
        return _number(field, text)
    if type_ in ContactField.WITH_DAY:
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise BadFilter(f"“{text}” is no date like 2026-12-31; “{field}” is one.") from error
    if type_ == ContactField.Type.BOOLEAN:
        if text.lower() not in YES | NO:
            raise BadFilter(f"“{text}” is neither yes nor no; “{field}” is one of them.")
        return "yes" if text.lower() in YES else "no"
    if field == "phone":
        try:
            return phones.read_phone(text).digits
        except phones.BadNumber as error:
            raise BadFilter(f"“{text}” is no mobile number.") from error
    return text.lower()


def _text(field: str, value: Any) -> str:
    if not isinstance(value, (str, int, float, Decimal)):
        raise BadFilter(f"“{field}” needs a value to compare with.")
    try:
        text = ("yes" if value else "no") if isinstance(value, bool) else str(value).strip()
        text.encode()
    except ValueError as error:
        raise BadFilter(f"The value for “{field}” cannot be read.") from error
    if not text:
        raise BadFilter(f"“{field}” needs a value to compare with.")
    if len(text) > LONGEST_VALUE or "\0" in text:
        raise BadFilter(f"The value for “{field}” is too long, or holds what cannot be stored.")
    return text


def _number(field: str, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise BadFilter(f"“{text}” is no number; “{field}” is one.") from error
    if not number.is_finite():
        raise BadFilter(f"“{text}” is no number; “{field}” is one.")
    if abs(number.adjusted()) >= MOST_NUMBER_DIGITS or len(number.as_tuple().digits) > MOST_NUMBER_DIGITS:
        raise BadFilter(f"“{text}” has too many digits for “{field}”.")
    return number


def _part(field: str, type_: str, value: Any) -> str:
    if type_ not in OF_TEXT:
        raise BadFilter(f"“contains” is for text; “{field}” is {type_}.")
    text = _text(field, value).lower()
    if field != "phone":
        return text
    digits = phones.search_digits(text)
    if not digits:
        raise BadFilter(f"“{text}” has no digit of a number.")
    return digits


def _days(field: str, type_: str, op: str, value: Any) -> tuple[int, int]:
    if type_ not in ContactField.WITH_DAY:
        raise BadFilter(f"“{op}” is for dates; “{field}” is {type_}.")
    pair = value if isinstance(value, list) else [value, value]
    whole = [one for one in pair if isinstance(one, int) and not isinstance(one, bool) and abs(one) <= FURTHEST_DAYS]
    if len(pair) != 2 or len(whole) != 2:
        raise BadFilter(f"“{op}” takes a whole number of days, or [from, to], for “{field}”.")
    return min(whole), max(whole)


def _days_of_the_year(first: date, last: date) -> list[str]:
    """The days from `first` to `last` as `12-31`; in a year without 29 February its people have theirs on the 28th."""
    days = [first + timedelta(days=number) for number in range(min((last - first).days, 366) + 1)]
    written = {f"{day:%m-%d}" for day in days}
    if any(f"{day:%m-%d}" == DAY_BEFORE_IT and not isleap(day.year) for day in days):
        written.add(LEAP_DAY)
    return sorted(written)


def _shown(written: Any) -> str:
    return str(written)[:60].encode(errors="replace").decode()
