"""The child that reads a workbook: `python -m contacts.spreadsheets.spool FILE SPOOL CHOICES`.

The library holds a whole sheet in memory, 557 MB for a million rows; in a child of its own the worker stays small. The
spool, packed by gzip, has a line a row: its number and its cells between tabs, which no cleaned cell holds. What the
workbook is goes to standard output.
"""

from __future__ import annotations

import gzip
import json
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from contacts.spreadsheets.headings import column_letter, looks_like_number
from contacts.spreadsheets.hidden import hidden_in
from contacts.spreadsheets.reading import MOST_COLUMNS, MOST_ROWS, MOST_UNPACKED_BYTES, BadFile
from contacts.values import clean_row

MOST_MEMORY = 3 << 30
# Fast rather than small: it is read as often as it is written.
LEVEL = 1
LOOKED_AT = 200
# Titles and a heading may stand above the people.
MOST_LINES = MOST_ROWS + LOOKED_AT
TAB = "\t"
DAMAGED = (CalamineError, OSError, ValueError)


def main(source: Path, spool: Path, choices: dict[str, Any]) -> dict[str, Any]:
    """Write the chosen sheet of `source` to `spool`; returns what the workbook is. Raises BadFile."""
    check_size(source)
    try:
        workbook = CalamineWorkbook.from_path(str(source))
    except PasswordError as error:
        raise BadFile("password", "The workbook has a password. Save it without one and try again.") from error
    except DAMAGED as error:
        raise BadFile("not_a_spreadsheet", "This is no Excel or OpenDocument workbook that can be read.") from error
    names = workbook.sheet_names
    name = choices.get("sheet") or first_with_numbers(workbook)
    if name not in names:
        raise BadFile("no_such_sheet", f"There is no sheet “{name}”. There are: {', '.join(names)}.")
    rows = rows_of(workbook, name)
    with ThreadPoolExecutor(1) as beside:
        # The library lets other threads work while it reads.
        looking = beside.submit(hidden_in, source, name)
        first = next(rows, None)
        hidden = looking.result()
    left_out = set() if choices.get("hidden_columns") else hidden.columns
    skipped = set() if choices.get("hidden_rows") else hidden.rows
    count = 0
    with gzip.open(spool, "wt", LEVEL, encoding="utf-8", newline="\n") as out:
        for number, cells in chain([first] if first else [], rows):
            if number in skipped:
                continue
            written = texts_of(cells)
            for index in left_out:
                if index < len(written):
                    written[index] = ""
            if any(written):
                count += 1
                if count > MOST_LINES:
                    raise BadFile("too_large", f"The sheet has more than {MOST_ROWS:,} rows. Split it.")
                out.write(f"{number}\t{TAB.join(written)}\n")
    return {
        "sheets": names,
        "sheet": name,
        "rows": count,
        "hidden_rows": len(hidden.rows),
        "hidden_unseen": hidden.unseen,
        "hidden_columns": [column_letter(index) for index in sorted(hidden.columns) if index < MOST_COLUMNS],
    }


def check_size(source: Path) -> None:
    if zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as packed:
            if sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED_BYTES:
                raise BadFile("too_large", "The workbook is larger than 2 GB when unpacked.")


def first_with_numbers(workbook: CalamineWorkbook) -> str:
    """The first sheet that has phone numbers, else the first. Raises BadFile where there is no sheet."""
    if not workbook.sheet_names:
        raise BadFile("empty", "There is no sheet in this workbook.")
    if len(workbook.sheet_names) > 1:
        for name in workbook.sheet_names:
            for count, (_, cells) in enumerate(rows_of(workbook, name)):
                if count >= LOOKED_AT:
                    break
                if any(map(looks_like_number, texts_of(cells))):
                    return name
    return workbook.sheet_names[0]


def rows_of(workbook: CalamineWorkbook, name: str) -> Iterator[tuple[int, list[Any]]]:
    """The rows with the numbers that the spreadsheet shows; the library begins at the first cell that is filled."""
    try:
        sheet = workbook.get_sheet_by_name(name)
        top, left = sheet.start or (0, 0)
        rows: Iterator[list[Any]] = sheet.iter_rows()
        if left:
            before = [""] * left
            rows = (before + cells for cells in rows)
        yield from enumerate(rows, start=top + 1)
    except DAMAGED as error:
        raise BadFile("not_a_spreadsheet", f"The sheet “{name}” is damaged. Save it as CSV and try again.") from error


def texts_of(cells: list[Any]) -> list[str]:
    """The cells of a row as their sheet shows them, without a float's noise; dates are ISO."""
    return clean_row([cell if type(cell) is str else TEXTS.get(type(cell), str)(cell) for cell in cells])


def _number(cell: float) -> str:
    return f"{cell + 0.0:.15g}"  # of minus zero a zero


@lru_cache(maxsize=4096)
def _moment(cell: date | time) -> str:
    """Few days stand in many rows."""
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return cell.isoformat()


TEXTS: dict[type, Callable[[Any], str]] = {
    bool: lambda cell: "TRUE" if cell else "FALSE",
    float: _number,
    datetime: _moment,
    date: _moment,
    time: _moment,
    type(None): lambda cell: "",
}


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    try:
        sys.stdout.write(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]))))
    except BadFile as error:
        sys.stderr.write(json.dumps([error.code, error.words]))
        sys.exit(3)
    except MemoryError:
        sys.stderr.write(json.dumps(["too_large", "The workbook is too large to be read. Save it as CSV."]))
        sys.exit(3)
