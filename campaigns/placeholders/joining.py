"""Formats by which several rows of one number become one value: `<name:list>`, `<balance:sum:0>`, `<name:count>`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import NamedTuple

LIST, SUM, EARLIEST, LATEST, COUNT = "list", "sum", "earliest", "latest", "count"
JOINING = (LIST, SUM, EARLIEST, LATEST, COUNT)
NUMBERS = ("integer", "decimal", "money")
DAYS = ("date", "datetime")
TYPES = {
    "integer": "a number", "decimal": "a number", "money": "an amount", "date": "a date",
    "datetime": "a date and time", "boolean": "a yes/no",
}  # fmt: skip
MEANT_FOR = {SUM: "amounts and numbers", EARLIEST: "dates", LATEST: "dates"}


class UnknownFormat(ValueError):
    """The type has no such format; its words say which there are, `suggestion` which of them was meant, if any."""

    def __init__(self, words: str, suggestion: str = "") -> None:
        super().__init__(words)
        self.suggestion = suggestion


class Joining(NamedTuple):
    """`how` several rows become one value, empty: they do not; and the formats that are left for writing it."""

    how: str
    rest: tuple[str, ...]


def joining(name: str, type_: str | None, formats: tuple[str, ...]) -> Joining:
    """What `<name:formats>` of this type does with several rows; of no type whatever is named. Raises UnknownFormat."""
    small = [one.lower() for one in formats]
    named = [one for one in small if one in JOINING]
    if not named:
        return Joining("", formats)
    how = named[0]
    rest = tuple(one for one in formats if one.lower() != how)
    if type_ is None:
        return Joining(how, rest)
    if len(named) > 1:
        raise UnknownFormat(f"“{how}” and “{named[1]}” do not go together: choose one.")
    if how not in (known := joining_of(type_)):
        words = f"“{how}” is for {MEANT_FOR[how]}; <{name}> is {TYPES.get(type_, 'a text')}."
        raise UnknownFormat(f"{words} For several rows there are: {', '.join(known)}.")
    example = f"<{name}:{':'.join((*rest, how) if how == LIST else (how, *rest))}>"
    if how == COUNT and rest:
        raise UnknownFormat(f"“count” stands alone: <{name}:count>.")
    if how == LIST and small[-1] != LIST:
        raise UnknownFormat(f"“list” stands behind the other formats: {example}.")
    if how not in (LIST, COUNT) and small[0] != how:
        raise UnknownFormat(f"“{how}” stands before the other formats: {example}.")
    return Joining(how, rest)


def joining_of(type_: str) -> list[str]:
    """The formats for several rows that a type has."""
    return [LIST, *([SUM] if type_ in NUMBERS else []), *([EARLIEST, LATEST] if type_ in DAYS else []), COUNT]


def usual_joining(type_: str) -> str:
    """The format that is offered for several rows of a type."""
    return SUM if type_ in NUMBERS else EARLIEST if type_ in DAYS else LIST


def nearest(written: str, known: Iterable[str]) -> str:
    """The format that was probably meant; empty: none is near."""
    return next(iter(difflib.get_close_matches(written.lower(), known, n=1)), "")
