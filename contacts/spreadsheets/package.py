"""An .xlsx as the zip file that it is: which part holds a sheet, and the same workbook with some of a sheet's rows.

The library reads a sheet by one processor, and whole: a large one is cut in two, which two threads read at once.
"""

from __future__ import annotations

import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import IO
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    ElementTree.ParseError,
    KeyError,
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
)
PIECE_BYTES = 1 << 20
# Bytes of XML: cutting a smaller sheet saves less than a tenth of a second.
LARGE_BYTES = 8 << 20
# Of the bytes, as the upper half is read first, and the library gives the lower one with empty rows above it.
UPPER_SHARE = 0.55
# As much as two hundred rows of two hundred cells.
TOP_BYTES = 4 << 20

_sheet_data = re.compile(rb"<(\w+:)?sheetData\s*>")
_row = re.compile(rb"""<(?:\w+:)?row\s[^<>]*?\br=["']\d+["']""")


def part_of(packed: zipfile.ZipFile, sheet: str) -> str | None:
    """The name of the part that holds the sheet of this name; None where it is no .xlsx, or there is no such sheet."""
    names = set(packed.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    book = ElementTree.fromstring(packed.read("xl/workbook.xml"))  # noqa: S314 - expat bounds its entities
    relation = next((one.get(RELATION) for one in book.iter(f"{MAIN}sheet") if one.get("name") == sheet), None)
    for element in ElementTree.fromstring(packed.read("xl/_rels/workbook.xml.rels")):  # noqa: S314
        if element.get("Id") == relation:
            target = element.get("Target", "")
            part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
            return part if part in names else None
    return None


def pieces(xml: IO[bytes]) -> Iterator[bytes]:
    """All of it, a megabyte or so at a time; no tag lies over a border."""
    return between_tags(iter(partial(xml.read, PIECE_BYTES), b""))


def between_tags(read: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces over whose borders no tag lies."""
    rest = b""
    for piece in read:
        whole, end, rest = (rest + piece).rpartition(b">")
        yield whole + end
    yield rest


def halves(source: Path, sheet: str, folder: Path) -> Iterator[Path]:
    """Two workbooks in `folder`, with the upper and the lower half of the sheet's rows, each as soon as it is there.

    `source` itself where the sheet is small or not written as usual, or where one processor would read both. Raises
    one of DAMAGES; the library may read it all the same.
    """
    alone = os.cpu_count() == 1
    parts = iter(()) if alone else _cut(source, sheet, folder)
    yield next(parts, source)
    yield from parts


def top(source: Path, sheet: str, folder: Path) -> Path:
    """A workbook in `folder` with the first rows of the sheet, some hundred at least, or `source` as above."""
    try:
        return next(_cut(source, sheet, folder, TOP_BYTES), source)
    except DAMAGES:
        return source


def _cut(source: Path, sheet: str, folder: Path, size: int = 0) -> Iterator[Path]:
    """The sheet's first rows, `size` bytes of them or the upper half, and the others; nothing where it cannot be."""
    if not zipfile.is_zipfile(source):
        return
    with zipfile.ZipFile(source) as packed:
        part = part_of(packed, sheet)
        if part is None or packed.getinfo(part).file_size < LARGE_BYTES:
            return
        upper, lower = folder / "upper", folder / "lower"
        with packed.open(part) as xml:
            rest = pieces(xml)
            with instead(source, part, upper) as out:
                above, below = _write_upper(out, rest, size or int(packed.getinfo(part).file_size * UPPER_SHARE))
            if below:
                yield upper
                with instead(source, part, lower) as out:
                    out.writelines(chain([above, below], rest))
                yield lower


def _write_upper(out: IO[bytes], rest: Iterator[bytes], size: int) -> tuple[bytes, bytes]:
    """About `size` bytes of a sheet, up to the start of a row; returns what stands above the rows, and what is left.

    Nothing is left where there is no such row, or a comment or the like stands above, in which it would be none.
    """
    above, written = b"", 0
    for piece in rest:
        if b"<!" in piece:
            break
        if not above:
            if (data := _sheet_data.search(piece)) is None:
                break
            above = piece[: data.end()]
        if written >= size and (row := _row.search(piece)):
            out.write(piece[: row.start()] + _ends(above))
            return above, piece[row.start() :]
        out.write(piece)
        written += len(piece)
    return above, b""


def _ends(above: bytes) -> bytes:
    """The end tags of the rows and of the sheet, of the same names as their start tags."""
    prefix = b"".join(re.findall(rb"<(\w+:)?sheetData", above)[-1:])
    return b"</%bsheetData></%bworksheet>" % (prefix, prefix)


@contextmanager
def instead(source: Path, part: str, target: Path) -> Iterator[IO[bytes]]:
    """The same workbook as `target`, and a file to write what this part of it is there."""
    shutil.copyfile(source, target)
    with zipfile.ZipFile(target, "a") as packed:
        packed.filelist.remove(packed.NameToInfo.pop(part))
        with packed.open(zipfile.ZipInfo(part), "w", force_zip64=True) as out:
            yield out
