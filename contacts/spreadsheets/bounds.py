"""What reading a workbook may cost: looked at before a library opens it, which would unpack whatever there is.

The largest honest one has 1,000,000 rows of 20 columns: 1.0 GB unpacked, nearly all
of it one sheet, and takes 1.8 GB of memory.
"""

from __future__ import annotations

import copy
import resource
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from contacts.spreadsheets import letters
from contacts.spreadsheets.package import between_tags, pieces
from contacts.spreadsheets.reading import BadFile

MOST_UNPACKED_BYTES = 2 << 30
MOST_PART_BYTES = 3 << 29
# The lists of sheets and of their parts are read as trees: some hundred bytes for each sheet and name in it.
INDEX_PARTS = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
MOST_INDEX_BYTES = 8 << 20
# Sixty bytes a part and more; a workbook has some dozen parts, and one more for each sheet and picture.
MOST_DIRECTORY_BYTES = 1 << 20
MOST_SHEETS = 1_000
# What Excel itself holds.
LONGEST_CELL_LETTERS = 32_767
# Of a cell ten bytes a letter at the most (&#x10FFFF;): a stretch of so many bytes without a tag is none.
STRETCH_BYTES = 1 << 20
# One text may stand in any number of cells, each of some twenty bytes: what they come to fills the spool.
SHEET_LETTERS_AT_LEAST = 64 << 20
SHEET_LETTERS_A_BYTE = 8

# Twice what twenty million cells take.
MOST_MEMORY_BYTES = 4 << 30
CHILD_CPU_SECONDS = 280
CHILD_SECONDS = 300
# A second one, so that a small workbook does not wait for a large one: 8 GB at the worst, 2 GB usually.
WORKBOOKS_AT_ONCE = 2

END_OF_DIRECTORY = b"PK\5\6"
END_BYTES, LONGEST_COMMENT = 22, 0xFFFF

LONG_CELL = (
    f"A cell of the workbook is longer than {LONGEST_CELL_LETTERS:,} letters, which is the most that Excel holds. "
    "Shorten it, or delete its column, and try again."
)
LARGE_CELL = (
    f"A cell of the workbook, or what stands above its first row, has more than {letters.MOST_CELL_BYTES >> 20} MB. "
    "Save its sheet as CSV."
)
NO_WORKBOOK = "This is no Excel or OpenDocument workbook that can be read."
DAMAGED = "The workbook is damaged. Open it, save it again as Excel (.xlsx) or CSV, and try again."


class TooMuch(BadFile):
    """The file takes more to read than may be, which shows only while it is read."""

    def __init__(self) -> None:
        super().__init__("too_large", "The workbook takes more memory or time to read than may be. Save it as CSV.")


def check_package(source: Path) -> int:
    """Unpack all parts, keeping none, and raise BadFile where it is too much; returns how many bytes it came to.

    What is no zip file is as large as it is.
    """
    if not zipfile.is_zipfile(source):
        return source.stat().st_size
    _check_directory(source)
    try:
        with zipfile.ZipFile(source) as packed:
            parts = packed.infolist()
            if (total := sum(part.file_size for part in parts)) > MOST_UNPACKED_BYTES:
                raise _larger(MOST_UNPACKED_BYTES)
            _check_texts(packed, [_looked_at(packed, part) for part in parts], most_letters(total))
            return total
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError) as error:
        raise BadFile("not_a_spreadsheet", DAMAGED) from error


def most_letters(unpacked: int) -> int:
    """What the texts of a sheet of a workbook of so many bytes may come to."""
    return SHEET_LETTERS_AT_LEAST + SHEET_LETTERS_A_BYTE * unpacked


def is_cut_off(tail: bytes) -> bool:
    """Whether a package that ends so has no directory: it came only in part, or is none."""
    return END_OF_DIRECTORY not in tail[-END_BYTES - LONGEST_COMMENT :]


def bound_process() -> None:
    """Have the kernel end this process where it takes more than may be, whatever it is doing."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CHILD_CPU_SECONDS, CHILD_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _check_directory(source: Path) -> None:
    """Before anything makes an object of each entry."""
    with source.open("rb") as file:
        file.seek(max(0, source.stat().st_size - END_BYTES - LONGEST_COMMENT))
        tail = file.read()
    at = len(tail) - END_BYTES
    if not (tail[at:].startswith(END_OF_DIRECTORY) and tail.endswith(b"\0\0")):
        at = tail.rfind(END_OF_DIRECTORY)
    if int.from_bytes(tail[at + 12 : at + 16], "little") > MOST_DIRECTORY_BYTES:
        raise BadFile("too_large", "The workbook has too many parts. Save its sheet as CSV.")


def _looked_at(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> letters.Part:
    looked_at = letters.Part(part.filename)
    try:
        for piece in between_tags(_unpacked(packed, part)):
            looked_at.see(piece)
    except letters.LongCell as error:
        raise BadFile("too_large", LARGE_CELL) from error
    return looked_at


def _unpacked(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The pieces of a part that is text. What comes out counts: the size that stands in the directory may be a lie."""
    most = MOST_INDEX_BYTES if part.filename in INDEX_PARTS else MOST_PART_BYTES
    if part.file_size > most:
        raise _larger(most, f"A part of the workbook, {part.filename[:60]},")
    asked = copy.copy(part)
    asked.file_size += 1
    count, is_text = 0, False
    with packed.open(asked) as opened:
        while piece := opened.read(STRETCH_BYTES):
            is_text = is_text if count else b"<" in piece[:100]
            count += len(piece)
            if count > part.file_size:
                raise BadFile("not_a_spreadsheet", DAMAGED)
            if is_text:
                if len(piece) == STRETCH_BYTES and (b"<" not in piece or b">" not in piece):
                    raise BadFile("too_large", LONG_CELL)
                yield piece


def _check_texts(packed: zipfile.ZipFile, parts: list[letters.Part], most: int) -> None:
    """Raises TooMuch where the texts in a sheet's cells come to more; they are counted only where they might."""
    table = max(parts, key=lambda part: part.longest)
    for sheet in parts:
        if letters.may_come_to(sheet, table) > most:
            with packed.open(table.name) as texts, packed.open(sheet.name) as xml:
                count = 0
                for letters_more in letters.letters_of(pieces(xml), letters.lengths_of(pieces(texts))):
                    if (count := count + letters_more) > most:
                        raise TooMuch


def _larger(most: int, what: str = "The workbook") -> BadFile:
    size = f"{most / (1 << 30):g} GB" if most >= 1 << 30 else f"{most >> 20} MB"
    return BadFile("too_large", f"{what} is larger than {size} when unpacked. Save it as CSV, or split it.")
