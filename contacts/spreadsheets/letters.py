"""How long the cells of an .xlsx are, and what their texts come to: a text stands once, and in any number of cells.

Told from the XML while it is unpacked. What a strange spelling of it hides is found later, and at a higher cost, by
whoever reads the cells.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable

# With a format for each of its letters the longest text that Excel holds has some four million bytes.
MOST_CELL_BYTES = 8 << 20
# <c t="s"><v>0</v></c>
SHORTEST_CELL_BYTES = 21

_root = re.compile(rb"<(?:\w+:)?(worksheet|sst)\b")
_cell_or_row = re.compile(rb"</(?:\w+:)?c\s*>|<(?:\w+:)?row\b")
_end_of_rows = re.compile(rb"</(?:\w+:)?sheetData\s*>")
_reference = re.compile(rb"""\bt\s*=\s*["']s["'][^<>]*>\s*<(?:\w+:)?v\s*>\s*(\d+)""")


class LongCell(Exception):
    """One cell, or what stands above the first one, has more bytes than may be."""


class Part:
    """A part of a workbook, of which `see` takes the pieces one after the other: between tags, a megabyte or so."""

    def __init__(self, name: str) -> None:
        self.name = name
        # Of the longest text of the table of texts, and of a sheet up to the end of its rows.
        self.longest = self.bytes = 0
        self._look = self._first
        self._rest = b""
        self._stretch = 0

    def see(self, piece: bytes) -> None:
        """Raises LongCell."""
        self._look(piece)

    def _first(self, piece: bytes) -> None:
        root = _root.search(piece, 0, 4096)
        self._look = {b"sst": self._texts, b"worksheet": self._cells}[root[1]] if root else self._nothing
        self._look(piece)

    def _texts(self, piece: bytes) -> None:
        *_, self._rest = texts = (self._rest + piece).split(_end_of_text(piece))
        self.longest = max(self.longest, max(map(len, texts)))
        if self.longest > MOST_CELL_BYTES:
            raise LongCell

    def _cells(self, piece: bytes) -> None:
        self.bytes += len(piece)
        if _cell_or_row.search(piece):
            self._rest, self._stretch = piece, 0
            return
        # Looked for only here: it costs as much as a fifth of the unpacking.
        if _end_of_rows.search(self._rest + piece):
            self._look = self._nothing
        self._rest, self._stretch = b"", self._stretch + len(piece)
        if self._stretch > MOST_CELL_BYTES:
            raise LongCell

    def _nothing(self, piece: bytes) -> None:
        pass


def may_come_to(sheet: Part, table: Part) -> int:
    """At the most, in bytes: were the longest text in each cell."""
    return sheet.bytes // SHORTEST_CELL_BYTES * table.longest


def lengths_of(pieces: Iterable[bytes]) -> array[int]:
    """Of each text of the table of texts, in bytes and with its tags."""
    lengths, rest = array("I"), b""
    for piece in pieces:
        *texts, rest = (rest + piece).split(_end_of_text(piece))
        lengths.extend(map(len, texts))
    return lengths


def letters_of(pieces: Iterable[bytes], lengths: array[int]) -> Iterable[int]:
    """What the cells of a sheet that name a text come to, piece by piece."""
    for piece in pieces:
        named = map(int, _reference.findall(piece))
        yield sum(lengths[number] for number in named if number < len(lengths))


def _end_of_text(piece: bytes) -> bytes:
    return b":si>" if b":si>" in piece and b"</si>" not in piece else b"</si>"
