"""The child that reads a workbook: `python -m contacts.spreadsheets.spool FILE SPOOL CHOICES`.

The library holds a whole sheet in memory, 557 MB for a million rows; in a child of its own the worker stays small. The
spool, packed by gzip, has a line a row: its number and its cells between tabs, which no cleaned cell holds. What the
workbook is goes to standard output.

Two processors read a large sheet: two threads its halves, as the library lets others work meanwhile, and then two
processes, forked, make lines of them.
"""

from __future__ import annotations

import gzip
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from python_calamine import CalamineSheet

from contacts.spreadsheets.all_sheets import add_rows, filled_sheets, headings_of
from contacts.spreadsheets.bounds import (
    LONG_CELL,
    LONGEST_CELL_LETTERS,
    TooMuch,
    bound_process,
    check_package,
    most_letters,
)
from contacts.spreadsheets.broken import NO_VALUE
from contacts.spreadsheets.child import BAD_FILE
from contacts.spreadsheets.headings import column_letter
from contacts.spreadsheets.line_breaks import with_blanks
from contacts.spreadsheets.markup import as_workbook
from contacts.spreadsheets.merged import FillDown
from contacts.spreadsheets.package import DAMAGES, halves
from contacts.spreadsheets.reading import GUESSED, MOST_COLUMNS, MOST_ROWS, TOO_WIDE, BadFile
from contacts.spreadsheets.unread import Unread, unread_in
from contacts.spreadsheets.workbook import (
    TOP_ROWS,
    first_row_of,
    first_with_numbers,
    merges_of,
    names_in,
    rows_of,
    sheet_of,
    texts_of,
    width_of,
)
from lib import room

# Fast rather than small: it is read as often as it is written.
GZIP_LEVEL = 1
# Titles and a heading may stand above the people.
MOST_LINES = MOST_ROWS + TOP_ROWS
TAB = "\t"
FORK = get_context("fork")


def main(source: Path, spool: Path, choices: dict[str, Any]) -> dict[str, Any]:
    """Write the chosen sheet of `source` to `spool`; returns what the workbook is. Raises BadFile."""
    unpacked, folder = check_package(source), spool.parent
    source = with_blanks(as_workbook(source, folder), folder)
    names = names_in(source)
    name = choices.get("sheet") or first_with_numbers(source, names, folder)
    if name not in names:
        raise BadFile("no_such_sheet", f"There is no sheet “{name}”. There are: {', '.join(names)}.")
    written, unread = _write_sheet(source, name, spool, choices, most_letters(unpacked))
    read, hidden_rows = [name], len(unread.hidden_rows)
    if choices.get("all_sheets"):
        hidden_rows += _add_others(source, names, read, spool, choices, written, most_letters(unpacked))
    return {
        "kind": "workbook",
        "sheets": names,
        "sheet": name,
        "sheets_read": read,
        "sheets_unread": filled_sheets(source, [other for other in names if other not in read]),
        "rows": written.rows,
        "hidden_rows": hidden_rows,
        "hidden_unseen": unread.unseen,
        "hidden_columns": [column_letter(index) for index in sorted(unread.hidden_columns) if index < MOST_COLUMNS],
        "uncalculated": sorted(written.uncalculated),
        "filled_down": sorted(written.filled),
        "merged_once": sorted(written.once),
        "days_from_1904": unread.days_from_1904,
    }


def _write_sheet(source: Path, name: str, spool: Path, choices: dict[str, Any], most: int) -> tuple[Written, Unread]:
    """What was written of one sheet, and what the library does not tell of it."""
    with ThreadPoolExecutor(1) as beside:
        looking = beside.submit(unread_in, source, name)
        sheets = read_spool(source, name, spool.parent)
        unread = looking.result()
    left_out = replace(
        unread,
        hidden_rows=set() if choices.get("hidden_rows") else unread.hidden_rows,
        hidden_columns=set() if choices.get("hidden_columns") else unread.hidden_columns,
    )
    return write_spool(sheets, spool, left_out, most), unread


def _add_others(
    source: Path, names: list[str], read: list[str], spool: Path, choices: dict[str, Any], written: Written, most: int
) -> int:
    """Add the rows of the sheets with the same headings, and their names to `read`; how many hidden rows they have."""
    given = choices.get("heading_row")
    headings = headings_of(spool, None if given == GUESSED else given or 0)
    hidden_rows = 0
    for name in [other for other in names if other not in read]:
        folder = spool.parent / f"sheet-{len(read)}"
        folder.mkdir()
        other_written, unread = _write_sheet(source, name, folder / "rows", choices, most)
        count = add_rows(spool, folder / "rows", headings, len(read), MOST_LINES - written.rows)
        shutil.rmtree(folder)
        if count is not None:
            read.append(name)
            hidden_rows += len(unread.hidden_rows)
            other_written.rows = count
            written.add(other_written)
            if written.rows > MOST_LINES:
                raise BadFile("too_large", f"The sheets have more than {MOST_ROWS:,} rows together. Split the file.")
    return hidden_rows


def read_spool(source: Path, name: str, folder: Path) -> list[CalamineSheet]:
    """The sheet of this name, or its halves, whichever can be read. Raises BadFile."""
    try:
        with ThreadPoolExecutor(2) as beside:
            reading = [beside.submit(sheet_of, part, name) for part in halves(source, name, folder)]
            return [one.result() for one in reading]
    except (BadFile, *DAMAGES):
        return [sheet_of(source, name)]


@dataclass
class Written:
    """How many rows were, and in which columns formulas have no value, merged texts were filled down or stand once."""

    rows: int = 0
    uncalculated: set[int] = field(default_factory=set)
    filled: set[int] = field(default_factory=set)
    once: set[int] = field(default_factory=set)

    def add(self, other: Written) -> None:
        self.rows += other.rows
        self.uncalculated |= other.uncalculated
        self.filled |= other.filled
        self.once |= other.once


