"""Whatever bytes a file holds: rows or a clear error, never an exception that is not ours."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contacts.spreadsheets import BadFile, Reading, is_too_long, open_sheet
from contacts.values import clean
from lib import phones
from tests.pure.anything import ANYTHING


def read_all(path):
    """Read a file as an upload does: guessed first, then again as it was guessed. None where it is no file for us."""
    try:
        sheet = open_sheet(path)
    except BadFile as error:
        assert error.code and str(error)
        return None
    try:
        again = Reading.from_json(json.loads(json.dumps(sheet.reading.to_json())))
        rows = list(sheet.rows())
        for row in rows:
            assert any(row.cells)
            json.dumps(row.cells).encode()
            "\t".join(row.cells).encode("utf-8")
        for index in range(len(sheet.headings)):
            good = [row for row in rows if not (row.problem or is_too_long(row.cells, sheet.most_cells))]
            cells = {row.number: row.cells[index] for row in good if index < len(row.cells)}
            column = {number: cell for number, cell, _ in sheet.column(index) if cell}
            assert column == {number: cell for number, cell in cells.items() if cell}
            others = {number: [clean(cell) for cell in beside] for number, _, beside in sheet.column(0, index)}
            assert all(row.cells[: index + 1] == others[row.number][: index + 1] for row in good)
        if not sheet.is_workbook:
            assert list(open_sheet(path, reading=again).rows()) == rows
        return rows
    except BadFile as error:
        assert error.code and str(error)
        return None
    finally:
        sheet.close()


@settings(max_examples=150)
@given(st.binary(max_size=400))
def test_any_bytes_are_rows_or_no_spreadsheet(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "any.csv"
    path.write_bytes(content)
    read_all(path)


@settings(max_examples=100)
@given(ANYTHING.map(lambda text: text.encode("utf-16-le", "surrogatepass")), st.sampled_from([b"", b"\xff\xfe"]))
def test_any_text_in_utf_16_is_rows_or_no_spreadsheet(tmp_path_factory, content, mark):
    path = tmp_path_factory.mktemp("any") / "any.txt"
    path.write_bytes(mark + content)
    read_all(path)


DAMAGED = {
    "half of a letter at the end": b"phone,name\n0712345678,Jos\xc3",
    "odd number of bytes in utf-16": b"\xff\xfe" + "phone\n0712345678\n".encode("utf-16-le") + b"\x00",
    "utf-16 the other way": b"\xfe\xff" + "phone\n0712345678\n".encode("utf-16-be"),
    "a quote that never ends": b'phone,name\n0712345678,"Jane\n0712345679,John\n',
    "a cell larger than a megabyte": b"phone,name\n0712345678," + b"x" * (1 << 20) + b"\n",
    "old Macintosh line ends": b"phone,name\r0712345678,Jane\r0712345679,John\r",
    "line ends of all kinds": b"phone,name\n0712345678,Jane\r\n0712345679,John\r0712345680,Mary\n",
    "a NUL in a cell": b"phone,name\n0712345678,Ja\0ne\n0712345679,John\n" + b"0712345680,Mary and others\n" * 20,
    "only delimiters": b",,,,\n;;;;\n\t\t\t\n",
    "only a mark": b"\xef\xbb\xbf",
    "a heading and nothing": b"phone,name\n",
    "more cells than headings": b"phone,name\n0712345678,Jane,1,2,3,4,5\n",
    "more cells than headings in one row": b"phone,name\n" + b"0712345678,Jane\n" * 20 + b"0712345679,John,5\n",
    "fewer cells than headings": b"phone,name,balance\n0712345678\n",
    "four kinds of quotes": "phone,name\n'0712345678,‘Jane’\n’0712345679,“John”\n".encode(),
    "control characters": b"phone,name\n0712\x01345678,J\x07ane\x1b[31m\n",
    "right to left": "phone,name\n\u202e0712345678,\u202eاحمد\n".encode(),
    "digits of other scripts": "phone,name\n٠٧١٢٣٤٥٦٧٨,Jane\n０７１２３４５６７９,John\n".encode(),
}


@pytest.mark.parametrize("damage", sorted(DAMAGED))
def test_a_damaged_text_file_is_rows_or_a_clear_error(tmp_path, damage):
    path = tmp_path / "damaged.csv"
    path.write_bytes(DAMAGED[damage])
    read_all(path)


@pytest.mark.parametrize(
    "damage, numbers",
    [
        ("half of a letter at the end", 1),
        ("utf-16 the other way", 1),
        ("old Macintosh line ends", 2),
        ("line ends of all kinds", 3),
        ("fewer cells than headings", 1),
        ("four kinds of quotes", 2),
        ("control characters", 1),
        ("digits of other scripts", 2),
    ],
)
def test_what_can_be_saved_of_a_damaged_file_is_read(tmp_path, damage, numbers):
    path = tmp_path / "damaged.csv"
    path.write_bytes(DAMAGED[damage])
    assert len([phones.read_phone(row.cells[0]) for row in read_all(path)]) == numbers


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    import xlsxwriter

    path = tmp_path_factory.mktemp("book") / "book.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("People")
    sheet.write_row(0, 0, ["Phone", "Name"])
    for row in range(1, 40):
        sheet.write_row(row, 0, [f"07123456{row:02}", f"Person {row}"])
    book.close()
    return path.read_bytes()


@pytest.mark.parametrize("cut", [4, 30, 100, 1_000, -1, -22, -500])
def test_a_workbook_that_was_cut_off_is_a_clear_error(tmp_path, workbook, cut):
    path = tmp_path / "cut.xlsx"
    path.write_bytes(workbook[:cut])
    rows = read_all(path)
    assert rows is None or len(rows) == 39


@settings(max_examples=15)
@given(st.integers(0, 5_000), st.binary(min_size=1, max_size=20))
def test_a_workbook_with_any_bytes_changed_is_rows_or_a_clear_error(tmp_path_factory, workbook, where, bytes_):
    where %= len(workbook)
    path = tmp_path_factory.mktemp("any") / "any.xlsx"
    path.write_bytes(workbook[:where] + bytes_ + workbook[where + len(bytes_) :])
    read_all(path)


@pytest.mark.parametrize("name", ["any.xls", "any.ods", "any.xlsx"])
@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_what_begins_like_a_workbook_and_is_none_is_a_clear_error(tmp_path, name, start):
    path = tmp_path / name
    path.write_bytes(start + bytes(range(256)) * 8)
    assert read_all(path) is None
