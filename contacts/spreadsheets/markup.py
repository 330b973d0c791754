"""Tables of a web page, and workbooks in Excel's XML of 2003: what many programs write and call .xls.

Excel and LibreOffice open both as workbooks. Here the child makes an .xlsx of them and reads that: what holds for a
workbook's sheets, merged cells and hidden rows holds for theirs.
"""

from __future__ import annotations

import math
import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import xlsxwriter
from xlsxwriter.exceptions import OverlappingRange, XlsxWriterException
from xlsxwriter.worksheet import Worksheet

from contacts.spreadsheets.bounds import LONG_CELL, LONGEST_CELL_LETTERS, MOST_SHEETS
from contacts.spreadsheets.kinds import START_BYTES, is_markup
from contacts.spreadsheets.reading import MOST_ROWS, TOO_WIDE, BadFile
from contacts.spreadsheets.text import AS_TEXT, MOST_CELLS, encoding_of
from contacts.spreadsheets.workbook import TOP_ROWS

PIECE_LETTERS = 1 << 16
_hidden = re.compile(r"display\s*:\s*none", re.IGNORECASE)
ROWS, CELLS, COLUMNS = frozenset(["tr", "row"]), frozenset(["td", "th", "cell"]), frozenset(["col", "column"])
# Words on both sides of these are two.
APART = frozenset(["br", "p", "div", "li"])
UNSEEN = frozenset(["script", "style", "comment"])
# Where a page says which number a cell holds: Excel's, LibreOffice's, SheetJS's.
HELD_IN = ("x:num", "sdval", "data-v")
NO_TABLE = "There is no table in this web page. Save the list as CSV or Excel (.xlsx)."
UNREADABLE = "This web page or XML cannot be read. Save it as CSV or Excel (.xlsx)."
# How far what is shown may be from what is held: the digits of 2.54712E+11, or of a rounded amount.
NEAR, NEAR_OF_IT = 0.5, 1e-4


def as_workbook(source: Path, folder: Path) -> Path:
    """The tables of `source` as the sheets of an .xlsx in `folder`, or `source` where it is none. Raises BadFile."""
    with source.open("rb") as file:
        if not is_markup(file.read(START_BYTES)):
            return source
    target = folder / "tables.xlsx"
    options = dict.fromkeys(("strings_to_numbers", "strings_to_formulas", "strings_to_urls"), False)
    with xlsxwriter.Workbook(target, {**options, "tmpdir": str(folder)}) as workbook:
        reader = _Reader(workbook)
        with source.open(encoding=encoding_of(source), errors="replace", newline=None) as text:
            try:
                for piece in iter(partial(text.read, PIECE_LETTERS), ""):
                    reader.feed(piece)
                reader.close()
            except AssertionError as error:
                raise BadFile("not_a_spreadsheet", UNREADABLE) from error
        reader.end_tables()
        if not workbook.worksheets():
            raise BadFile("not_a_spreadsheet", NO_TABLE)
    return target


@dataclass
class _Table:
    """An open table; rows and columns from 0. `taken` is until which row a cell above lies over a column."""

    name: str
    sheet: Worksheet | None = None
    row: int = -1
    column: int = 0
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    columns: int = 0
    taken: dict[int, int] = field(default_factory=dict)
    merges: list[tuple[int, int, int, str]] = field(default_factory=list)
    cell: _Cell | None = None

    def next_row(self, attributes: dict[str, str]) -> None:
        self.row = _number(attributes, "ss:index", self.row + 2) - 1
        self.column = 0
        if self.row >= MOST_ROWS + TOP_ROWS:
            raise BadFile("too_large", f"A table of the file has more than {MOST_ROWS:,} rows. Split it.")
        if _is_hidden(attributes):
            self.hidden_rows.append(self.row)

    def next_column(self, attributes: dict[str, str]) -> None:
        first = _number(attributes, "ss:index", self.columns + 1) - 1
        self.columns = first + _number(attributes, "span", 1) + _number(attributes, "ss:span", 0)
        if _is_hidden(attributes):
            self.hidden_columns.append((first, self.columns - 1))

    def next_cell(self, attributes: dict[str, str]) -> None:
        if self.row < 0:
            self.next_row({})
        self.column = _number(attributes, "ss:index", self.column + 1) - 1
        while self.taken.get(self.column, -1) >= self.row:
            self.column += 1
        if self.column >= MOST_CELLS:
            raise BadFile("too_wide", TOO_WIDE)
        wide = _number(attributes, "colspan", 1) + _number(attributes, "ss:mergeacross", 0)
        high = _number(attributes, "rowspan", 1) + _number(attributes, "ss:mergedown", 0)
        self.cell = _Cell(self.row, self.column, self.row + high - 1, _held(attributes))
        self.column = min(self.column + wide, MOST_CELLS)
        if high > 1:
            self.taken.update(dict.fromkeys(range(self.cell.column, self.column), self.cell.last_row))


