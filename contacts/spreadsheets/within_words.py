"""Numbers that stand among words: a name and a number in one cell are taken apart, of all else it is said."""

from __future__ import annotations

import re
from collections.abc import Sequence

from contacts.spreadsheets.heading_words import heading_words, says_phone
from contacts.spreadsheets.headings import looks_like_number
from contacts.spreadsheets.reading import Row

# Of a column's filled cells: that it holds names with numbers, or numbers among other words.
NEARLY_ALL_CELLS, SOME_CELLS = 0.8, 0.3
# Transfer to 0712345678, Transfer to 0712345679: names differ.
DIFFERENT_NAMES = 0.5
LONGEST_NAME_AND_NUMBER = 100
MOST_NAME_WORDS = 5

_number = re.compile(r"(?<![\d+.,])(?:\+?254|0)[ -]?[17](?:[ -]?\d){8}(?![\d.,]?\d)")
_masked = re.compile(r"(?<!\d)(?:\+?254|0)[17]?\d*\*{2,}\d+")
_between = " \t-–—:;,/|.()[]=<>"
_name = re.compile(r"[^\W\d_][^\d_@#&*+=<>:;/|]+")


def name_and_number(cell: str) -> tuple[str, str] | None:
    """`Ann Demo - 0712345678`, in either order, taken apart; None for anything else."""
    if len(cell) > LONGEST_NAME_AND_NUMBER:
        return None
    numbers = list(_number.finditer(cell))
    if len(numbers) != 1:
        return None
    before, after = cell[: numbers[0].start()].strip(_between), cell[numbers[0].end() :].strip(_between)
    name = before or after
    if (before and after) or not _name.fullmatch(name) or len(name.split()) > MOST_NAME_WORDS:
        return None
    return name, numbers[0][0]


def column_to_take_apart(rows: Sequence[Row]) -> int | None:
    """The one of names with their numbers, among a file's first rows; None where there is none, or numbers alone."""
    width = max((len(row.cells) for row in rows), default=0)
    for column in range(width):
        cells = [row.cells[column] for row in rows if column < len(row.cells) and row.cells[column]]
        # 0712345678 (wife) under Phone is a number, and she is not called so.
        is_phone = bool(cells) and bool(says_phone(heading_words(cells[0])))
        found = [
            parts for cell in cells if not (is_phone and looks_like_number(cell)) and (parts := name_and_number(cell))
        ]
        # A heading above them is none.
        enough = max(1, (len(cells) - 1) * NEARLY_ALL_CELLS)
        if len(found) >= enough and len({name for name, _ in found}) >= len(found) * DIFFERENT_NAMES:
            alone = sum(any(map(_is_number_alone, row.cells)) for row in rows)
            return column if alone < len(rows) * SOME_CELLS else None
    return None


def _is_number_alone(cell: str) -> bool:
    return looks_like_number(cell) and not name_and_number(cell)


def taken_apart(row: Row, column: int) -> Row:
    """With two cells for this one. What is no name with a number is a name where it has no digit, else a number."""
    if column >= len(row.cells):
        return row
    cell = row.cells[column]
    parts = name_and_number(cell) or (("", cell) if any(map(str.isdecimal, cell)) else (cell, ""))
    return row._replace(cells=[*row.cells[:column], *parts, *row.cells[column + 1 :]])


def where_numbers_are(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """What a file without a column of numbers looks like, in words; "" where that cannot be said."""
    words = {word for heading in headings for word in heading_words(heading)}
    statement = "this looks like an M-PESA statement" if "receipt" in words and words & {"paid", "withdrawn"} else ""
    within = next((heading for index, heading in enumerate(headings) if _has_numbers(rows, index)), None)
    masked = any(_masked.search(cell) for row in rows for cell in row)
    stand = f"numbers stand among other words in “{within}”" if within else ""
    hidden = "some of them masked" if masked and within else ""
    told = [part for part in (statement, stand) if part]
    if not told:
        return ""
    return ", and ".join(told) + (f", {hidden}" if hidden else "") + ". Put the numbers into a column of their own"


def _has_numbers(rows: Sequence[Sequence[str]], column: int) -> bool:
    cells = [row[column] for row in rows if column < len(row) and row[column]]
    among_words = [cell for cell in cells if any(map(str.isalpha, cell))]
    found = sum(bool(_number.search(cell) or _masked.search(cell)) for cell in among_words)
    return bool(cells) and found >= len(cells) * SOME_CELLS
