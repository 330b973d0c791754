"""Text files: encoding and delimiter found by trying, rows streamed."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TextIO

from contacts.spreadsheets.headings import looks_like_number
from contacts.spreadsheets.reading import BadFile, Row
from contacts.spreadsheets.writing import RISKY
from contacts.values import clean, clean_row

BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Where two fit equally well it is not the comma: there are decimal commas between semicolons, hardly the reverse.
DELIMITERS_TRIED = (";", "\t", "|", ",")
DELIMITER_ROWS = 50
# By which Excel is told what stands between the columns; it shows no such row.
SEP_LINE = re.compile(r"""\ufeff?"?sep=([;\t|,])"?\r?\n?""", re.IGNORECASE)
# ="00123": how a program keeps Excel from making it a number.
AS_TEXT, AS_TEXT_MARK = re.compile(r'^\s*="([^"]*)"\s*$'), '="'
# '=A1: how a program, and our own files, keep a spreadsheet from taking it for a formula (`writing.harmless`).
GUARDED, GUARD_MARK = re.compile(rf"^'(?='*[{re.escape(''.join(RISKY))}])"), "'"
HEAD_LETTERS = 1 << 18
PIECE_BYTES = 1 << 20

LONGEST_CELL_LETTERS = 1 << 20
# With all its lines. Two hundred cells of a thousand letters are a tenth of it; and a cell that an open quotation mark
# makes too long is told as such.
LONGEST_ROW_LETTERS = 2 << 20
# As Excel holds: it writes so many where a whole row was coloured.
MOST_CELLS = 16_384

NEVER_CLOSED = (
    "A quotation mark in row {} is never closed, so that all rows after it would be taken for a part of it. "
    "Close it, or take it away."
)
LONG_ROW = (
    "Row {} has more than {:,} letters, and cannot be the row of a table. Is a quotation mark open, or has the file no "
    "line breaks? Save it as CSV again."
)
RAN_TOGETHER = "a quotation mark is open from line {} to line {}: these rows ran together"

csv.field_size_limit(LONGEST_CELL_LETTERS)


def encoding_of(path: Path) -> str:
    """The encoding: a BOM, else UTF-16 where there are NUL bytes, else UTF-8 where all of it is, else cp1252."""
    with path.open("rb") as file:
        start = file.read(4096)
    for bom, name in BOMS:
        if start.startswith(bom):
            return name
    if b"\0" in start:
        pairs = zip(start[::2], start[1::2], strict=False)
        if start.count(b"\0") * 4 < len(start) or any(first == second == 0 for first, second in pairs):
            raise BadFile("not_a_spreadsheet", "This file is no spreadsheet: save it as CSV or Excel and try again.")
        return "utf-16-le" if start[1::2].count(0) >= start[::2].count(0) else "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while piece := file.read(PIECE_BYTES):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def is_ascii(path: Path) -> bool:
    """Whether each byte is a letter of ASCII, which all encodings but those of UTF-16 write alike."""
    with path.open("rb") as file:
        return all(piece.isascii() and b"\0" not in piece for piece in iter(partial(file.read, PIECE_BYTES), b""))


def delimiter_of(path: Path, encoding: str) -> str:
    """The delimiter with the most equal records of more than one column; a comma where there is one column."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        head = file.read(HEAD_LETTERS)
    if told := SEP_LINE.match(head):
        return told[1]
    best, most = ",", 0
    for delimiter in DELIMITERS_TRIED:
        widths: Counter[int] = Counter()
        try:
            for number, record in enumerate(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)):
                if number >= DELIMITER_ROWS:
                    break
                if len(record) > 1:
                    widths[len(record)] += 1
        except csv.Error:
            continue
        equal = max(widths.values(), default=0)
        if equal > most:
            best, most = delimiter, equal
    return best


def count_lines(path: Path) -> int:
    """How many lines there are: for progress, since a cell may have several."""
    count = 0
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            count += piece.count(b"\n") or piece.count(b"\r")
    return count + 1


def rows(path: Path, encoding: str, delimiter: str) -> Iterator[Row]:
    """The rows that are not wholly empty, as the spreadsheet numbers them. Raises BadFile with the line."""
    for number, record, problem in _records(path, encoding, delimiter):
        cells = clean_row(record)
        if any(cells):
            yield Row(number, cells, problem)


