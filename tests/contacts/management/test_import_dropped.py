"""`import_contacts --dropped`: each cell that could not be read, and what the list comes to."""

import csv
import io
import json
import tracemalloc

import pytest
import xlsxwriter
from django.core.management import CommandError, call_command

from contacts.models import Contact, ContactGroup
from tests.makers import make_contact, make_group

pytestmark = pytest.mark.django_db(transaction=True)

HEADINGS = ["sheet", "row", "column", "cell", "error"]
LIST = (
    "Phone,Name,Balance,Due\n0712345671,Ann,lots,31/12/2026\n0712345672,Ben,=1+1,soon\n"
    "2.54712E+11,Cat,5,30/12/2026\n,Total,12,\n0712345674,Dan,7,\n"
)


def run(path, *arguments):
    out, said = io.StringIO(), io.StringIO()
    call_command("import_contacts", str(path), "--group", "people", *map(str, arguments), stdout=out, stderr=said)
    return json.loads(out.getvalue().splitlines()[-1]), said.getvalue().splitlines()


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.fixture
def file(tmp_path):
    def write(text):
        (tmp_path / "file.csv").write_text(text)
        return tmp_path / "file.csv"

    return write


@pytest.mark.parametrize("choices", [[], ["--dry-run"]])
def test_each_cell_that_could_not_be_read_is_a_row_of_its_own(file, tmp_path, choices):
    make_group("people", fields={"balance": "money", "due": "date"})
    dropped, rejects = tmp_path / "dropped.csv", tmp_path / "rejects.csv"
    told, said = run(file(LIST), "--dropped", dropped, "--rejects", rejects, *choices)
    assert (told["created"], told["rejected"]) == (3, 2)
    assert rows_of(dropped) == [
        HEADINGS,
        ["", "2", "Balance", "lots", "“lots” is no amount"],
        ["", "3", "Balance", "'=1+1", "“=1+1” is no amount"],
        ["", "3", "Due", "soon", "“soon” is no date like 31/12/2026"],
        ["", "4", "Phone", "2.54712E+11", "Excel has cut this number: format the column as Text and type it again"],
    ]
    assert [row[-1] for row in rows_of(rejects)[1:]] == [
        "Excel has cut this number: format the column as Text and type it again",
        "no number",
    ]
    assert said == [
        "4 cells could not be read: 3 of people who are taken without them, 1 of rows that are rejected.",
        "“balance”: 1 from 7.00 to 7.00, sum 7.00.",
        "“due”: 1 from 31 Dec 2026 to 31 Dec 2026.",
    ]


def test_what_could_not_be_read_is_counted_without_a_file_too(file):
    make_group("people", fields={"balance": "money"})
    assert run(file("Phone,Balance\n0712345671,lots\n"))[1] == [
        "1 cell could not be read: 1 of people who are taken without them."
    ]
    assert run(file("Phone,Balance\n0712345671,5\n"))[1] == ["“balance”: 1 from 5.00 to 5.00, sum 5.00."]
    assert run(file("Phone,Balance\n0712345671,6\n"))[1] == [
        "“balance”: 1 from 6.00 to 6.00, sum 6.00 (last upload: 5.00)."
    ]


def test_an_amount_of_somebody_known_is_dropped_with_its_row(file, tmp_path):
    make_contact(make_group("people"), "254712345671", balance="100.00")
    dropped = tmp_path / "dropped.csv"
    told, said = run(file("Phone,Balance\n0712345671,lots\n0712345672,5\n0712345672,many\n"), "--dropped", dropped)
    assert (told["created"], told["duplicates"], told["rejected"]) == (1, 1, 1)
    assert [row[1:4] for row in rows_of(dropped)[1:]] == [["2", "Balance", "lots"], ["4", "Balance", "many"]]
    assert said[0] == "2 cells could not be read: 1 of people who are taken without them, 1 of rows that are rejected."


def test_the_sheet_of_a_workbook_and_columns_without_a_name_of_their_own_are_named(tmp_path):
    path, dropped = tmp_path / "book.xlsx", tmp_path / "dropped.csv"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Notes").write_row(0, 0, ["Read me"])
        sheet = book.add_worksheet("May, 2026")
        for number, row in enumerate(
            [["Fees of May"], [], ["Phone", "Fee", "Fee"], ["0712345671", 5, "lots"], ["0712345672", 6, 7]]
        ):
            sheet.write_row(number, 0, row)
    make_group("people", fields={"fee": "money", "fee_2": "money"})
    run(path, "--sheet", "May, 2026", "--map", "Column C=fee_2", "--map", "Column B=fee", "--dropped", dropped)
    assert rows_of(dropped)[1:] == [["May, 2026", "4", "Column C", "lots", "“lots” is no amount"]]


def test_a_file_that_cannot_be_written_is_said_before_anybody_is(file, tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        run(file(LIST), "--create-group", "--dropped", tmp_path / "nowhere" / "dropped.csv")
    assert not ContactGroup.objects.exists()
    assert not Contact.objects.exists()


def test_what_is_held_of_bad_cells_does_not_grow_with_their_number(file, tmp_path):
    rows = 60_000
    path = file("Phone,Note\n" + "".join(f"0712{n:06},a note of some length {n}\n" for n in range(rows)))
    for name in ("people", "others"):
        make_group(name, fields={"note": "money"})
    peaks = []
    for arguments in (["--group", "others"], ["--dropped", tmp_path / "dropped.csv"]):
        tracemalloc.start()
        run(path, *arguments)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert sum(1 for _ in (tmp_path / "dropped.csv").open()) == rows + 1
    assert peaks[1] - peaks[0] < 6 << 20, peaks
