"""Real-shaped files are read as tests/data/expected.json says."""

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
import xlsxwriter

from contacts import values
from contacts.spreadsheets import BadFile, Reading, columns, open_sheet
from contacts.spreadsheets.workbook import texts_of
from lib import phones

DATA = Path(__file__).parents[2] / "data"
EXPECTED = json.loads((DATA / "expected.json").read_text())


def people(sheet):
    """What the rows of a sheet come to with guessed columns: values by phone, and rows counted and rejected."""
    rows = list(sheet.rows())
    guessed = columns.guess_fields(
        sheet.headings,
        [row.cells for row in rows[:200]],
        {},
        first_upload=True,
        workbook=sheet.is_workbook,
        had_heading=sheet.reading.heading_row is not None,
    )
    phone = next(one.index for one in guessed if one.role == "phone")
    found, rejected = {}, 0
    for row in rows:
        try:
            number = phones.read_phone(row.cells[phone] if phone < len(row.cells) else "").digits
        except phones.BadNumber:
            rejected += 1
            continue
        person = {}
        for column in guessed:
            cell = row.cells[column.index] if column.index < len(row.cells) else ""
            if column.role == "name":
                person["name"] = cell
            elif column.role == "new":
                try:
                    person[column.key] = values.canonical(column.type, cell, workbook=sheet.is_workbook)
                except values.BadValue:
                    person[column.key] = ""
        found[number] = person
    return len(rows), found, rejected


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_file_is_read_as_a_person_would(name):
    expected = EXPECTED[name]
    sheet = open_sheet(DATA / name, name)
    rows, found, rejected = people(sheet)
    assert (rows, rejected, len(found)) == (expected["rows"], expected["rejected"], expected["created"])
    assert rows - rejected - len(found) == expected["duplicates"]
    for phone, wanted in expected["values"].items():
        assert {key: found[phone].get(key) or None for key in wanted} == wanted
    for absent in expected.get("absent", []):
        assert not any(absent in person for person in found.values())


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_file_is_read_again_as_it_was_guessed(name):
    first = open_sheet(DATA / name, name)
    again = open_sheet(DATA / name, name, reading=Reading.from_json(json.loads(json.dumps(first.reading.to_json()))))
    assert again.headings == first.headings
    assert list(again.rows()) == list(first.rows())


@pytest.mark.parametrize(
    "name, content, code",
    [
        ("empty.csv", b"", "empty"),
        ("blank.csv", b"\n,,\n\n", "empty"),
        ("page.xls", b"<html><table></table></html>", "not_a_spreadsheet"),
        ("broken.xlsx", b"PK\x03\x04 not really", "not_a_spreadsheet"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 20, "not_a_spreadsheet"),
        ("zeros.csv", bytes(100), "not_a_spreadsheet"),
    ],
)
def test_what_is_no_spreadsheet_is_a_clear_error(tmp_path, name, content, code):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadFile) as caught:
        open_sheet(path, name)
    assert caught.value.code == code


def test_titles_above_the_heading_are_no_rows(tmp_path):
    path = tmp_path / "titles.csv"
    path.write_text("Loan report,,\nNovember,,\n\nPhone,Name,Balance\n0712345678,Jane,5000\n,TOTAL,5000\n")
    sheet = open_sheet(path, path.name)
    assert sheet.reading.heading_row == 4
    assert sheet.headings == ["Phone", "Name", "Balance"]
    assert [row.number for row in sheet.rows()] == [5, 6]


def test_a_list_of_numbers_has_no_heading(tmp_path):
    path = tmp_path / "numbers.txt"
    path.write_text("0712345678\n2547***678\n")
    sheet = open_sheet(path, path.name)
    assert sheet.reading.heading_row is None
    assert [row.cells for row in sheet.rows()] == [["0712345678"], ["2547***678"]]


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
        time(9, 30): "09:30:00",
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
    opened = open_sheet(path, path.name)
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
    opened = open_sheet(path, path.name)
    assert (opened.reading.sheet, opened.sheets) == ("People", ["People", "Old"])
    assert [row.cells for row in opened.rows()] == [["0712345679"]]
    assert [row.cells for row in open_sheet(path, path.name, sheet="Old").rows()] == [["0712345678"]]
