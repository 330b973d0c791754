"""Hidden rows and columns of a sheet: the library that reads it cannot see them.

Of a zipped workbook by one pass over its XML, of an .xls by the library for those.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

import xlrd

from contacts.spreadsheets.package import DAMAGES, MAIN, part_of, pieces
from contacts.spreadsheets.reading import MOST_COLUMNS

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TRUE_IN_XML = ("1", "true")
HIDDEN_IN_XML = ("collapse", "filter")
LAST_ROW = 1 << 20

# Each letter is looked at once, however the XML is written.
_row = re.compile(rb"<(?:\w+:)?row\b[^<>]*+>")
_number = re.compile(rb"""\br\s*=\s*["'](\d+)["']""")
_hidden = re.compile(rb"""\bhidden\s*=\s*["'](?:1|true)["']""")


@dataclass
class Hidden:
    """Row numbers from 1, column indexes from 0. `unseen`: it cannot be told which are."""

    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)
    unseen: bool = False


def hidden_in(path: Path, sheet: str) -> Hidden:
    """What is hidden in this sheet; unseen where the file is damaged, which the library may have read all the same."""
    hidden = Hidden()
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                _look_into(packed, sheet, hidden)
        else:
            _old(path, sheet, hidden)
    except DAMAGES:
        # Better all of its rows than none.
        return Hidden(unseen=True)
    return hidden


def _old(path: Path, sheet: str, hidden: Hidden) -> None:
    """Raises ValueError where the file is damaged: the library stumbles over that in many ways of its own."""
    try:
        with xlrd.open_workbook(path, formatting_info=True, on_demand=True, logfile=io.StringIO()) as book:
            shown = book.sheet_by_name(sheet)
    except MemoryError:
        raise
    except Exception as error:
        raise ValueError("The workbook is damaged.") from error
    hidden.rows = {row + 1 for row, about in shown.rowinfo_map.items() if about.hidden}
    hidden.columns = {column for column, about in shown.colinfo_map.items() if about.hidden}


def _look_into(packed: zipfile.ZipFile, sheet: str, hidden: Hidden) -> None:
    if "content.xml" in packed.namelist():
        with packed.open("content.xml") as xml:
            _open_document(xml, sheet, hidden)
        return
    part = part_of(packed, sheet)
    if part is None:
        # Such as an .xlsb, which the library reads.
        hidden.unseen = True
        return
    with packed.open(part) as xml:
        _columns(xml, hidden)
    with packed.open(part) as xml:
        _rows(xml, hidden)


def _columns(xml: IO[bytes], hidden: Hidden) -> None:
    for _, element in ElementTree.iterparse(xml, events=("start",)):  # noqa: S314 - expat bounds its entities
        if element.tag == f"{MAIN}sheetData":
            return
        if element.tag == f"{MAIN}col" and element.get("hidden") in TRUE_IN_XML:
            first, last = int(element.get("min", "0")), min(int(element.get("max", "0")), MOST_COLUMNS)
            if len(hidden.columns) < MOST_COLUMNS:
                hidden.columns.update(range(first - 1, last))


def _rows(xml: IO[bytes], hidden: Hidden) -> None:
    """By looking for the attribute: parsing the XML of a million rows takes longer than all the rest, 25 s measured."""
    for piece in pieces(xml):
        if b"hidden" in piece:
            for tag in _row.finditer(piece):
                if _hidden.search(tag[0]) and (number := _number.search(tag[0])):
                    hidden.rows.add(int(number[1]))


def _open_document(xml: IO[bytes], sheet: str, hidden: Hidden) -> None:
    inside, row, column = False, 0, 0
    for event, element in ElementTree.iterparse(xml, events=("start", "end")):  # noqa: S314
        if element.tag == f"{TABLE}table":
            inside = event == "start" and element.get(f"{TABLE}name") == sheet
        elif event == "start" and inside and element.tag == f"{TABLE}table-column":
            count = _repeated(element, "columns")
            if element.get(f"{TABLE}visibility") in HIDDEN_IN_XML:
                hidden.columns.update(range(column, min(column + count, MOST_COLUMNS)))
            column += count
        elif event == "start" and inside and element.tag == f"{TABLE}table-row":
            count = _repeated(element, "rows")
            if element.get(f"{TABLE}visibility") in HIDDEN_IN_XML and count < LAST_ROW:
                hidden.rows.update(range(row + 1, min(row + count, LAST_ROW) + 1))
            row += count
        elif event == "end" and element.tag == f"{TABLE}table-row":
            element.clear()


def _repeated(element: ElementTree.Element, what: str) -> int:
    return int(element.get(f"{TABLE}number-{what}-repeated", "1"))
