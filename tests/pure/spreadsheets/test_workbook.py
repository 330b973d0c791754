"""A workbook as the library reads it."""

from datetime import date, datetime, time, timedelta

import xlsxwriter

from contacts.spreadsheets import open_sheet
from contacts.spreadsheets.workbook import texts_of


def test_the_cells_of_a_workbook_are_texts_as_its_sheet_shows_them():
    cells = {
        "Jane  Wanjiru ": "Jane Wanjiru",
        254712345678.0: "254712345678",
        5000.0: "5000",
        12.5: "12.5",
        0.1 + 0.2: "0.3",
        -0.0: "0",
        -500.0: "-500",
        999_999_999_999_999.0: "999999999999999",
        datetime(2026, 12, 31): "2026-12-31",
        datetime(2026, 12, 31, 9, 30): "2026-12-31T09:30:00",
        date(2026, 12, 31): "2026-12-31",
        12.375: "12.3750",
        1.8e-12: "0",
        time(9, 30): "09:30",
        time(9, 30, 5): "09:30:05",
        timedelta(hours=30): "1 day, 6:00:00",
        None: "",
    }
    assert texts_of(list(cells)) == list(cells.values())
    assert texts_of([True, False, 5]) == ["TRUE", "FALSE", "5"]


def test_rows_under_empty_ones_have_the_numbers_that_the_sheet_shows(tmp_path):
    path = tmp_path / "low.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    for row, cells in enumerate((["Phone", "Name"], ["0712345678", "Jane"], ["0712345679", "Ali"]), start=5):
        sheet.write_row(row, 2, cells)
    sheet.set_row(6, None, None, {"hidden": True})
    book.close()
    opened = open_sheet(path)
    assert (opened.reading.heading_row, opened.headings[2:]) == (6, ["Phone", "Name"])
    assert [(row.number, row.cells[2:]) for row in opened.rows()] == [(8, ["0712345679", "Ali"])]


def test_a_hidden_sheet_is_not_taken_before_others_and_a_chart_is_none(tmp_path):
    path = tmp_path / "several.xlsx"
    book = xlsxwriter.Workbook(str(path))
    chart = book.add_chart({"type": "line"})
    book.add_chartsheet("Graph").set_chart(chart)
    for name, phone in (("Old", "0712345678"), ("People", "0712345679")):
        book.add_worksheet(name).write_column(0, 0, ["Phone", phone])
    chart.add_series({"values": "=People!$A$1:$A$2"})
    book.get_worksheet_by_name("Old").hide()
    book.get_worksheet_by_name("People").activate()
    book.get_worksheet_by_name("People").set_first_sheet()
    book.close()
    opened = open_sheet(path)
    assert (opened.reading.sheet, opened.sheets) == ("People", ["People", "Old"])
    assert [row.cells for row in opened.rows()] == [["0712345679"]]
    assert [row.cells for row in open_sheet(path, sheet="Old").rows()] == [["0712345678"]]
