"""Which row holds the headings: above it are titles, below it people."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import reduce

from contacts.spreadsheets.reading import Row
from lib import phones

DAMAGED_NUMBERS = ("masked", "cut_by_excel", "several", "length")
# The last column of the rejected rows, as they are downloaded to be mended and uploaded again.
REASON = "error"
FEWEST_DIGITS = 7
MOST_IN_LINE = 5_000
_phone_long = re.compile(r"(?:\d[ -]?){9}")
_letter = re.compile(r"[^\W\d_]")


def looks_like_number(cell: str) -> bool:
    """Whether a cell is a phone number: good, masked or damaged."""
    return any(number_in(cell))


def number_in(cell: str) -> tuple[str, str]:
    """The digits of the good mobile number in a cell; or what damaged the one that was there, by its error's code."""
    if digits := phones.plain_digits(cell):
        return digits, ""
    if sum(map(str.isdecimal, cell)) < FEWEST_DIGITS and "*" not in cell and "E" not in cell.upper():
        return "", ""
    try:
        return phones.read_phone(cell).digits, ""
    except phones.BadNumber as error:
        # 31/12/2026 and 1,234,567 are several numbers, and none of them a phone's.
        if error.code == "several" and not _phone_long.search(cell):
            return "", ""
        return "", error.code if error.code in DAMAGED_NUMBERS else ""


def heading_row(rows: Sequence[Row]) -> int | None:
    """The number of the row with the headings, among a file's first rows; None where the first row is data."""
    filled = [row for row in rows if any(row.cells)]
    if not filled or _is_data(filled[0], filled[1:]):
        return None
    width = max(sum(1 for cell in row.cells if cell) for row in filled)
    with_numbers = [row.number for row in filled[1:] if any(looks_like_number(cell) for cell in row.cells)]
    last = with_numbers[0] if with_numbers else filled[-1].number + 1
    above = [row for row in filled if row.number < last]
    for names in (lambda cell: bool(_letter.search(cell)), bool):
        for row in above:
            if sum(map(names, row.cells)) * 2 > width:
                return row.number
    return filled[0].number


def _is_data(first: Row, others: Sequence[Row]) -> bool:
    """Whether a first row is a person: a cell of it is a number, and more of them stand under that.

    Seven digits under others are amounts under their total. A good number above a list without any is a person.
    """
    if not any(looks_like_number(cell) for row in others for cell in row.cells):
        return any(map(looks_like_number, first.cells))
    for place, cell in enumerate(first.cells):
        digits, damage = number_in(cell)
        if not (digits or damage):
            continue
        under = [number_in(row.cells[place]) for row in others if place < len(row.cells)]
        if any(digits or damage not in ("", "length") for digits, damage in under):
            return True
        if digits and cell.lstrip("+").startswith(("0", "254")) and any(damage for _, damage in under):
            return True
    return False


def are_numbers_alone(rows: Sequence[Row]) -> bool:
    """Whether there is nothing but phone numbers in these rows, and several in one: a list, and no table.

    In rows of a table an account or another phone stands beside each, and seldom looks like a good number everywhere.
    """
    several = good = count = 0
    for row in rows:
        numbers = [piece for cell in row.cells if cell for piece in phones.numbers_in(cell, MOST_IN_LINE)]
        found = list(map(number_in, numbers))
        if row.problem or not all(map(any, found)):
            return False
        several += len(numbers) > 1
        good += sum(bool(digits) for digits, _ in found)
        count += len(numbers)
    return bool(several and good) and (len(rows) == 1 or good * 4 >= count * 3)


def column_letter(index: int) -> str:
    """A for 0, AA for 26."""
    letters = ""
    index += 1
    while index:
        index, digit = divmod(index - 1, 26)
        letters = chr(65 + digit) + letters
    return letters


def column_index(letters: str) -> int:
    """0 for A, 26 for AA."""
    return reduce(lambda index, letter: index * 26 + ord(letter) - 64, letters.upper(), 0) - 1


def column_names(headings: Sequence[str]) -> list[str]:
    """What each column may be called, for a person to name one: its heading, of several alike `Column C`."""
    alike = Counter(heading.casefold() for heading in headings)
    return [
        heading if alike[heading.casefold()] == 1 else f"Column {column_letter(index)}"
        for index, heading in enumerate(headings)
    ]
