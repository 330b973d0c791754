"""Cells that have no value to be read, though something stands in them: errors, and formulas that nobody reckoned."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator

# What an uncalculated formula is in a row's cells.
NO_VALUE = "#FORMULA!"
OTHER_ERROR = "#ERROR!"
ERRORS = (
    "#N/A", "#DIV/0!", "#REF!", "#NAME?", "#VALUE!", "#NUM!", "#NULL!", "#GETTING_DATA", "#SPILL!", "#CALC!", "#FIELD!",
    "#BLOCKED!", "#CONNECT!", "#BUSY!", "#UNKNOWN!", "#EXTERNAL!", OTHER_ERROR, NO_VALUE,
)  # fmt: skip
ERROR_VALUES = frozenset([*ERRORS, "#NAME", "#DIV/0", "#REF", "#VALUE", "#NUM", "#NULL"])
ERRORS_BEGIN = "#Ee"

_of_calc = re.compile(r"Err:\d{3}", re.IGNORECASE)
_COLUMN_BITS, _ERROR_BITS = 14, 5
_COLUMNS, _ERRORS = (1 << _COLUMN_BITS) - 1, (1 << _ERROR_BITS) - 1


class BrokenCells:
    """Rows from 1, columns from 0, and what stands there: eight bytes each, for a million may be broken."""

    def __init__(self) -> None:
        self._cells = array("Q")

    def __bool__(self) -> bool:
        return bool(self._cells)

    def __iter__(self) -> Iterator[tuple[int, int, str]]:
        return map(_unpacked, sorted(self._cells))

    def add(self, row: int, column: int, error: str) -> None:
        kind = ERRORS.index(error if error in ERRORS else OTHER_ERROR)
        self._cells.append((row << _COLUMN_BITS | min(column, _COLUMNS)) << _ERROR_BITS | kind)

    def from_row(self, row: int) -> Iterator[tuple[int, int, str]]:
        """Those of this row and of the ones below, in order."""
        ordered = array("Q", sorted(self._cells))
        at = bisect_left(ordered, row << _COLUMN_BITS + _ERROR_BITS)
        return (_unpacked(ordered[index]) for index in range(at, len(ordered)))


def error_of_calc(text: str) -> str:
    """An error as OpenDocument writes it, by the name that Excel has for it."""
    return OTHER_ERROR if _of_calc.fullmatch(text) else text


def is_error_value(cell: str) -> bool:
    """Whether a cell of any file holds an error for a value, as a spreadsheet writes it."""
    return cell.upper() in ERROR_VALUES or _of_calc.fullmatch(cell) is not None


def words_of_error(cell: str) -> str:
    """What is told of such a cell."""
    if cell == NO_VALUE:
        return "a formula without a value: open the file in Excel and save it"
    return f"{cell} is an error of the spreadsheet: mend its formula"


def _unpacked(cell: int) -> tuple[int, int, str]:
    place, kind = cell >> _ERROR_BITS, cell & _ERRORS
    return place >> _COLUMN_BITS, place & _COLUMNS, ERRORS[kind]
