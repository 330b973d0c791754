"""How a file is to be read, and what comes out of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from lib import phones

MOST_ROWS = 1_000_000
MOST_COLUMNS = 200
# A workbook of 1,000,000 rows of 20 columns has 106 MB, the same as CSV 160 MB.
MOST_FILE_BYTES = 200 << 20
LARGE_FILE = "The file is larger than 200 MB. Split it into smaller ones."

OTHER_KIND = "This file is {}. Save the list in it as CSV or Excel (.xlsx)."

GUESSED = -1

TOO_WIDE = f"The file has more than {MOST_COLUMNS} columns. Delete those that nobody needs, and try again."


class BadFile(Exception):
    """The file as a whole cannot be read; the message says why, and what to do."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


class Busy(BadFile):
    """As many workbooks are being read on this machine as may be: nothing is wrong with the file, try again."""

    def __init__(self) -> None:
        super().__init__("busy", "Other workbooks are being read at this moment. Try again in a minute.")


class Row(NamedTuple):
    """One row: `number` as the spreadsheet shows it, its cleaned cells, and the `problem` where it cannot be one.

    `nth`: of the rows that were made of one, for each of several numbers in a cell of it.
    """

    number: int
    cells: list[str]
    problem: str = ""
    nth: int = 0

    @property
    def place(self) -> int:
        """No other row has it."""
        return self.number * phones.MOST_IN_CELL + self.nth


T = TypeVar("T")


def not_too_many(rows: Iterator[T]) -> Iterator[T]:
    """The same rows. Raises BadFile where there are more than may be."""
    yield from islice(rows, MOST_ROWS)
    if next(rows, None) is not None:
        raise BadFile("too_large", f"The file has more than {MOST_ROWS:,} rows. Split it into smaller ones.")


def place_of(number: int) -> int:
    """The `place` of the only row that is made of one; by itself, as it is asked for a million of them."""
    return number * phones.MOST_IN_CELL


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read. `heading_row` is as the spreadsheet numbers it, None where the first row is data already.

    `numbers_alone`: there is nothing else in it, and each is a row, whatever stands beside it in its line.
    In what is wanted of a file, what is empty is to be guessed, and so is a heading row of GUESSED.
    """

    kind: str
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    heading_row: int | None = None
    hidden_rows: bool = False
    hidden_columns: bool = False
    days_from_1904: bool = False
    all_sheets: bool = False
    numbers_alone: bool = False
    # A column of names with their numbers, each of which is two cells then.
    apart: int | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Reading:
        return cls(**stored)
