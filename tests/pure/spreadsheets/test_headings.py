"""Which row holds the headings."""

from contacts.spreadsheets import open_sheet


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
