"""A large sheet is cut in two to be read, and what comes of it is what comes of the whole."""

import gzip
import io
import os
import re
import signal
import tempfile
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from contacts.spreadsheets import BadFile, open_sheet, package, spool
from contacts.spreadsheets.spool import read_spool
from contacts.spreadsheets.unread import Unread
from contacts.spreadsheets.workbook import first_with_numbers, rows_of, sheet_of, width_of
from tests.workbooks import edited

NAME = "People"
PART = "xl/worksheets/sheet1.xml"
cells = st.one_of(st.text(max_size=6), st.floats(allow_nan=False, allow_infinity=False), st.integers(-9, 10**9))


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(package, "LARGE_BYTES", 0)
    monkeypatch.setattr(package, "PIECE_BYTES", 1024)
    monkeypatch.setattr(package, "TOP_BYTES", 2048)


def workbook(path, rows, others=()):
    """One with these cells, each told by its row and column."""
    book = xlsxwriter.Workbook(str(path))
    for name in (*others, NAME):
        sheet = book.add_worksheet(name)
        if name == NAME:
            for (row, column), value in rows.items():
                sheet.write(row, column, value)
    book.close()
    return path


@pytest.fixture
def people(tmp_path):
    numbers = {(row, 0): f"07123{row:05}" for row in range(3, 200)}
    return workbook(tmp_path / "people.xlsx", {(2, 0): "Phone", (2, 1): "Name", (150, 4): "far", **numbers})


def parts_of(path, folder):
    return list(package.halves(path, NAME, folder))


def rows(sheets):
    width = max(map(width_of, sheets))
    return [(number, cells) for sheet in sheets for number, cells in rows_of(sheet, width) if any(cells)]


def whole(path):
    return rows([sheet_of(path, NAME)])


def test_a_sheet_is_cut_where_a_row_begins(people, tmp_path):
    upper, lower = (rows([sheet_of(part, NAME)]) for part in parts_of(people, tmp_path))
    assert 80 < len(upper) < 140
    assert upper[0][0] == 3
    assert lower[0][0] == upper[-1][0] + 1
    assert lower[-1][0] == 200
    assert rows(read_spool(people, NAME, tmp_path)) == whole(people)


@given(st.dictionaries(st.tuples(st.integers(0, 150), st.integers(0, 12)), cells, max_size=60))
def test_whatever_cells_there_are_they_are_the_same_in_halves(found):
    with tempfile.TemporaryDirectory() as folder:
        path = workbook(Path(folder) / "any.xlsx", found)
        assert rows(read_spool(path, NAME, Path(folder))) == whole(path)


@pytest.mark.parametrize(
    "pattern, replacement, parts",
    [
        (r'(<row r=)"(\d+)"', r"\1'\2'", 2),
        (r"<(/?)(row|c|v|is|t|sheetData|worksheet)\b", r"<\1x:\2", 2),
        (r"<sheetData>", "<sheetData >", 2),
        (r'<row r="150"', '<row\n spans="1:5"\tr="150"', 2),
        # A cell without a place of its own stands behind the last one.
        (r'<c r="[A-Z]+\d+"', "<c", 2),
        (r'<row r="\d+"', "<row", 1),
        (r"<sheetData>", "<!-- <row r='7'> --><sheetData>", 1),
        (r"<sheetData>", "<sheetData><![CDATA[<row r='7'>]]>", 1),
        (r"sheetData", "SheetData", 1),
    ],
)
def test_however_it_is_written_it_is_cut_rightly_or_not_at_all(people, tmp_path, pattern, replacement, parts):
    path = edited(people, tmp_path / "edited.xlsx", PART, lambda xml: re.sub(pattern, replacement, xml))
    cut = parts_of(path, tmp_path)
    assert len(cut) == parts
    if "SheetData" not in replacement:
        assert rows([sheet_of(part, NAME) for part in cut]) == whole(path)


