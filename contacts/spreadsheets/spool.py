"""The child that reads a workbook: `python -m contacts.spreadsheets.spool FILE SPOOL CHOICES`.

The library holds a whole sheet in memory, 557 MB for a million rows; in a child of its own the worker stays small. The
spool has a line a row: its number and its cells between tabs, which no cleaned cell holds. What the workbook is goes to
standard output.
"""

from __future__ import annotations

import json
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from contacts.spreadsheets.headings import column_letter, looks_like_number
from contacts.spreadsheets.hidden import hidden_in
from contacts.spreadsheets.reading import MOST_COLUMNS, MOST_ROWS, MOST_UNPACKED_BYTES, BadFile
from contacts.values import clean

MOST_MEMORY = 3 << 30
LOOKED_AT = 200
# Titles and a heading may stand above the people.
MOST_LINES = MOST_ROWS + LOOKED_AT
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
    hidden = hidden_in(source, name)
    left_out = set() if choices.get("hidden_columns") else hidden.columns
    skipped = set() if choices.get("hidden_rows") else hidden.rows
    count = 0
    with spool.open("w", encoding="utf-8", newline="\n") as out:
        for number, cells in rows_of(workbook, name):
            if number in skipped:
                continue
            written = [as_text(cell) for cell in cells]
            for index in left_out:
                if index < len(written):
                    written[index] = ""
            if any(written):
                count += 1
                if count > MOST_LINES:
                    raise BadFile("too_large", f"The sheet has more than {MOST_ROWS:,} rows. Split it.")
                out.write("\t".join([str(number), *written]) + "\n")
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
                if any(looks_like_number(as_text(cell)) for cell in cells):
                    return name
    return workbook.sheet_names[0]


def rows_of(workbook: CalamineWorkbook, name: str) -> Iterator[tuple[int, list[Any]]]:
    """The rows with the numbers that the spreadsheet shows; the library begins at the first cell that is filled."""
    try:
        sheet = workbook.get_sheet_by_name(name)
        top, left = sheet.start or (0, 0)
        before = [""] * left
        for number, cells in enumerate(sheet.iter_rows(), start=top + 1):
            yield number, before + cells if left else cells
    except DAMAGED as error:
        raise BadFile("not_a_spreadsheet", f"The sheet “{name}” is damaged. Save it as CSV and try again.") from error


def as_text(cell: Any) -> str:
    """A cell as its sheet shows it, without a float's noise; dates are ISO."""
    if isinstance(cell, str):
        return clean(cell)
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else f"{cell:.15g}"
    if isinstance(cell, datetime):
        return (cell.date() if cell.time() == time() else cell).isoformat()
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return "" if cell is None else str(cell)


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
