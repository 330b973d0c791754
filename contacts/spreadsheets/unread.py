"""What a sheet holds that the library does not tell: hidden rows and columns, broken cells, what an .ods merges.

Of a zipped workbook by one pass over its XML, of an .xls by the library for those.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

import xlrd

from contacts.spreadsheets.broken import NO_VALUE, BrokenCells, error_of_calc
from contacts.spreadsheets.merged import Merges
from contacts.spreadsheets.package import DAMAGES, MAIN, part_of, pieces
from contacts.spreadsheets.reading import MOST_COLUMNS
from contacts.spreadsheets.sheet_xml import scan_sheet

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
OF_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
CELLS = (f"{TABLE}table-cell", f"{TABLE}covered-table-cell")
TRUE_IN_XML = ("1", "true")
HIDDEN_IN_XML = ("collapse", "filter")
LAST_ROW = 1 << 20


@dataclass
class Unread:
    """Row numbers from 1, column indexes from 0. `unseen`: it cannot be told, or not all of it.

    `days_from_1904`: a day that is written as a number counts from there.
    """

    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    broken: BrokenCells = field(default_factory=BrokenCells)
    merges: Merges = field(default_factory=Merges)
    days_from_1904: bool = False
    unseen: bool = False


def unread_in(path: Path, sheet: str) -> Unread:
    """As above, of this sheet; unseen where the file is damaged, which the library may have read all the same."""
    unread = Unread()
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                _look_into(packed, sheet, unread)
        else:
            _old(path, sheet, unread)
    except DAMAGES:
        # Better all of its rows than none.
        return Unread(unseen=True)
    return unread


def _old(path: Path, sheet: str, unread: Unread) -> None:
    """Raises ValueError where the file is damaged: the library stumbles over that in many ways of its own."""
    try:
        with xlrd.open_workbook(path, formatting_info=True, on_demand=True, logfile=io.StringIO()) as book:
            shown = book.sheet_by_name(sheet)
    except MemoryError:
        raise
    except Exception as error:
        raise ValueError("The workbook is damaged.") from error
    unread.days_from_1904 = book.datemode == 1
    unread.hidden_rows = {row + 1 for row, about in shown.rowinfo_map.items() if about.hidden}
    unread.hidden_columns = {column for column, about in shown.colinfo_map.items() if about.hidden}
    for row in range(shown.nrows):
        for column, type_ in enumerate(shown.row_types(row)):
            if type_ == xlrd.XL_CELL_ERROR:
                code = int(shown.cell_value(row, column))
                unread.broken.add(row + 1, column, xlrd.error_text_from_code.get(code, ""))


def _look_into(packed: zipfile.ZipFile, sheet: str, unread: Unread) -> None:
    if "content.xml" in packed.namelist():
        with packed.open("content.xml") as xml:
            _open_document(xml, sheet, unread)
        return
    part = part_of(packed, sheet)
    if part is None:
        # Such as an .xlsb, which the library reads.
        unread.unseen = True
        return
    book = ElementTree.fromstring(packed.read("xl/workbook.xml"))  # noqa: S314 - expat bounds its entities
    unread.days_from_1904 = any(one.get("date1904") in TRUE_IN_XML for one in book.iter(f"{MAIN}workbookPr"))
    with packed.open(part) as xml:
        _columns(xml, unread)
    with packed.open(part) as xml, packed.open(part) as again:
        found = scan_sheet(pieces(xml), pieces(again))
    unread.hidden_rows, unread.broken = found.hidden_rows, found.broken


def _columns(xml: IO[bytes], unread: Unread) -> None:
    for _, element in ElementTree.iterparse(xml, events=("start",)):  # noqa: S314
        if element.tag == f"{MAIN}sheetData":
            return
        if element.tag == f"{MAIN}col" and element.get("hidden") in TRUE_IN_XML:
            first, last = int(element.get("min", "0")), min(int(element.get("max", "0")), MOST_COLUMNS)
            if len(unread.hidden_columns) < MOST_COLUMNS:
                unread.hidden_columns.update(range(first - 1, last))


def _open_document(xml: IO[bytes], sheet: str, unread: Unread) -> None:
    inside, row, column, cell, above = False, 0, 0, 0, 0
    for event, element in ElementTree.iterparse(xml, events=("start", "end")):  # noqa: S314
        if element.tag == f"{TABLE}table":
            inside = event == "start" and element.get(f"{TABLE}name") == sheet
        elif event == "start" and inside and element.tag == f"{TABLE}table-column":
            count = _repeated(element, "columns")
            if element.get(f"{TABLE}visibility") in HIDDEN_IN_XML:
                unread.hidden_columns.update(range(column, min(column + count, MOST_COLUMNS)))
            column += count
        elif event == "start" and inside and element.tag == f"{TABLE}table-row":
            count, cell, above = _repeated(element, "rows"), 0, row
            if element.get(f"{TABLE}visibility") in HIDDEN_IN_XML and count < LAST_ROW:
                unread.hidden_rows.update(range(row + 1, min(row + count, LAST_ROW) + 1))
            row += count
        elif event == "end" and inside and element.tag in CELLS:
            columns = range(cell, min(cell + _repeated(element, "columns"), MOST_COLUMNS))
            _open_document_cell(element, range(above + 1, min(row, LAST_ROW) + 1), columns, unread)
            cell += _repeated(element, "columns")
        elif event == "end" and element.tag == f"{TABLE}table-row":
            element.clear()


def _open_document_cell(element: ElementTree.Element, rows: range, columns: range, unread: Unread) -> None:
    if columns and (down := int(element.get(f"{TABLE}number-rows-spanned", "1"))) > 1:
        unread.merges.add(rows.start, rows.start + down - 1, columns.start)
    if element.get(f"{OF_CALC}value-type") == "error":
        error = error_of_calc("".join(element.itertext()).strip())
    elif element.get(f"{TABLE}formula") and not element.get(f"{OFFICE}value-type"):
        error = NO_VALUE if not element.findtext(f"{TEXT}p") else ""
    else:
        return
    for row, column in product(rows, columns) if error else ():
        unread.broken.add(row, column, error)


def _repeated(element: ElementTree.Element, what: str) -> int:
    return int(element.get(f"{TABLE}number-{what}-repeated", "1"))
