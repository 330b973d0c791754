"""Sheets of one workbook with the same headings as one list: their rows follow each other in one spool."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from contacts.spreadsheets.headings import heading_row
from contacts.spreadsheets.package import DAMAGES, part_of, pieces
from contacts.spreadsheets.reading import Row

# More than a sheet has: a row of the third sheet is its number and twice this.
ROWS_A_SHEET = 1 << 20
HEAD_ROWS = 50
SHEETS_LOOKED_AT = 20
PIECES_LOOKED_AT = 4
VALUES = (b"<v>", b":v>", b"<is>", b":is>", b"<f>", b":f>")


def sheet_and_row(sheets: Sequence[str], number: int) -> tuple[str, int]:
    """Of the sheets that were read as one, which a row stands in and its number there."""
    index, row = divmod(number - 1, ROWS_A_SHEET)
    return (sheets[index] if index < len(sheets) else ""), row + 1


def headings_of(spool: Path, row: int | None) -> list[str]:
    """The headings of a spool's rows, guessed where `row` is not given; nothing where it has none."""
    head = list(islice(_rows(spool), HEAD_ROWS))
    row = heading_row(head) if row is None else row
    return next((_as_headings(one) for one in head if one.number == row), [])


def add_rows(spool: Path, other: Path, headings: list[str], place: int, most: int) -> int | None:
    """Add the rows under these headings in `other`, at most so many; how many. None: it has other headings."""
    head = list(islice(_rows(other), HEAD_ROWS))
    row = next((one.number for one in head if _as_headings(one) == headings), None)
    if row is None or not headings:
        return None
    count = 0
    with gzip.open(spool, "at", 1, encoding="utf-8", newline="\n") as out:
        for number, line in _lines(other):
            if number > row:
                count += 1
                if count > most:
                    break
                out.write(f"{place * ROWS_A_SHEET + number}\t{line}")
    return count


def filled_sheets(source: Path, names: Sequence[str]) -> list[str]:
    """Those in which something stands; also those of which that would take long to tell."""
    looked_at = names[:SHEETS_LOOKED_AT]
    return [name for name in looked_at if _is_filled(source, name)] + list(names[SHEETS_LOOKED_AT:])


def _is_filled(source: Path, name: str) -> bool:
    try:
        if not zipfile.is_zipfile(source):
            return True
        with zipfile.ZipFile(source) as packed:
            if (part := part_of(packed, name)) is None:
                return True
            with packed.open(part) as xml:
                first = list(islice(pieces(xml), PIECES_LOOKED_AT))
            return len(first) == PIECES_LOOKED_AT or any(mark in piece for piece in first for mark in VALUES)
    except DAMAGES:
        return True


def _as_headings(row: Row) -> list[str]:
    cells = [cell.casefold() for cell in row.cells]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _rows(spool: Path) -> Iterator[Row]:
    for number, line in _lines(spool):
        yield Row(number, line.rstrip("\n").split("\t"))


def _lines(spool: Path) -> Iterator[tuple[int, str]]:
    with gzip.open(spool, "rt", encoding="utf-8", newline="\n") as file:
        for line in file:
            number, _, rest = line.partition("\t")
            yield int(number), rest
