"""Which row holds the headings."""

import pytest

from contacts.spreadsheets import open_sheet
from contacts.spreadsheets.headings import column_names


def test_titles_above_the_heading_are_no_rows(tmp_path):
    path = tmp_path / "titles.csv"
    path.write_text("Loan report,,\nNovember,,\n\nPhone,Name,Balance\n0712345678,Jane,5000\n,TOTAL,5000\n")
    sheet = open_sheet(path)
    assert sheet.reading.heading_row == 4
    assert sheet.headings == ["Phone", "Name", "Balance"]
    assert [row.number for row in sheet.rows()] == [5, 6]


def test_a_list_of_numbers_has_no_heading(tmp_path):
    path = tmp_path / "numbers.txt"
    path.write_text("0712345678\n2547***678\n")
    sheet = open_sheet(path)
    assert sheet.reading.heading_row is None
    assert [row.cells for row in sheet.rows()] == [["0712345678"], ["2547***678"]]


@pytest.mark.parametrize(
    "text, row",
    [
        # A total above the headings is no person, whatever it would be as a number.
        ("TOTAL ARREARS,,1250000\nMember,Phone,Arrears\nAnn,0712000321,15000\nBen,0712000322,25000\n", 2),
        ("Total,,12500000\nMember,Phone,Arrears\nAnn,0712000321,1500000\nBen,0712000322,2500000\n", 2),
        ("Total,,712345678\nMember,Phone,Arrears\nAnn,0712000321,1500000\nBen,0712000322,2500000\n", 2),
        ("Paybill,522522,\nName,Phone,Owed\nAnn,0712000321,1\n", 2),
        ("Name,Phone,2025,2026\nAnn,0712000321,15000,16000\n", 1),
        ("Phone,1,2,3\n0712000321,5,6,7\n", 1),
        # A person in the first row is no heading.
        ("0712000321\n", None),
        ("0712000321\nnone\n", None),
        ("0712000321\n07120003\n", None),
        ("2547***321\n0712000322\n", None),
        ("712000321,Ann\n712000322,Ben\n", None),
        ("Ann,0712000321,500\nBen,0712000322,600\n", None),
    ],
)
def test_the_headings_are_above_the_people_and_below_the_titles(tmp_path, text, row):
    path = tmp_path / "list.csv"
    path.write_text(text)
    assert open_sheet(path).reading.heading_row == row


def test_columns_are_called_by_their_headings_or_their_letters():
    assert column_names(["Name", "Phone", "phone", ""]) == ["Name", "Column B", "Column C", ""]
