"""Real-shaped files are read as tests/data/expected.json says."""

import json
from pathlib import Path

import pytest

from contacts import values
from contacts.spreadsheets import BadFile, Reading, columns, open_sheet
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
    sheet = open_sheet(DATA / name)
    rows, found, rejected = people(sheet)
    assert (rows, rejected, len(found)) == (expected["rows"], expected["rejected"], expected["created"])
    assert rows - rejected - len(found) == expected["duplicates"]
    for phone, wanted in expected["values"].items():
        assert {key: found[phone].get(key) or None for key in wanted} == wanted
    for absent in expected.get("absent", []):
        assert not any(absent in person for person in found.values())


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_file_is_read_again_as_it_was_guessed(name):
    first = open_sheet(DATA / name)
    again = open_sheet(DATA / name, reading=Reading.from_json(json.loads(json.dumps(first.reading.to_json()))))
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
        open_sheet(path)
    assert caught.value.code == code
