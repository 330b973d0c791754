"""The child that reads a workbook: `python -m contacts.spreadsheets.spool FILE SPOOL CHOICES`.

The library holds a whole sheet in memory, 557 MB for a million rows; in a child of its own the worker stays small. The
spool is JSON lines: first what the workbook is, then a row a line.
"""

from __future__ import annotations

import json
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

from contacts.spreadsheets.headings import column_letter, looks_like_number
from contacts.spreadsheets.hidden import hidden_in
from contacts.spreadsheets.reading import MOST_UNPACKED_BYTES, BadFile
from contacts.values import clean

MOST_MEMORY = 3 << 30
LOOKED_AT = 200


def main(source: Path, spool: Path, choices: dict[str, Any]) -> None:
    """Write the chosen sheet of `source` to `spool`. Raises BadFile."""
    check_size(source)
    try:
        workbook = CalamineWorkbook.from_path(str(source))
    except PasswordError as error:
        raise BadFile("password", "The workbook has a password. Save it without one and try again.") from error
    except (CalamineError, OSError, ValueError) as error:
        raise BadFile("not_a_spreadsheet", "This is no Excel or OpenDocument workbook that can be read.") from error
    name = choices.get("sheet") or first_with_numbers(workbook)
    if name not in workbook.sheet_names:
        raise BadFile("no_such_sheet", f"There is no sheet “{name}”. There are: {', '.join(workbook.sheet_names)}.")
    hidden = hidden_in(source, name)
    left_out = set() if choices.get("hidden_columns") else hidden.columns
    with spool.open("w", encoding="utf-8") as out:
        about = {
            "sheets": workbook.sheet_names,
            "sheet": name,
            "hidden_rows": len(hidden.rows),
            "hidden_columns": [column_letter(index) for index in sorted(hidden.columns)],
        }
        out.write(json.dumps(about) + "\n")
        for number, cells in enumerate(rows_of(workbook, name), start=1):
            if number in hidden.rows and not choices.get("hidden_rows"):
                continue
            written = ["" if index in left_out else as_text(cell) for index, cell in enumerate(cells)]
            if any(written):
                out.write(json.dumps([number, written], ensure_ascii=False) + "\n")


def check_size(source: Path) -> None:
    if zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as packed:
            if sum(one.file_size for one in packed.infolist()) > MOST_UNPACKED_BYTES:
                raise BadFile("too_large", "The workbook is larger than 2 GB when unpacked.")


def first_with_numbers(workbook: CalamineWorkbook) -> str:
    """The first sheet that has phone numbers, else the first."""
    for name in workbook.sheet_names:
        for number, cells in enumerate(rows_of(workbook, name)):
            if number >= LOOKED_AT:
                break
            if any(looks_like_number(as_text(cell)) for cell in cells):
                return name
    return workbook.sheet_names[0]


def rows_of(workbook: CalamineWorkbook, name: str) -> list[list[Any]]:
    sheet: CalamineSheet = workbook.get_sheet_by_name(name)
    # Without the empty area row numbers would not be those that the spreadsheet shows.
    return sheet.to_python(skip_empty_area=False)


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
        main(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]))
    except BadFile as error:
        sys.stderr.write(json.dumps([error.code, error.words]))
        sys.exit(3)
    except MemoryError:
        sys.stderr.write(json.dumps(["too_large", "The workbook is too large to be read. Save it as CSV."]))
        sys.exit(3)
