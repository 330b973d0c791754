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
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from python_calamine import CalamineSheet

from contacts.spreadsheets.bounds import (
    LONG_CELL,
    LONGEST_CELL_LETTERS,
    TooMuch,
    bound_process,
    check_package,
    most_letters,
)
from contacts.spreadsheets.child import BAD_FILE
from contacts.spreadsheets.headings import column_letter
from contacts.spreadsheets.hidden import Hidden, hidden_in
from contacts.spreadsheets.package import DAMAGES, halves
from contacts.spreadsheets.reading import MOST_COLUMNS, MOST_ROWS, TOO_WIDE, BadFile
from contacts.spreadsheets.workbook import (
    TOP_ROWS,
    first_with_numbers,
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
    unpacked = check_package(source)
    names, folder = names_in(source), spool.parent
    name = choices.get("sheet") or first_with_numbers(source, names, folder)
    if name not in names:
        raise BadFile("no_such_sheet", f"There is no sheet “{name}”. There are: {', '.join(names)}.")
    with ThreadPoolExecutor(1) as beside:
        looking = beside.submit(hidden_in, source, name)
        sheets = read_spool(source, name, folder)
        hidden = looking.result()
    count = write_spool(
        sheets,
        spool,
        Hidden(
            set() if choices.get("hidden_rows") else hidden.rows,
            set() if choices.get("hidden_columns") else hidden.columns,
        ),
        most_letters(unpacked),
    )
    return {
        "sheets": names,
        "sheet": name,
        "rows": count,
        "hidden_rows": len(hidden.rows),
        "hidden_unseen": hidden.unseen,
        "hidden_columns": [column_letter(index) for index in sorted(hidden.columns) if index < MOST_COLUMNS],
    }


def read_spool(source: Path, name: str, folder: Path) -> list[CalamineSheet]:
    """The sheet of this name, or its halves, whichever can be read. Raises BadFile."""
    try:
        with ThreadPoolExecutor(2) as beside:
            reading = [beside.submit(sheet_of, part, name) for part in halves(source, name, folder)]
            return [one.result() for one in reading]
    except (BadFile, *DAMAGES):
        return [sheet_of(source, name)]


def write_spool(sheets: list[CalamineSheet], spool: Path, left_out: Hidden, most: int) -> int:
    """Write the rows of these, which are one sheet, and return how many there are. Raises BadFile, MemoryError.

    A process for each; to gzip, what is packed in several pieces is one.
    """
    width = max(map(width_of, sheets))
    if width > MOST_COLUMNS:
        raise BadFile("too_wide", TOO_WIDE)
    pieces = [spool, *(spool.with_suffix(f".{number}") for number in range(1, len(sheets)))]
    counts = FORK.SimpleQueue()

    def write_piece(number: int) -> None:
        try:
            counts.put((_write(rows_of(sheets[number], width), pieces[number], left_out, most), None))
        except (BadFile, OSError) as error:
            told = as_bad_file(error)
            counts.put((0, (told.code, told.words)))

    beside = [FORK.Process(target=write_piece, args=[number]) for number in range(1, len(sheets))]
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
    count = 0
    for lines, problem in [counts.get() for _ in sheets]:
        if problem is not None:
            raise BadFile(*problem)
        count += lines
    if count > MOST_LINES:
        raise BadFile("too_large", f"The sheet has more than {MOST_ROWS:,} rows. Split it.")
    return count


def _write(rows: Iterator[tuple[int, list[Any]]], spool: Path, left_out: Hidden, most: int) -> int:
    """Write a line for each row that is not empty, until there are too many; returns how many there are.

    Raises BadFile where a cell, or all of them, are longer than may be.
    """
    count = letters = 0
    with gzip.open(spool, "wt", GZIP_LEVEL, encoding="utf-8", newline="\n") as out:
        for number, cells in rows:
            if number in left_out.rows:
                continue
            written = texts_of(cells)
            for index in left_out.columns:
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
    return count


def as_bad_file(error: Exception) -> BadFile:
    """What is told of it; raises it again where that is not known."""
    if isinstance(error, BadFile):
        return error
    if isinstance(error, MemoryError):
        return TooMuch()
    if room.is_full(error):
        return BadFile("disk_full", room.FULL)
    raise error


if __name__ == "__main__":
    bound_process()
    try:
        sys.stdout.write(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]))))
    except (BadFile, MemoryError, OSError) as error:
        told = as_bad_file(error)
        sys.stderr.write(json.dumps([told.code, told.words]))
        sys.exit(BAD_FILE)
