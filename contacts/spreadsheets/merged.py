"""Cells that are merged over some rows: what stands in the first is meant for each, unless it is an amount or a day."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence

from contacts.spreadsheets.headings import looks_like_number
from contacts.spreadsheets.reading import MOST_COLUMNS
from contacts.values import DATE, MONEY, BadValue, canonical

_letter = re.compile(r"[^\W\d_]")
_ROW_BITS, _COLUMN_BITS = 24, 8
_ROWS, _COLUMNS = (1 << _ROW_BITS) - 1, (1 << _COLUMN_BITS) - 1


class Merges:
    """Each by its first and last row, from 1, and its first column, from 0: eight bytes, for there may be a million."""

    def __init__(self, ranges: Iterable[tuple[tuple[int, int], tuple[int, int]]] = ()) -> None:
        """Of rows and columns from 0, both ends within."""
        self._merges = array("Q")
        for (first, column), (last, _) in ranges:
            if last > first:
                self.add(first + 1, last + 1, column)

    def add(self, first: int, last: int, column: int) -> None:
        if column < MOST_COLUMNS and first <= _ROWS:
            self._merges.append((first << _ROW_BITS | min(last, _ROWS)) << _COLUMN_BITS | column)

    def __bool__(self) -> bool:
        return bool(self._merges)

    def in_order(self) -> list[tuple[int, int, int]]:
        """First and last row and column of each, from the top."""
        return [_unpacked(one) for one in sorted(self._merges)]

    def lie_over(self, row: int) -> bool:
        """Whether one goes on in this row that has begun above it."""
        return any(first < row <= last for first, last, _ in map(_unpacked, self._merges))


class FillDown:
    """Fills the rows of a sheet as they come from the top. `filled` and `once` are the columns where it was done, and
    where there are amounts, numbers or days that count in their first row only.
    """

    def __init__(self, merges: Merges) -> None:
        self._waiting = merges.in_order()[::-1]
        self._open: dict[int, tuple[int, str]] = {}
        self.filled: set[int] = set()
        self.once: set[int] = set()

    def see(self, row: int, cells: Sequence[str]) -> None:
        """Take what stands in the first row of each."""
        while self._waiting and self._waiting[-1][0] <= row:
            first, last, column = self._waiting.pop()
            text = cells[column] if first == row and column < len(cells) else ""
            if text and _counts_once(text):
                self.once.add(column)
            elif text:
                self._open[column] = (last, text)

    def fill(self, row: int, cells: list[str]) -> None:
        for column, (last, text) in list(self._open.items()):
            if row > last:
                del self._open[column]
            elif column < len(cells) and not cells[column]:
                cells[column] = text
                self.filled.add(column)


def _counts_once(text: str) -> bool:
    """Whether it would be told too often, were it told in each row."""
    return not _letter.search(text) or looks_like_number(text) or _is(MONEY, text) or _is(DATE, text)


def _is(type_: str, text: str) -> bool:
    try:
        canonical(type_, text)
    except BadValue:
        return False
    return True


def _unpacked(merge: int) -> tuple[int, int, int]:
    rows, column = merge >> _COLUMN_BITS, merge & _COLUMNS
    return rows >> _ROW_BITS, rows & _ROWS, column
