"""Text files: rows that ran together are said to be."""

import pytest

from contacts.spreadsheets import BadFile, open_sheet


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
        list(open_sheet(path).rows())


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
    amina, together, ali = open_sheet(path).rows()
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
    rows = list(open_sheet(path).rows())
    assert [(one.problem, len(one.cells)) for one in rows] == [("", 4)] * 3


def test_headings_that_ran_together_with_rows_are_an_error(tmp_path):
    path = tmp_path / "headings.csv"
    path.write_text('phone,"name,town\n0712345671,Jane,Embu\n0712345672,"John",Thika\n0712345673,Ali,Embu\n')
    with pytest.raises(BadFile, match="Row 1 cannot be read: a quotation mark is open from line 1 to line 3"):
        open_sheet(path)


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
    assert len(list(open_sheet(path).rows())) == 2
