"""Opening a file of any kind: what is not given is guessed, and can be seen and changed."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import dropwhile, islice
from pathlib import Path
from typing import Any, TypeVar

from contacts.spreadsheets import text
from contacts.spreadsheets.bounds import NO_WORKBOOK, is_cut_off
from contacts.spreadsheets.child import VCARDS, read_in_child
from contacts.spreadsheets.headings import (
    MOST_IN_LINE,
    REASON,
    are_numbers_alone,
    column_letter,
    heading_row,
    looks_like_number,
)
from contacts.spreadsheets.kinds import START_BYTES, ZIP, document, is_read_by_child, is_vcard
from contacts.spreadsheets.reading import (
    GUESSED,
    LARGE_FILE,
    MOST_COLUMNS,
    MOST_FILE_BYTES,
    OTHER_KIND,
    TOO_WIDE,
    BadFile,
    Reading,
    Row,
    not_too_many,
)
from contacts.spreadsheets.within_words import column_to_take_apart, taken_apart
from lib import phones

ENCODINGS = ("utf-8", "cp1252", "utf-16-le", "utf-16-be", "mac_roman")
HEAD_ROWS = 50
SAMPLE_ROWS = 200
ACCENT_ROWS = 100_000
T = TypeVar("T", bound=tuple[Any, ...])
# Delimiters that people also write within a cell: 23,500 or 23,50.
WITHIN_CELLS = (",", ";")
TOLD_BY_CHILD = (
    "sheets", "sheets_read", "sheets_unread", "hidden_rows", "hidden_columns", "hidden_unseen", "uncalculated",
    "filled_down", "merged_once",
)  # fmt: skip
# The headings of names and numbers that stood in one cell.
APART = ("Name", "Phone")


@dataclass
class Sheet:
    """An open sheet. `rows()` streams what is under the headings, as often as it is called.

    `path` is the text file, or the workbook's spool. `lines` is how many rows there are, about. `most_cells` is how
    many a row may have, where one more means that a delimiter stands within a cell; `unnamed`, how many more most
    rows have than there are headings. `hidden_unseen`: it is damaged, so that it cannot be told what is hidden.
    """

    reading: Reading
    headings: list[str]
    path: Path
    lines: int = 0
    most_cells: int | None = None
    unnamed: int = 0
    sheets: list[str] = field(default_factory=list)
    hidden_rows: int = 0
    hidden_columns: list[str] = field(default_factory=list)
    hidden_unseen: bool = False
    uncalculated: list[int] = field(default_factory=list)
    filled_down: list[int] = field(default_factory=list)
    merged_once: list[int] = field(default_factory=list)
    sheets_read: list[str] = field(default_factory=list)
    sheets_unread: list[str] = field(default_factory=list)
    spool: tempfile.TemporaryDirectory[str] | None = None

    @property
    def is_workbook(self) -> bool:
        """Its rows are in a spool; so are those of cards."""
        return self.reading.kind != "text"

    @property
    def has_serial_days(self) -> bool:
        """Whether 46000 may be a day: it is another one where days count from 1904."""
        return self.reading.kind == "workbook" and not self.reading.days_from_1904

    def rows(self) -> Iterator[Row]:
        """The rows of people. Raises BadFile where there are too many or a line cannot be read."""
        return self._people(_all_rows(self))

    def column(self, index: int, last: int = 0) -> Iterator[tuple[int, str, list[str]]]:
        """The number and one cell of each row, "" where it has none or cannot be one, and its cells as they stand in
        the file, with that column `last` at least. Raises BadFile.
        """
        reading = self.reading
        if reading.numbers_alone or reading.apart is not None:
            rows = ((row.number, row.cells) for row in _all_rows(self))
        elif self.is_workbook:
            rows = ((int(number), cells) for number, *cells in _spooled(self.path, max(index, last) + 2))
        else:
            return self._people(text.column(self.path, reading.encoding, reading.delimiter, index, self.most_cells))
        return self._people((number, cells[index] if index < len(cells) else "", cells) for number, cells in rows)

    def _people(self, rows: Iterator[T]) -> Iterator[T]:
        """Those under the headings."""
        heading = self.reading.heading_row or 0
        return not_too_many(dropwhile(lambda row: row[0] <= heading, rows))

    def first_accent(self) -> str:
        """The first cell that another encoding would show differently, else ""."""
        if self.is_workbook or text.is_ascii(self.path):
            return ""
        return next((cell for row in islice(self.rows(), ACCENT_ROWS) for cell in row.cells if not cell.isascii()), "")

    def samples(self, count: int = SAMPLE_ROWS) -> list[Row]:
        good = (row for row in self.rows() if not (row.problem or text.is_too_long(row.cells, self.most_cells)))
        return list(islice(good, count))

    def close(self) -> None:
        if self.spool is not None:
            self.spool.cleanup()


def open_sheet(path: Path, *, reading: Reading | None = None, sheet: str = "", wanted: Reading | None = None) -> Sheet:
    """Open `path`, whatever its name says that it is. Raises BadFile.

    What is not given is guessed: all of it without `reading`, or what `wanted` leaves open.
    """
    if path.stat().st_size == 0:
        raise BadFile("empty", "The file is empty.")
    if path.stat().st_size > MOST_FILE_BYTES:
        raise BadFile("too_large", LARGE_FILE)
    with path.open("rb") as file:
        start = file.read(START_BYTES)
    if is_read_by_child(start):
        opened = _in_child(path, reading or wanted or Reading("workbook", sheet=sheet, heading_row=GUESSED), start)
    elif words := document(start):
        raise BadFile("not_a_spreadsheet", OTHER_KIND.format(words))
    else:
        opened = _text(path, reading, wanted)
    return _named(opened) if reading is not None else _with_headings(opened, wanted)


def check_whole(start: bytes, tail: bytes) -> None:
    """What can be told of a file without reading it: raises BadFile where it came only in part."""
    if start.startswith(ZIP) and is_cut_off(tail):
        raise BadFile("not_a_spreadsheet", NO_WORKBOOK)


def open_spool(path: Path, reading: Reading) -> Sheet:
    """A workbook's rows, as a child has written them before."""
    return _named(Sheet(reading, [], path))


