"""A workbook as the library reads it: its sheets, their rows, and the cells as texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from contacts.spreadsheets.bounds import MOST_SHEETS, NO_WORKBOOK
from contacts.spreadsheets.headings import looks_like_number
from contacts.spreadsheets.kinds import package
from contacts.spreadsheets.merged import Merges
from contacts.spreadsheets.package import top
from contacts.spreadsheets.reading import OTHER_KIND, BadFile
from contacts.values import clean_row, plain_number

TOP_ROWS = 200
# The library reads the texts of all sheets anew for each.
SHEETS_LOOKED_INTO = 20
LIBRARY_ERRORS = (CalamineError, OSError, ValueError)


def names_in(source: Path) -> list[str]:
    """The names of the sheets that have cells, hidden ones last. Raises BadFile."""
    try:
        sheets = CalamineWorkbook.from_path(str(source)).sheets_metadata
    except PasswordError as error:
        raise BadFile("password", "The workbook has a password. Save it without one and try again.") from error
    except LIBRARY_ERRORS as error:
        words = package(source)
        raise BadFile("not_a_spreadsheet", OTHER_KIND.format(words) if words else NO_WORKBOOK) from error
    if len(sheets) > MOST_SHEETS:
        raise BadFile("too_large", f"The workbook has more than {MOST_SHEETS:,} sheets. Save the one you need as CSV.")
    with_cells = [sheet for sheet in sheets if sheet.typ == SheetTypeEnum.WorkSheet]
    return [sheet.name for sheet in sorted(with_cells, key=lambda sheet: sheet.visible != SheetVisibleEnum.Visible)]


def first_with_numbers(source: Path, names: list[str], folder: Path) -> str:
    """The first sheet that has phone numbers, of the first twenty, else the first. Raises BadFile for no sheet."""
    if not names:
        raise BadFile("empty", "There is no sheet in this workbook.")
    if len(names) > 1:
        for name in names[:SHEETS_LOOKED_INTO]:
            sheet = sheet_of(top(source, name, folder), name)
            rows = rows_of(sheet, width_of(sheet))
            if any(any(map(looks_like_number, texts_of(cells))) for _, cells in islice(rows, TOP_ROWS)):
                return name
    return names[0]


def sheet_of(source: Path, name: str) -> CalamineSheet:
    """The sheet of this name, held in memory. Raises BadFile."""
    try:
        return CalamineWorkbook.from_path(str(source)).get_sheet_by_name(name)
    except LIBRARY_ERRORS as error:
        raise BadFile("not_a_spreadsheet", f"The sheet “{name}” is damaged. Save it as CSV and try again.") from error


def rows_of(sheet: CalamineSheet, width: int) -> Iterator[tuple[int, list[Any]]]:
    """The rows, of `width` cells, with the numbers that the spreadsheet shows.

    The library gives them from the top of the sheet on, but its columns from the first to the last that are filled.
    """
    (above, left), (_, last) = sheet.start or (0, 0), sheet.end or (0, -1)
    before, after = [""] * left, [""] * (width - last - 1)
    rows: Iterator[list[Any]] = islice(sheet.iter_rows(), above, None)
    if before or after:
        rows = (before + cells + after for cells in rows)
    return enumerate(rows, start=above + 1)


def first_row_of(sheet: CalamineSheet) -> int:
    """The number of the first row that is filled."""
    return sheet.start[0] + 1 if sheet.start else 1


def merges_of(sheets: list[CalamineSheet]) -> Merges:
    """What is merged over some rows of these, which are one sheet; nothing of an .ods, of which it is not told."""
    return Merges(merge for sheet in sheets for merge in sheet.merged_cell_ranges or [])


def width_of(sheet: CalamineSheet) -> int:
    """How many columns there are up to the last that is filled."""
    return sheet.end[1] + 1 if sheet.end else 0


def texts_of(cells: list[Any]) -> list[str]:
    """The cells of a row as their sheet shows them, without a float's noise; dates are ISO."""
    return clean_row([cell if type(cell) is str else TEXTS.get(type(cell), str)(cell) for cell in cells])


@lru_cache(maxsize=4096)
def _moment(cell: date | time) -> str:
    """Few days stand in many rows."""
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return f"{cell:%H:%M}" if isinstance(cell, time) and not cell.second else cell.isoformat()


TEXTS: dict[type, Callable[[Any], str]] = {
    bool: lambda cell: "TRUE" if cell else "FALSE",
    float: plain_number,
    datetime: _moment,
    date: _moment,
    time: _moment,
    type(None): lambda _: "",
}