def write_spool(sheets: list[CalamineSheet], spool: Path, unread: Unread, most: int) -> Written:
    """Write the rows of these, which are one sheet, but for what is hidden. Raises BadFile, MemoryError.

    A process for each; to gzip, what is packed in several pieces is one.
    """
    width = max(map(width_of, sheets))
    if width > MOST_COLUMNS:
        raise BadFile("too_wide", TOO_WIDE)
    if merges := merges_of(sheets):
        unread = replace(unread, merges=merges)
    rows = [rows_of(sheet, width) for sheet in sheets]
    if any(unread.merges.lie_over(first_row_of(sheet)) for sheet in sheets[1:]):
        rows = [chain.from_iterable(rows)]
    pieces = [spool, *(spool.with_suffix(f".{number}") for number in range(1, len(rows)))]
    told = FORK.SimpleQueue()

    def write_piece(number: int) -> None:
        try:
            told.put((_write(rows[number], pieces[number], unread, most), None))
        except (BadFile, OSError) as error:
            bad = as_bad_file(error)
            told.put((Written(), (bad.code, bad.words)))

    beside = [FORK.Process(target=write_piece, args=[number]) for number in range(1, len(rows))]
    for process in beside:
        process.start()
    write_piece(0)
    for process in beside:
        process.join()
        if process.exitcode:
            raise MemoryError
    with spool.open("ab") as out:
        for piece in pieces[1:]:
            with piece.open("rb") as packed:
                shutil.copyfileobj(packed, out)
    written = Written()
    for piece_written, problem in [told.get() for _ in rows]:
        if problem is not None:
            raise BadFile(*problem)
        written.add(piece_written)
    if written.rows > MOST_LINES:
        raise BadFile("too_large", f"The sheet has more than {MOST_ROWS:,} rows. Split it.")
    return written


def _write(rows: Iterator[tuple[int, list[Any]]], spool: Path, unread: Unread, most: int) -> Written:
    """Write a line for each row that is not empty, until there are too many.

    Raises BadFile where a cell, or all of them, are longer than may be.
    """
    count = letters = 0
    mender = _Mender(unread)
    has_work, hidden_rows, hidden_columns = mender.has_work, unread.hidden_rows, unread.hidden_columns
    with gzip.open(spool, "wt", GZIP_LEVEL, encoding="utf-8", newline="\n") as out:
        for number, cells in rows:
            if number in hidden_rows:
                mender.see_hidden(number, cells)
                continue
            written = texts_of(cells)
            if has_work:
                mender.mend(number, written)
            for index in hidden_columns:
                if index < len(written):
                    written[index] = ""
            if any(written):
                count += 1
                if count > MOST_LINES:
                    break
                line = TAB.join(written)
                letters += len(line)
                if len(line) > LONGEST_CELL_LETTERS and max(map(len, written)) > LONGEST_CELL_LETTERS:
                    raise BadFile("too_large", f"Row {number}: {LONG_CELL}")
                if letters > most:
                    raise TooMuch
                out.write(f"{number}\t{line}\n")
    return Written(count, mender.uncalculated - unread.hidden_columns, mender.filling.filled, mender.filling.once)


class _Mender:
    """Puts into rows, as they come from the top, what the library has not told of them."""

    def __init__(self, unread: Unread) -> None:
        self.filling = FillDown(unread.merges)
        self.uncalculated: set[int] = set()
        self.has_work = bool(unread.merges or unread.broken)
        self._unread = unread
        self._broken: Iterator[tuple[int, int, str]] | None = None
        self._next: tuple[int, int, str] | None = None

    def see_hidden(self, number: int, cells: list[Any]) -> None:
        if self.has_work:
            self.filling.see(number, texts_of(cells))

    def mend(self, number: int, cells: list[str]) -> None:
        """A row in which nothing stands but formulas without values, or what is merged from above, stays empty."""
        self.filling.see(number, cells)
        broken = self._broken_in(number)
        for column, error in broken:
            if error != NO_VALUE:
                _put(cells, column, error)
        if any(cells):
            for column, error in broken:
                if error == NO_VALUE:
                    _put(cells, column, error)
                    self.uncalculated.add(column)
            self.filling.fill(number, cells)

    def _broken_in(self, number: int) -> list[tuple[int, str]]:
        if self._broken is None:
            self._broken = self._unread.broken.from_row(number)
            self._next = next(self._broken, None)
        found = []
        while self._next is not None and self._next[0] <= number:
            row, column, error = self._next
            if row == number and column < MOST_COLUMNS:
                found.append((column, error))
            self._next = next(self._broken, None)
        return found


def _put(cells: list[str], column: int, error: str) -> None:
    """Where the library has told of nothing, or of the value that a broken formula had."""
    cells.extend([""] * (column + 1 - len(cells)))
    cells[column] = error


def as_bad_file(error: Exception) -> BadFile:
    """What is told of it; raises it again where that is not known."""
    if isinstance(error, BadFile):
        return error
    if isinstance(error, MemoryError):
        return TooMuch()
    if room.is_full(error):
        return BadFile("disk_full", room.FULL)
    raise error


def answer_as_child(main: Callable[[Path, Path, dict[str, Any]], dict[str, Any]]) -> None:
    """Do what the parent has asked for on the command line, within the bounds of a child, and tell what came of it."""
    bound_process()
    try:
        sys.stdout.write(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]))))
    except (BadFile, MemoryError, OSError) as error:
        told = as_bad_file(error)
        sys.stderr.write(json.dumps([told.code, told.words]))
        sys.exit(BAD_FILE)


if __name__ == "__main__":
    answer_as_child(main)
