"""Whatever a cell, a number or a file holds: a value or a clear rejection, never an exception that is not ours."""

import json
import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contacts import values
from contacts.spreadsheets import BadFile, Reading, columns, is_too_long, open_sheet
from lib import phones

TYPES = ("text", "integer", "decimal", "money", "date", "boolean", "choice")
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=80)
NUMBERISH = st.text("0123456789+-()/;., xX*eEKSshor'\u00a0\u200b０１２７", max_size=40)
VALUEISH = st.text("0123456789.,-()/ KESkshJanDec=\u00a0２", max_size=24)


@given(ANYTHING | NUMBERISH)
def test_any_text_is_a_number_or_is_rejected_in_words(text):
    try:
        number = phones.read_phone(values.clean(text))
    except phones.BadNumber as error:
        assert str(error) and error.code
    else:
        assert number.digits.isascii() and number.digits.isdecimal() and 7 <= len(number.digits) <= 15


@given(st.sampled_from(TYPES), ANYTHING | VALUEISH, st.booleans(), st.booleans())
def test_any_cell_is_a_value_of_its_type_or_is_rejected_in_words(type_, text, workbook, month_first):
    try:
        value = values.canonical(
            type_, values.clean(text), workbook=workbook, options=("Yes", "No"), month_first=month_first
        )
    except values.BadValue as error:
        assert str(error) and error.code and len(str(error)) < 200
    else:
        assert value == values.canonical(type_, value, options=("Yes", "No"))
        json.dumps(value).encode("utf-8")
        value.encode("utf-8")


@given(ANYTHING)
def test_a_clean_cell_stays_as_it_is_and_can_be_kept(text):
    cell = values.clean(text)
    assert values.clean(cell) == cell
    assert not set(cell) & set("\0\t\n\r\x0b\x0c\x1c\x1f")
    cell.encode("utf-8")


@given(st.lists(ANYTHING | st.text(string.printable, max_size=10), max_size=6))
def test_a_row_is_cleaned_as_its_cells_are(cells):
    assert values.clean_row(cells) == [values.clean(cell) for cell in cells]


@given(st.lists(ANYTHING, max_size=5), st.lists(st.lists(ANYTHING | NUMBERISH | VALUEISH, max_size=5), max_size=5))
def test_any_headings_and_cells_can_be_guessed_from(headings, rows):
    found = columns.guess_fields(
        [values.clean(one) for one in headings],
        [[values.clean(cell) for cell in row] for row in rows],
        {"balance": ("Balance", "money")},
        first_upload=True,
    )
    keys = [one.key for one in found if one.role in ("new", "field")]
    assert len(keys) == len(set(keys))
    assert all(0 < len(key) <= 40 for key in keys)


def read_all(path):
    """Read a file as an upload does: guessed first, then again as it was guessed. None where it is no file for us."""
    try:
        sheet = open_sheet(path, path.name)
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
            column = {number: cell for number, cell in sheet.column(index) if cell}
            assert column == {number: cell for number, cell in cells.items() if cell}
        if not sheet.is_workbook:
            assert list(open_sheet(path, path.name, reading=again).rows()) == rows
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


@pytest.mark.parametrize(
    "content, words",
    [
        (b'phone,name\n0712345678,"Jane\n0712345679,John\n', "quotation mark in row 2 is never closed"),
        (b'phone,name\n0712345678,"Jane\n' + b"0712345679,John\n" * 80_000, "Row 2 .* Is a quotation mark open"),
    ],
)
def test_rows_behind_an_open_quotation_mark_are_not_lost_in_silence(tmp_path, content, words):
    path = tmp_path / "open.csv"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=words):
        list(open_sheet(path, path.name).rows())


HEAD, ALI = "phone,name,town,balance\n0712345670,Amina,Nakuru,1\n", "0712345674,Ali,Nakuru,9\n"


