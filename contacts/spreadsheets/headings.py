"""Which row holds the headings: above it are titles, below it people."""

from __future__ import annotations

import re
from collections.abc import Sequence

from contacts.spreadsheets.reading import Row
from lib import phones

DAMAGED_NUMBERS = ("masked", "cut_by_excel", "several", "length")
# The last column of the rejected rows, as they are downloaded to be mended and uploaded again.
REASON = "error"
FEWEST_DIGITS = 7
_phone_long = re.compile(r"(?:\d[ -]?){9}")


def looks_like_number(cell: str) -> bool:
    """Whether a cell is a phone number: good, masked or damaged."""
    if sum(char.isdecimal() for char in cell) < FEWEST_DIGITS and "*" not in cell and "E" not in cell.upper():
        return False
    try:
        phones.read_phone(cell)
    except phones.BadNumber as error:
        # 31/12/2026 and 1,234,567 are several numbers, and none of them a phone's.
        return error.code in DAMAGED_NUMBERS and (error.code != "several" or bool(_phone_long.search(cell)))
    return True


def heading_row(rows: Sequence[Row]) -> int | None:
    """The number of the row with the headings, among a file's first rows; None where the first row is data."""
    filled = [row for row in rows if any(row.cells)]
    if not filled or any(looks_like_number(cell) for cell in filled[0].cells):
        return None
    width = max(sum(1 for cell in row.cells if cell) for row in filled)
    with_numbers = [row.number for row in filled if any(looks_like_number(cell) for cell in row.cells)]
    last = with_numbers[0] if with_numbers else filled[-1].number + 1
    for row in filled:
        if row.number < last and sum(1 for cell in row.cells if cell) * 2 > width:
            return row.number
    return filled[0].number


def column_letter(index: int) -> str:
    """A for 0, AA for 26."""
    letters = ""
    index += 1
    while index:
        index, digit = divmod(index - 1, 26)
        letters = chr(65 + digit) + letters
    return letters
