"""One page of a group's people: in the order of a column, or of the field by which they are filtered, or of their ids.

A page begins after a person, or ends before one, so that the last of a million is as quick as the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, F, Func, Q, TextField, Value
from django.db.models.functions import Lower

from contacts.filters.conditions import Condition
from contacts.filters.search import QUICKLY_MS, PeopleQuery, at_most
from contacts.models import Contact
from contacts.models.group import ContactQuerySet

PAGE_PEOPLE = 50
# Whoever has no value stands last, in whichever direction the others are.
WITH_VALUE, WITHOUT = "with", "without"


@dataclass(frozen=True)
class PageEnd:
    """Where a page ends: the last one's id, and her value where they are in its order. `back`: it ends before her."""

    after: int
    at: Decimal | str | None = None
    back: bool = False


@dataclass(frozen=True)
class Sort:
    """The order of a column: of `name`, `phone` or a field's key."""

    key: str
    type: str = "text"
    down: bool = False

    @property
    def expression(self) -> Any:
        if self.key == "phone":
            return Func(F("phone"), template='(%(expressions)s COLLATE "C")', output_field=TextField())
        if self.key == "name":
            return Func(Lower("name"), template='(%(expressions)s COLLATE "C")', output_field=TextField())
        return Condition(self.key, self.type, "is set", None).expression()

    @property
    def is_of_number(self) -> bool:
        return Condition(self.key, self.type, "is set", None).is_of_number


@dataclass(frozen=True)
class _Order:
    """`at` is what they are ordered by before their ids; None: by these alone."""

    at: Any = None
    down: bool = False
    parts: tuple[str, ...] = (WITH_VALUE,)


def people_page(
    query: PeopleQuery,
    place: PageEnd | None,
    *,
    few: bool = False,
    milliseconds: int = QUICKLY_MS,
    sort: Sort | None = None,
) -> tuple[list[Contact], PageEnd | None]:
    """Up to a page of them from `place`, and the place where the next page begins, None on the last one.

    `few`: they are known to be some thousands at most, so that they are found first and put in order then. Otherwise
    the planner may walk through a million in order to find the first fifty. Raises TooSlow, BadFilter.
    """
    if not query.group.size:
        return [], None  # without looking: a million who have just left are still in the way
    order, back = _order(query, sort, few=few), place is not None and place.back
    rows: list[Any] = []
    parts = order.parts[::-1] if back else order.parts
    if place is not None and len(parts) > 1:
        parts = parts[parts.index(WITHOUT if place.at is None else WITH_VALUE) :]
    with at_most(milliseconds):
        for part in parts:
            people = _part(query.people(), order, part, place, few=few, back=back)
            rows += people[: PAGE_PEOPLE + 1 - len(rows)]
            place = None
            if len(rows) > PAGE_PEOPLE:
                break
    more = len(rows) > PAGE_PEOPLE
    rows = rows[:PAGE_PEOPLE]
    if back:
        rows.reverse()
    return rows, (end_of(rows[-1]) if rows and (more or back) else None)


def end_of(row: Any, *, back: bool = False) -> PageEnd:
    return PageEnd(row.pk, getattr(row, "at", None), back)


def _order(query: PeopleQuery, sort: Sort | None, *, few: bool) -> _Order:
    if sort is not None:
        at = sort.expression
        if few:
            # Of an expression that no index has they are found first and put in order then.
            at = at + Value(Decimal(0)) if sort.is_of_number else _Anew(at)
        return _Order(at, sort.down, (WITH_VALUE, WITHOUT))
    return _Order(query.driver.expression()) if query.driver else _Order()


def _part(
    people: ContactQuerySet, order: _Order, part: str, place: PageEnd | None, *, few: bool, back: bool
) -> ContactQuerySet:
    down = order.down != back
    sign = "-" if down else ""
    if order.at is None:
        people = people.alias(number=F("pk") + 0 if few else F("pk")).order_by(f"{sign}number")
        beyond = {} if place is None else {"number__lt" if down else "number__gt": place.after}
        return people.filter(**beyond)
    people = people.annotate(at=order.at)
    if len(order.parts) > 1:
        people = people.filter(at__isnull=part == WITHOUT)
    if place is not None:
        # Of those without a value the id alone decides: a row with NULL in it is greater than none.
        by_id = Q(pk__lt=place.after) if down else Q(pk__gt=place.after)
        people = people.filter(
            by_id if place.at is None else Q(_Past(F("at"), F("pk"), place.at, place.after, down=down))
        )
    return people.order_by(f"{sign}at", f"{sign}pk")


class _Anew(Func):
    """The same text, of which no index knows."""

    template = "(%(expressions)s || '')"
    output_field = TextField()


class _Past(Func):
    """`(at, id) > (value, number)`: both at once, so that an index over the two begins there."""

    template = "%(expressions)s"
    output_field = BooleanField()

    def __init__(self, at: Any, pk: Any, value: Any, number: int, *, down: bool = False, **extra: Any) -> None:
        super().__init__(at, pk, Value(value), Value(number), **extra)
        self.sign = "<" if down else ">"

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> Any:  # type: ignore[override]  # noqa: ARG002 - as the parent
        (at, a), (pk, b), (value, c), (number, d) = (compiler.compile(one) for one in self.get_source_expressions())
        return f"({at}, {pk}) {self.sign} ({value}, {number})", (*a, *b, *c, *d)