@pytest.mark.parametrize(
    "rows, lines",
    [
        ('0712345671,"Jane,Thika,5\n0712345672,John,Embu,6\n0712345673,"Wa, Ali",Meru,7\n', (3, 5)),
        ('0712345671,"Jane,Thika,5\n0712345672,"Wa, Ali",Meru,7\n', (3, 4)),
        ('0712345671,"Jane,Thika,5\n0712345672,John,Embu",6\n', (3, 4)),  # as a cell that was meant
        ('0712345671,5" pipe,"Thika,5\n0712345672,3" pipe,Embu,6\n', (3, 4)),
        ('"0712345671,Jane,Thika,5\n"0712345672",John,Embu,6\n', (3, 4)),
        ('0712345671,"Jane,Thika,5\n' + "0712345672,John,Embu,6\n" * 40 + '0712345673,"Ali",Meru,7\n', (3, 44)),
    ],
)
def test_rows_that_a_quotation_mark_has_made_one_are_said_to_be(tmp_path, rows, lines):
    path = tmp_path / "together.csv"
    path.write_text(HEAD + rows + ALI)
    amina, together, ali = open_sheet(path, path.name).rows()
    assert (
        together.problem == f"a quotation mark is open from line {lines[0]} to line {lines[1]}: these rows ran together"
    )
    assert (amina.problem, ali.problem, ali.number, ali.cells[0]) == ("", "", 4, "0712345674")


@pytest.mark.parametrize(
    "row",
    [
        '0712345671,Jane,"P.O. Box 12,\nNakuru, Kenya",5\n',
        '0712345671,Jane,"12 ""A"" Moi Avenue,\nP.O. Box 1234567,\nNakuru\n\nKenya",5\n',
        '0712345671,Jane,"Next of kin:\n0722000000, wife\n",5\n',
        '0712345671,Jane,"Also:\n0722000000\n0722000001",5\n',
        '0712345671,Jane,"Moi Avenue, 0722000000\nNakuru" ,5\n',  # a blank behind the mark, and no number in line 2
        '0712345671,Jane,"Call, 1, 2, 3\nor, 4, 5, 6",5\n',
        '"0712\n345671",Jane,Nakuru,5\n',
        '0712345671,"Jane\r\nWanjiru","Nakuru,\r\nKenya","5"\r\n',
    ],
)
def test_a_cell_of_several_lines_is_one_cell(tmp_path, row):
    path = tmp_path / "lines.csv"
    path.write_text(HEAD + row + ALI, newline="")
    rows = list(open_sheet(path, path.name).rows())
    assert [(one.problem, len(one.cells)) for one in rows] == [("", 4)] * 3


def test_headings_that_ran_together_with_rows_are_an_error(tmp_path):
    path = tmp_path / "headings.csv"
    path.write_text('phone,"name,town\n0712345671,Jane,Embu\n0712345672,"John",Thika\n0712345673,Ali,Embu\n')
    with pytest.raises(BadFile, match="Row 1 cannot be read: a quotation mark is open from line 1 to line 3"):
        open_sheet(path, path.name)


@pytest.mark.parametrize(
    "last",
    [
        b'0712345679,"John\nof Nakuru"\n',
        b'0712345679,"John\nof ""Nakuru"""',
        b'0712345679,"John',
        b'0712345679,5" pipe\n',
    ],
)
def test_quotation_marks_in_the_last_row_are_no_error(tmp_path, last):
    path = tmp_path / "closed.csv"
    path.write_bytes(b"phone,name\n0712345678,Jane\n" + last)
    assert len(list(open_sheet(path, path.name).rows())) == 2


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


def test_a_number_cell_of_a_megabyte_is_judged_at_once():
    start = time.process_time()
    for cell in ("(" + "a" * (1 << 19), "0712345678" * 100_000, "1 " * 500_000):
        with pytest.raises(phones.BadNumber):
            phones.read_phone(cell)
    assert time.process_time() - start < 2
