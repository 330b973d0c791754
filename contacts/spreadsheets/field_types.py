"""What the values of a new column are: by the whole words of its heading, else by its cells."""

from __future__ import annotations

import re
from collections.abc import Sequence

from contacts.spreadsheets.broken import is_error_value
from contacts.spreadsheets.heading_words import heading_words, is_identifier, is_money, may_be_money, says_phone
from contacts.values import (
    BOOLEAN,
    DATE,
    DATETIME,
    INTEGER,
    MONEY,
    NO,
    TEXT,
    YES,
    BadValue,
    begins_with_zero,
    canonical,
    has_time,
)

# As many cells must be of a type; under a heading that says money, half of them.
MOST_CELLS, NEARLY_ALL_CELLS, HALF_OF_CELLS = 0.9, 0.95, 0.5
LONGEST_INTEGER = 12
# From so many digits on, numbers of one length that are all different are no counts.
DIGITS_OF_IDENTIFIERS = 7
NOTHING_OWED = frozenset(["-", "nil", "none", "cleared", "paid"])
CURRENCY = re.compile(r"(?:^|[^a-z])(?:kes|kshs?|shs?)(?:[^a-z]|$)|/[=-]$", re.IGNORECASE)
TWO_DECIMALS = re.compile(r"[.,]\d\d$")


def guess_type(heading: str, samples: Sequence[str]) -> str:
    """The type of a new column by its heading and cleaned cells; text where nothing else fits.

    A money word wins over an identifier's (Account balance); an identifier is text, as it is written.
    """
    words = heading_words(heading)
    filled = [one for one in samples if one and not is_error_value(one)]
    says_money = is_money(words)
    if not filled:
        return MONEY if says_money and any(samples) else TEXT
    if is_identifier(words) and not says_money:
        return TEXT
    if _share_of_dates(filled) >= NEARLY_ALL_CELLS:
        return DATETIME if _tell_hours(filled) else DATE
    said = NOTHING_OWED - set(words)
    if says_money and _share_of_amounts([one for one in filled if one.lower() not in said]) >= HALF_OF_CELLS:
        return MONEY
    if (may_be_money(words) or _are_written_as_money(filled)) and _share_of_amounts(filled) >= MOST_CELLS:
        return MONEY
    if {one.lower() for one in filled} <= YES | NO and any(one.isalpha() for one in filled):
        return BOOLEAN
    if is_identifier(words) or says_phone(words) > 1 or not _are_counts(filled):
        return TEXT
    return INTEGER


def _are_written_as_money(cells: Sequence[str]) -> bool:
    return any(map(CURRENCY.search, cells)) or all(map(TWO_DECIMALS.search, cells))


def _are_counts(cells: Sequence[str]) -> bool:
    """Whether they are whole numbers that count something: none begins with a zero, long ones differ in length."""
    if not all(one.removeprefix("-").isdecimal() and len(one) <= LONGEST_INTEGER for one in cells):
        return False
    if any(map(begins_with_zero, cells)):
        return False
    lengths = {len(one) for one in cells}
    return len(lengths) > 1 or lengths.pop() < DIGITS_OF_IDENTIFIERS or len(set(cells)) < len(cells)


def _share_of_amounts(cells: Sequence[str]) -> float:
    """Of the cells that are amounts, all of none; an amount does not begin with a zero."""
    if not cells:
        return 1.0
    return sum(_fits(MONEY, one) and not begins_with_zero(one) for one in cells) / len(cells)


def _share_of_dates(cells: Sequence[str]) -> float:
    """Of the cells that are dates, in whichever order; zero dates are some beside others."""
    days = max(sum(_is_day(one, month_first) for one in cells) for month_first in (False, True))
    return (days + sum(_is_zero_date(one) for one in cells)) / len(cells) if days else 0


def _tell_hours(cells: Sequence[str]) -> bool:
    """Whether they are of a day and an hour; one hour for all, such as 23:59, says nothing."""
    if not any(map(has_time, cells)):
        return False
    for month_first in (False, True):
        fitting = [one for one in cells if _fits(DATETIME, one, month_first)]
        moments = [canonical(DATETIME, one, month_first=month_first) for one in fitting]
        hours = {one.partition("T")[2] for one in moments if one}
        tells = len(hours) > 1 or (len(cells) == 1 and hours != {"00:00"})
        if tells and len(moments) >= NEARLY_ALL_CELLS * len(cells):
            return True
    return False


def _is_day(cell: str, month_first: bool) -> bool:
    return _fits(DATE, cell, month_first) and not _is_zero_date(cell)


def _is_zero_date(cell: str) -> bool:
    return _fits(DATE, cell) and canonical(DATE, cell) is None


def _fits(type_: str, cell: str, month_first: bool = False) -> bool:
    try:
        canonical(type_, cell, month_first=month_first)
    except BadValue:
        return False
    return True