def test_where_a_half_cannot_be_written_the_whole_is_read(people, tmp_path):
    (tmp_path / "lower").mkdir()
    with pytest.raises(OSError, match="directory"):
        parts_of(people, tmp_path)
    assert rows(read_spool(people, NAME, tmp_path)) == whole(people)


def test_both_processes_write_one_spool_with_no_more_rows_than_may_be(people, tmp_path, monkeypatch):
    sheets = read_spool(people, NAME, tmp_path)
    spool_path = tmp_path / "rows"
    assert spool.write_spool(sheets, spool_path, Unread(), 1 << 20).rows == 198
    with gzip.open(spool_path, "rt") as lines:
        assert [int(line.split("\t")[0]) for line in lines] == list(range(3, 201))
    monkeypatch.setattr(spool, "MOST_LINES", 197)
    with pytest.raises(BadFile, match="more than"):
        spool.write_spool(sheets, spool_path, Unread(), 1 << 20)


def test_a_process_that_is_killed_loses_no_row_in_silence(people, tmp_path, monkeypatch):
    real = spool._write

    def killed_at_the_lower(rows, path, *bounds):
        if path.suffix:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(rows, path, *bounds)

    monkeypatch.setattr(spool, "_write", killed_at_the_lower)
    with pytest.raises(MemoryError):
        spool.write_spool(read_spool(people, NAME, tmp_path), tmp_path / "rows", Unread(), 1 << 20)


def test_what_one_processor_would_read_or_is_small_is_not_cut(people, tmp_path, monkeypatch):
    monkeypatch.setattr(package.os, "cpu_count", lambda: 1)
    assert parts_of(people, tmp_path) == [people]
    monkeypatch.undo()
    monkeypatch.setattr(package, "PIECE_BYTES", 1024)
    assert parts_of(people, tmp_path) == [people]


@given(st.lists(st.sampled_from(["<row>", '<row r="1">', "</row>", "text", " ", "<c/>"])))
def test_no_tag_lies_over_the_border_of_a_piece(tags):
    package.PIECE_BYTES = 7
    found = list(package.pieces(io.BytesIO("".join(tags).encode())))
    assert b"".join(found).decode() == "".join(tags)
    assert all(piece.count(b"<") == piece.count(b">") for piece in found)


def test_the_first_rows_show_which_sheet_has_numbers(people, tmp_path):
    path = workbook(tmp_path / "two.xlsx", {(row, 0): f"07123{row:05}" for row in range(300)}, others=["Notes"])
    assert first_with_numbers(path, ["Notes", NAME], tmp_path) == NAME
    shown = rows([sheet_of(package.top(path, NAME, tmp_path), NAME)])
    assert 0 < len(shown) < 100
    assert shown == whole(path)[: len(shown)]


def test_a_large_workbook_loses_no_row_and_shows_no_hidden_one(tmp_path, monkeypatch):
    """Read by a real child, which is not told of the small pieces."""
    path = tmp_path / "large.xlsx"
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet(NAME)
    for row in range(60_000):
        sheet.write_row(row, 0, [f"07{row:08}", f"Person {row}", row / 4, "Nakuru"] if row else ["Phone", "Name"])
        if row in (7, 50_000):
            sheet.set_row(row, None, None, {"hidden": True})
    book.close()
    monkeypatch.undo()
    with zipfile.ZipFile(path) as packed:
        assert packed.getinfo(PART).file_size > package.LARGE_BYTES
    opened = open_sheet(path)
    assert (opened.lines, opened.hidden_rows, opened.hidden_unseen) == (59_998, 2, False)
    read_rows = list(opened.rows())
    assert [row.number for row in read_rows] == [row + 1 for row in range(1, 60_000) if row not in (7, 50_000)]
    assert all(row.cells[0] == f"07{row.number - 1:08}" for row in read_rows)
    assert read_rows[-1].cells == ["0700059999", "Person 59999", "14999.75", "Nakuru"]