@dataclass
class _Cell:
    row: int
    column: int
    last_row: int
    held: str
    type: str = ""
    words: list[str] = field(default_factory=list)

    def value(self) -> str | float | datetime:
        """What it holds, where it shows less of it; a number or a moment only where it is told to be one."""
        shown = AS_TEXT.sub(r"\1", " ".join("".join(self.words).split()))
        with suppress(ValueError):
            if self.type == "number":
                return _finite(shown)
            if self.type == "boolean":
                return str(bool(_finite(shown))).upper()
            if self.type == "datetime":
                return datetime.fromisoformat(shown).replace(tzinfo=None)
            if self.held:
                return _with_all_digits(shown, _finite(self.held))
        return shown


class _Reader(HTMLParser):
    """Writes the tables into a workbook, as they come. A table within a cell of another is a table of its own.

    It takes XML too, in which its names and those of attributes are in small letters.
    """

    def __init__(self, workbook: xlsxwriter.Workbook) -> None:
        super().__init__(convert_charrefs=True)
        self._workbook = workbook
        self._moment = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._tables: list[_Table] = []
        self._count = 0
        self._name = ""
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        tag = tag.rpartition(":")[2]
        attributes = {name: value or "" for name, value in attrs}
        if tag in UNSEEN:
            self._unseen += 1
        elif tag == "worksheet":
            self._name = attributes.get("ss:name", "")
        elif tag == "table":
            self._count += 1
            self._tables.append(_Table(self._name or f"Table {self._count}"))
        elif self._tables:
            self._within(self._tables[-1], tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag in UNSEEN:
            self._unseen = max(self._unseen - 1, 0)
        elif self._tables and tag in ROWS | CELLS:
            self._end_cell()
        elif self._tables and tag == "table":
            self._end_table()

    def handle_data(self, data: str) -> None:
        if self._tables and self._tables[-1].cell is not None and not self._unseen:
            self._tables[-1].cell.words.append(data)

    def handle_comment(self, data: str) -> None:
        """A stretch of XML that is taken as it stands is a comment to some versions of the parser."""
        if data.startswith("[CDATA["):
            self.handle_data(data[len("[CDATA[") :].removesuffix("]]"))

    def unknown_decl(self, data: str) -> None:
        if data.startswith("CDATA["):
            self.handle_data(data[len("CDATA[") :])

    def end_tables(self) -> None:
        while self._tables:
            self._end_table()

    def _within(self, table: _Table, tag: str, attributes: dict[str, str]) -> None:
        if tag in ROWS | CELLS:
            self._end_cell()
            (table.next_row if tag in ROWS else table.next_cell)(attributes)
        elif tag in COLUMNS:
            table.next_column(attributes)
        elif table.cell is not None and tag == "data":
            table.cell.type = attributes.get("ss:type", "").lower()
        elif table.cell is not None and tag in APART:
            table.cell.words.append(" ")

    def _end_cell(self) -> None:
        table = self._tables[-1]
        cell, table.cell = table.cell, None
        if cell is None or (not (value := cell.value()) and value != 0):
            return
        sheet = table.sheet = table.sheet or self._sheet(table.name)
        if isinstance(value, str):
            if len(value) > LONGEST_CELL_LETTERS:
                raise BadFile("too_large", f"Row {cell.row + 1}: {LONG_CELL}")
            sheet.write_string(cell.row, cell.column, value)
            if cell.last_row > cell.row:
                table.merges.append((cell.row, cell.last_row, cell.column, value))
        elif isinstance(value, float):
            sheet.write_number(cell.row, cell.column, value)
        else:
            sheet.write_datetime(cell.row, cell.column, value, self._moment)

    def _sheet(self, name: str) -> Worksheet:
        if len(self._workbook.worksheets()) == MOST_SHEETS:
            raise BadFile("too_large", f"There are more than {MOST_SHEETS:,} tables. Save the one you need as CSV.")
        try:
            return self._workbook.add_worksheet(name)
        except XlsxWriterException:
            return self._workbook.add_worksheet()

    def _end_table(self) -> None:
        self._end_cell()
        table = self._tables.pop()
        if table.sheet is None:
            return
        for first, last, column, value in table.merges:
            if (last := min(last, table.row)) > first:
                with suppress(OverlappingRange):
                    table.sheet.merge_range(first, column, last, column, value)
        for row in table.hidden_rows:
            table.sheet.set_row(row, options={"hidden": True})
        for first, last in table.hidden_columns:
            table.sheet.set_column(first, min(last, MOST_CELLS - 1), options={"hidden": True})


def _number(attributes: dict[str, str], name: str, otherwise: int) -> int:
    """The whole number from 1 that an attribute says, or what it is otherwise."""
    value = attributes.get(name, "")
    return int(value) or otherwise if value.isascii() and value.isdigit() and len(value) < 9 else otherwise


def _is_hidden(attributes: dict[str, str]) -> bool:
    return attributes.get("ss:hidden") == "1" or _hidden.search(attributes.get("style", "")) is not None


def _held(attributes: dict[str, str]) -> str:
    return next((attributes[name] for name in HELD_IN if attributes.get(name)), "")


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(number)
    return value


def _with_all_digits(shown: str, held: float) -> str | float:
    """A phone number is shown as 2.54712E+11, or as ##### where the column is narrow, an amount of 5000.40 as 5,000."""
    if set(shown) == {"#"}:
        return held
    seen = _finite(shown.replace(",", ""))
    return held if seen != held and abs(seen - held) <= max(NEAR, abs(held) * NEAR_OF_IT) else shown