def _text(path: Path, reading: Reading | None, wanted: Reading | None) -> Sheet:
    if reading is None:
        encoding = (wanted and wanted.encoding) or text.encoding_of(path)
        reading = Reading("text", encoding, (wanted and wanted.delimiter) or text.delimiter_of(path, encoding))
    return Sheet(reading, [], path, lines=text.count_lines(path))


def _in_child(path: Path, wanted: Reading, start: bytes) -> Sheet:
    spool = tempfile.TemporaryDirectory(prefix="sheet-")
    target = Path(spool.name) / "rows"
    try:
        about = read_in_child(path, target, wanted, VCARDS if is_vcard(start) else "")
    except BadFile:
        spool.cleanup()
        raise
    return Sheet(
        replace(wanted, kind=about["kind"], sheet=about["sheet"], days_from_1904=about.get("days_from_1904", False)),
        [],
        target,
        about["rows"],
        spool=spool,
        **{name: about[name] for name in TOLD_BY_CHILD if name in about},
    )


def _with_headings(sheet: Sheet, wanted: Reading | None) -> Sheet:
    head = list(islice(_all_rows(sheet), HEAD_ROWS))
    if not head:
        raise BadFile("empty", "There are no rows in this file.")
    if (apart := column_to_take_apart(head)) is not None:
        sheet.reading = replace(sheet.reading, apart=apart)
        head = list(islice(_all_rows(sheet), HEAD_ROWS))
    given = wanted is not None and wanted.heading_row != GUESSED
    alone = (wanted is None or not given or wanted.heading_row is None) and are_numbers_alone(head)
    row = None if alone else wanted.heading_row if wanted is not None and given else heading_row(head)
    if row is not None and len(head) < HEAD_ROWS and row >= head[-1].number:
        raise BadFile("empty", "There are headings in this file, and no rows under them.")
    if bad := next((one for one in head if one.problem and one.number <= (row or 0)), None):
        raise BadFile("unreadable", f"Row {bad.number} cannot be read: {bad.problem}. Take the mark away.")
    sheet.reading = replace(sheet.reading, heading_row=row, numbers_alone=alone)
    return _named(sheet)


def _named(sheet: Sheet) -> Sheet:
    """Name the columns by the heading row, or by their letters."""
    head = list(islice(_all_rows(sheet), HEAD_ROWS + (sheet.reading.heading_row or 0)))
    width = max((len(row.cells) for row in head), default=0)
    if width > MOST_COLUMNS:
        raise BadFile("too_wide", TOO_WIDE)
    named = next((row.cells for row in head if row.number == sheet.reading.heading_row), [])
    if (apart := sheet.reading.apart) is not None:
        named = [*named[:apart], *[""] * (apart - len(named)), *APART, *named[apart + 2 :]]
    if named and sheet.reading.delimiter in WITHIN_CELLS:
        under = [row.cells for row in head if row.number > (sheet.reading.heading_row or 0)]
        lengths = sorted(_filled(cells) for cells in under if any(map(looks_like_number, cells)))
        # Of five people four have at least so many; an address here and there with a comma in it makes no column.
        usual = lengths[len(lengths) // 5] if lengths else 0
        own = _filled(named)
        # Behind a reason stand the cells that were too many before.
        sheet.unnamed = max(usual - own, 0) if named[own - 1] != REASON else 0
        sheet.most_cells = width = own + sheet.unnamed
    sheet.headings = [
        (named[index] if index < len(named) else "") or f"Column {column_letter(index)}" for index in range(width)
    ]
    return sheet


def _filled(cells: list[str]) -> int:
    """How many cells a row has up to the last that is not empty."""
    return next((index + 1 for index in range(len(cells) - 1, -1, -1) if cells[index]), 0)


def _all_rows(sheet: Sheet) -> Iterator[Row]:
    rows, apart = _rows_as_they_are(sheet), sheet.reading.apart
    if sheet.reading.numbers_alone:
        return _numbers_apart(rows)
    return rows if apart is None else (taken_apart(row, apart) for row in rows)


def _rows_as_they_are(sheet: Sheet) -> Iterator[Row]:
    if not sheet.is_workbook:
        yield from text.rows(sheet.path, sheet.reading.encoding, sheet.reading.delimiter)
        return
    for number, *cells in _spooled(sheet.path):
        yield Row(int(number), cells)


def _numbers_apart(rows: Iterator[Row]) -> Iterator[Row]:
    """A row for each number of a list, by its place in it."""
    numbers = (
        (number, row.problem)
        for row in rows
        for cell in row.cells
        if cell
        for number in phones.numbers_in(cell, MOST_IN_LINE)
    )
    return (Row(place, [number], problem) for place, (number, problem) in enumerate(numbers, start=1))


def _spooled(path: Path, cells: int | None = None) -> Iterator[list[str]]:
    """The lines of a spool: number and cells, all of them apart or the first `cells`."""
    cuts = -1 if cells is None else cells
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line[:-1].split("\t", cuts)
