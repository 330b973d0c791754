"""What turns a cell into the canonical text of its type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, tzinfo
from functools import lru_cache

from contacts.values.amounts import as_text, decimal_reader, money_reader, whole_reader
from contacts.values.answers import read_choice, read_text, read_yes_or_no
from contacts.values.dates import DateReading, read_date, read_moment
from contacts.values.meanings import Amounts, Years
from contacts.values.types import BOOLEAN, CHOICE, DATE, DATETIME, DECIMAL, INTEGER, MONEY

# None: the cell takes the value away, as 0/0/0000 does. Raises BadValue.
Parser = Callable[[str], str | None]

NUMBERS = {MONEY: money_reader, DECIMAL: decimal_reader, INTEGER: whole_reader}
DAYS_KEPT = 4_096
# Where it does not matter which day it is: only the shape of a cell is asked for.
SOME_DAY = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Around:
    """What decides a cell's meaning beside its type: what its heading says, when it is read, and whose clocks count."""

    amounts: Amounts = Amounts.UNKNOWN
    years: Years = Years.NEAR
    today: date = SOME_DAY
    zone: tzinfo = UTC


def canonical(
    type_: str,
    cell: str,
    *,
    workbook: bool = False,
    options: Sequence[str] = (),
    month_first: bool = False,
    around: Around | None = None,
) -> str | None:
    """The canonical text of a cleaned cell, "" for an empty one. Raises BadValue. Serial dates only in workbooks."""
    if not cell:
        return ""
    return value_parser(type_, workbook=workbook, options=tuple(options), month_first=month_first, around=around)(cell)


@lru_cache(maxsize=256)
def value_parser(
    type_: str,
    *,
    workbook: bool = False,
    options: tuple[str, ...] = (),
    month_first: bool = False,
    around: Around | None = None,
) -> Parser:
    """What turns a cell that is not empty into the canonical text of its column's type, or raises BadValue."""
    around = around or Around()
    if type_ in (DATE, DATETIME):
        reading = DateReading(around.today, around.zone, around.years, workbook, month_first)
        read = read_date if type_ == DATE else read_moment
        # Few days stand in many rows.
        return lru_cache(maxsize=DAYS_KEPT)(lambda cell: read(cell, reading))
    if type_ == CHOICE and options:
        return lambda cell: read_choice(as_text(cell) if workbook else cell, options)
    if type_ in NUMBERS:
        return NUMBERS[type_](around.amounts)
    if type_ == BOOLEAN:
        return read_yes_or_no
    return (lambda cell: read_text(as_text(cell))) if workbook else read_text
