"""Hidden rows and columns of an .xlsx sheet, by one pass over its XML; the reading library cannot see them."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass
class Hidden:
    """Row numbers from 1, column indexes from 0."""

    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)


def hidden_in(path: Path, sheet: str) -> Hidden:
    """What is hidden in this sheet; nothing where the file is no .xlsx."""
    found = Hidden()
    if not zipfile.is_zipfile(path):
        return found
    with zipfile.ZipFile(path) as packed:
        member = _member(packed, sheet)
        if member is None:
            return found
        with packed.open(member) as xml:
            for _, element in ElementTree.iterparse(xml, events=("end",)):  # noqa: S314 - expat bounds its entities
                _look_at(element, found)
    return found


def _look_at(element: ElementTree.Element, found: Hidden) -> None:
    if element.tag == f"{MAIN}row":
        if element.get("hidden") in ("1", "true") and (number := element.get("r", "")).isdigit():
            found.rows.add(int(number))
        element.clear()
    elif element.tag == f"{MAIN}col" and element.get("hidden") in ("1", "true"):
        first, last = int(element.get("min", "0")), min(int(element.get("max", "0")), 1 << 14)
        found.columns.update(range(first - 1, last))


def _member(packed: zipfile.ZipFile, sheet: str) -> str | None:
    """The part of the package that holds the sheet of this name."""
    names = set(packed.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    book = ElementTree.fromstring(packed.read("xl/workbook.xml"))  # noqa: S314
    relation = next((one.get(RELATION) for one in book.iter(f"{MAIN}sheet") if one.get("name") == sheet), None)
    for one in ElementTree.fromstring(packed.read("xl/_rels/workbook.xml.rels")):  # noqa: S314
        if one.get("Id") == relation:
            target = one.get("Target", "")
            member = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
            return member if member in names else None
    return None
