"""Hidden rows and columns of an .xls sheet: a compound file of the old kind, in which a stream of records is the book.

Only what is needed of [MS-CFB] (sectors, their chains, the directory) and of [MS-XLS] (sheets, rows, columns).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

STREAMS = ("Workbook", "Book")
# A shorter stream would lie in small sectors, within a stream of their own.
SMALL = 4096
ENDS = 0xFFFFFFFA
BEGIN_OF, END_OF, SHEET, COLUMNS, ROW = 0x0809, 0x000A, 0x0085, 0x007D, 0x0208
BIFF8 = 0x0600
ROW_IS_HIDDEN, COLUMN_IS_HIDDEN = 0x20, 0x01


class Damaged(ValueError):
    """The file cannot be followed: what is hidden in it cannot be told."""


def hidden_of(content: bytes, sheet: str) -> tuple[set[int], set[int]]:
    """Numbers from 1 of the hidden rows of `sheet`, indexes from 0 of its hidden columns. Raises Damaged."""
    try:
        return _hidden(_book(content), sheet)
    except (struct.error, IndexError) as error:
        raise Damaged(str(error)) from error


def _hidden(book: bytes, sheet: str) -> tuple[set[int], set[int]]:
    rows, columns, depth = set[int](), set[int](), 0
    for kind, record in _records(book, _start_of(book, sheet)):
        if kind == BEGIN_OF:
            depth += 1
        elif kind == END_OF:
            depth -= 1
            if not depth:
                return rows, columns
        elif kind == ROW and depth == 1:
            if _short(record, 12) & ROW_IS_HIDDEN:
                rows.add(_short(record, 0) + 1)
        elif kind == COLUMNS and depth == 1 and _short(record, 8) & COLUMN_IS_HIDDEN:
            columns.update(range(_short(record, 0), _short(record, 2) + 1))
    raise Damaged("the sheet has no end")


def _start_of(book: bytes, sheet: str) -> int:
    """Where the records of the sheet of this name begin."""
    version = 0
    for kind, record in _records(book, 0):
        if kind == BEGIN_OF:
            version = _short(record, 0)
        elif kind == END_OF:
            break
        elif kind == SHEET:
            length = record[6]
            if version != BIFF8:
                name = record[7 : 7 + length].decode("cp1252", "replace")
            elif record[7] & 1:
                name = record[8 : 8 + 2 * length].decode("utf-16-le", "replace")
            else:
                name = record[8 : 8 + length].decode("latin-1")
            if name == sheet:
                return _long(record, 0)
    raise Damaged("there is no such sheet")


def _records(book: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        yield kind, book[at + 4 : at + 4 + length]
        at += 4 + length


def _book(content: bytes) -> bytes:
    """The stream of the book, put together from its sectors."""
    size = 1 << min(_short(content, 30), 12)

    def sector(number: int) -> bytes:
        return content[(number + 1) * size : (number + 2) * size]

    def table(numbers: list[int]) -> list[int]:
        found = b"".join(sector(number) for number in numbers if number < ENDS)
        return list(struct.unpack(f"<{len(found) // 4}I", found[: len(found) // 4 * 4]))

    places = list(struct.unpack_from("<109I", content, 76))
    following = _long(content, 68)
    # No more than the file has sectors to follow: a damaged chain may go round.
    while following < ENDS and len(places) * size // 4 <= len(content) // size + 109 * size:
        *more, following = struct.unpack(f"<{size // 4}I", sector(following))
        places += more
    after = table(places)
    directory = b"".join(sector(number) for number in _chain(_long(content, 48), after))
    entries = [directory[at : at + 128] for at in range(0, len(directory) - 127, 128)]
    found = next((one for name in STREAMS for one in entries if _name(one) == name), None)
    if found is None:
        raise Damaged("there is no book in it")
    start, length = _long(found, 116), _long(found, 120)
    if length < SMALL:
        raise Damaged("no book is so short: Excel fills it up")
    return b"".join(sector(number) for number in _chain(start, after))[:length]


def _chain(number: int, after: list[int]) -> Iterator[int]:
    for _ in range(len(after)):
        if number >= ENDS:
            return
        yield number
        number = after[number]


def _name(entry: bytes) -> str:
    return entry[: max(0, min(_short(entry, 64), 64) - 2)].decode("utf-16-le", "replace")


def _short(record: bytes, at: int) -> int:
    return struct.unpack_from("<H", record, at)[0]


def _long(record: bytes, at: int) -> int:
    return struct.unpack_from("<I", record, at)[0]