def column(
    path: Path, encoding: str, delimiter: str, index: int, most_cells: int | None = None
) -> Iterator[tuple[int, str, list[str]]]:
    """One cell of each row, "" where it has none, and all of them as they are, not cleaned. Raises BadFile.

    Of what cannot be a row or is too long there is none. Faster by a third than `rows`.
    """
    for number, record, problem in _records(path, encoding, delimiter):
        cells = [] if problem or is_too_long(record, most_cells) else record
        cell = clean(cells[index]) if index < len(cells) else ""
        if cell or any(map(clean, record)):
            yield number, cell, cells


def is_too_long(cells: list[str], most_cells: int | None) -> bool:
    """Whether a row has more than the headings allow: there is a delimiter within one of its cells."""
    return most_cells is not None and len(cells) > most_cells and any(map(clean, cells[most_cells:]))


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """The number of each record, its cells as they are, and the problem where it cannot be a row."""
    number = width = ended = 0
    # The lines of the record that is read now; more than one where a cell of it has line breaks.
    lines: list[str] = []
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        try:
            for number, record in enumerate(csv.reader(_kept_in(lines, file), delimiter=delimiter), start=1):
                problem = ""
                if len(record) > MOST_CELLS:
                    raise BadFile("too_wide", f"Row {number} has more than {MOST_CELLS:,} cells. Save it as CSV again.")
                if len(lines) == 1:
                    width = len(record)
                elif _is_open(lines, delimiter):
                    raise BadFile("unreadable", NEVER_CLOSED.format(number))
                elif _ran_together(lines, delimiter, width):
                    problem = RAN_TOGETHER.format(ended + 1, ended + len(lines))
                if AS_TEXT_MARK in lines[0]:
                    record = [AS_TEXT.sub(r"\1", cell) for cell in record]
                if GUARD_MARK in lines[0]:
                    record = [GUARDED.sub("", cell) for cell in record]
                ended += len(lines)
                lines.clear()
                yield number, record, problem
        except _LongRow as error:
            raise BadFile("too_large", LONG_ROW.format(number + 1, LONGEST_ROW_LETTERS)) from error
        except csv.Error as error:
            number += 1
            words = (
                f"a cell of it is longer than {LONGEST_CELL_LETTERS:,} characters"
                if "limit" in str(error)
                else str(error)
            )
            raise BadFile("unreadable", f"Row {number} cannot be read: {words}. Is a quotation mark open?") from error
        except UnicodeError as error:
            raise BadFile("unreadable", f"Row {number + 1} cannot be read: {error}.") from error


class _LongRow(Exception):
    """More letters than a row may have: what follows need not be read."""


def _kept_in(lines: list[str], file: TextIO) -> Iterator[str]:
    """The lines of a file; `lines` has those of the row that is read now. Raises _LongRow, not reading to the end."""
    letters = 0
    first = file.readline(LONGEST_ROW_LETTERS)
    rest = iter(partial(file.readline, LONGEST_ROW_LETTERS), "")
    for line in rest if SEP_LINE.fullmatch(first) else chain([first], rest):
        letters = letters + len(line) if lines else len(line)
        if letters >= LONGEST_ROW_LETTERS:
            raise _LongRow
        lines.append(line)
        yield line


def _is_open(lines: list[str], delimiter: str) -> bool:
    """Whether the file ends within this record's quotation marks: only a strict reader tells it."""
    return "unexpected end" in _complaint(lines, delimiter)


def _ran_together(lines: list[str], delimiter: str, width: int) -> bool:
    """Whether these lines are rows of their own, which a stray quotation mark has made one cell.

    A later line has a number then, in a cell of its own; and either what follows the closing mark is no delimiter, so
    that it was meant to open another cell, or the line is as wide as a row and has the number where the first one has
    it. An address, or a second number in a note, is neither.
    """
    first, *others = [line.split(delimiter) for line in lines]
    rows = [cells for cells in others if len(cells) > 1 and any(looks_like_number(cell) for cell in cells)]
    if not rows:
        return False
    places = [place for place, cell in enumerate(first) if looks_like_number(cell)]
    alike = [cells for cells in rows if len(cells) == width and any(looks_like_number(cells[one]) for one in places)]
    return bool(alike) or bool(_complaint(lines, delimiter))


def _complaint(lines: list[str], delimiter: str) -> str:
    """What a strict reader says of these lines, "" where it takes them."""
    try:
        for _ in csv.reader(lines, delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        return str(error)
    return ""
