"""Hidden rows and broken cells of an .xlsx's sheet, found by looking for their marks.

Parsing the XML of a million rows takes longer than all the rest, 25 s measured. So what is rare is looked for by bytes
that are part of it, and only around those it is looked closer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from contacts.spreadsheets.broken import NO_VALUE, OTHER_ERROR, BrokenCells
from contacts.spreadsheets.headings import column_index

_sheet_data = re.compile(rb"<(\w+:)?sheetData\b")
_number = re.compile(rb"""\br\s*=\s*["'](\d+)["']""")
_place = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})(\d+)["']""")
_hidden = re.compile(rb"""\bhidden\s*=\s*["'](?:1|true)["']""")
_is_error = re.compile(rb"""\bt\s*=\s*["']e["']""")
_is_text = re.compile(rb"""\bt\s*=\s*["']str["']""")


class _Unnumbered(Exception):
    """A row or cell that does not say its place: those before it have to be counted."""


class SheetScan:
    """What was found: row numbers from 1."""

    def __init__(self) -> None:
        self.hidden_rows: set[int] = set()
        self.broken = BrokenCells()


def scan_sheet(read: Iterable[bytes], again: Iterable[bytes]) -> SheetScan:
    """Look through a sheet's XML, in pieces over whose borders no tag lies; `again` the same, read only if need be."""
    try:
        return _Scanner().scan(read)
    except _Unnumbered:
        return _Scanner(counting=True).scan(again)


class _Scanner:
    def __init__(self, *, counting: bool = False) -> None:
        self.found = SheetScan()
        self.counting = counting
        self.row, self.column = 0, -1
        self._name(b"")

    def scan(self, read: Iterable[bytes]) -> SheetScan:
        for piece in self._by_cells(read):
            hits = [*self._hidden_rows(piece), *self._errors(piece), *self._formulas(piece)]
            places = self._count(piece) if self.counting else {}
            for at, tag, error in hits:
                row, column = places[at] if self.counting else _said(tag, is_row=not error)
                if error:
                    self.found.broken.add(row, column, error)
                else:
                    self.found.hidden_rows.add(row)
        return self.found

    def _name(self, prefix: bytes) -> None:
        """Patterns with the prefix of this file's tags: with bytes to begin with they are found faster by far."""
        self.row_start, self.rows_end = b"<%brow" % prefix, b"</%bsheetData" % prefix
        self.cell_start, self.cell_end, self.formula_start = b"<%bc" % prefix, b"</%bc>" % prefix, b"<%bf" % prefix
        p = re.escape(prefix)
        self.rows = re.compile(rb"<%brow\b[^<>]*+>" % p)
        self.value = re.compile(rb"<%bv\b[^<>/]*>([^<]*)" % p)
        self.empty_value = re.compile(rb"\s*<%bv\b" % p)
        self.formula_alone = re.compile(rb"</%bf>(?!\s*<%b(?:is\b|v\b[^<>/]*>\s*[^<\s]))" % (p, p))
        self.short_formula_alone = re.compile(rb"/>(?=\s*(?:<%bv\s*/>|<%bv\s*>\s*</%bv>)?\s*</%bc>)" % (p, p, p, p))
        self.tokens = re.compile(rb"<%b(?:row|c)\b[^<>]*+>" % p)

    def _by_cells(self, read: Iterable[bytes]) -> Iterator[bytes]:
        """Pieces in which there may be something, over whose borders no cell lies, up to the end of the rows."""
        rest, begun = b"", False
        for piece in read:
            if not begun:
                if (start := _sheet_data.search(piece)) is None:
                    continue
                self._name(start[1] or b"")
                piece, begun = piece[start.start() :], True
            ends = piece.rfind(self.cell_end)
            cut = max(ends + len(self.cell_end) if ends >= 0 else 0, piece.rfind(self.row_start))
            if cut <= 0:
                rest += piece
                if self.rows_end in rest:
                    break
                continue
            if self.counting or self._may_hold(piece) or self._may_hold(rest):
                yield rest + piece[:cut]
            rest = piece[cut:]
        yield rest.partition(self.rows_end)[0]

    def _may_hold(self, piece: bytes) -> bool:
        """Of marks that are rarely there: this takes most of the time."""
        if b"hidden" in piece or b'"e"' in piece or self.formula_start in piece:
            return True
        return b"'" in piece and b"'e'" in piece

    def _hidden_rows(self, piece: bytes) -> Iterator[tuple[int, bytes, str]]:
        if b"hidden" in piece:
            for tag in self.rows.finditer(piece):
                if _hidden.search(tag[0]):
                    yield tag.start(), tag[0], ""

    def _errors(self, piece: bytes) -> Iterator[tuple[int, bytes, str]]:
        for mark in (b'"e"', b"'e'"):
            at = piece.find(mark)
            while at >= 0:
                start, end = piece.rfind(b"<", 0, at), piece.find(b">", at)
                tag = piece[start : end + 1]
                if tag.startswith(self.cell_start) and _is_error.search(tag):
                    inside = b"" if tag.endswith(b"/>") else piece[end + 1 : piece.find(self.cell_end, end)]
                    value = self.value.search(inside)
                    yield start, tag, value[1].decode("ascii", "replace").strip() if value else OTHER_ERROR
                # There may be a million of them in one text.
                next_tag = piece.find(b"<", at)
                at = piece.find(mark, next_tag) if next_tag >= 0 else -1

    def _formulas(self, piece: bytes) -> Iterator[tuple[int, bytes, str]]:
        if self.formula_start not in piece:
            return
        last = 0
        for match in self.formula_alone.finditer(piece):
            yield from self._uncalculated(piece, last, match.start(), match.end())
            last = match.end()
        last = 0
        for match in self.short_formula_alone.finditer(piece):
            start = piece.rfind(b"<", last, match.start())
            # Of a tag that begins as a formula's does.
            if start >= 0 and piece.startswith(self.formula_start, start):
                yield from self._uncalculated(piece, last, start, match.end())
            last = match.end()

    def _uncalculated(self, piece: bytes, after: int, formula: int, end: int) -> Iterator[tuple[int, bytes, str]]:
        """The cell of this formula, where it has no value; it begins behind the last one's, `after`."""
        start = piece.rfind(self.cell_start, after, formula)
        tag = piece[start : piece.find(b">", start) + 1]
        # Of a formula that comes to an empty text a value is stored that is one.
        is_empty_text = _is_text.search(tag) and self.empty_value.match(piece, end)
        if start >= 0 and not is_empty_text and not _is_error.search(tag):
            yield start, tag, NO_VALUE

    def _count(self, piece: bytes) -> dict[int, tuple[int, int]]:
        """Where each row and cell that begins here stands: what does not say it is one behind the last."""
        places: dict[int, tuple[int, int]] = {}
        for token in self.tokens.finditer(piece):
            tag = token[0]
            if tag.startswith(self.row_start):
                number = _number.search(tag)
                self.row, self.column = int(number[1]) if number else self.row + 1, -1
            else:
                said = _place.search(tag)
                self.column = column_index(said[1].decode()) if said else self.column + 1
            places[token.start()] = (self.row, self.column)
        return places


def _said(tag: bytes, *, is_row: bool) -> tuple[int, int]:
    """The place that a tag says. Raises _Unnumbered."""
    if is_row:
        if (number := _number.search(tag)) is None:
            raise _Unnumbered
        return int(number[1]), 0
    if (place := _place.search(tag)) is None:
        raise _Unnumbered
    return int(place[2]), column_index(place[1].decode())
