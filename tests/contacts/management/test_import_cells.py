"""`import_contacts` over workbooks whose cells are broken, merged or none: what it says, and what it takes."""

import io
import json
import re
from pathlib import Path

import pytest
import xlsxwriter
from django.core.management import call_command

from contacts.models import Contact
from tests.contacts.uploads import begin, checked, people
from tests.makers import make_group

pytestmark = pytest.mark.django_db(transaction=True)

CASES = Path(__file__).parents[2] / "data" / "cases"
TOTALS = re.compile(r"^“.*”: \d+ from |could not be read: ")


def run(path, *arguments):
    """The counts, and what is said beside them."""
    out, said = io.StringIO(), io.StringIO()
    given = [str(path), "--group", "people", "--create-group", *arguments]
    call_command("import_contacts", *given, stdout=out, stderr=said)
    sentences = [line for line in said.getvalue().splitlines(keepends=True) if not TOTALS.search(line)]
    return json.loads(out.getvalue().splitlines()[-1]), "".join(sentences)


def values(key):
    return [one.values.get(key, "") for one in Contact.objects.order_by("phone")]


def test_formulas_without_values_are_said_and_leave_no_value():
    counts, said = run(CASES / "formula_without_value.xlsx")
    assert "Balance holds formulas without values: open it in Excel and save it." in said
    assert (counts["created"], values("balance")) == (3, ["", "", ""])
    assert Contact.objects.first().group.fields.get(key="balance").type == "money"


def errors(path, text=False):
    """Jane's balance and town are errors, John's are not."""
    rows = [["Phone", "Name", "Balance", "Town"], ["0712345678", "Jane", "#N/A", "#REF!"]]
    rows += [["0712345679", "John", 700, "X"]]
    if text:
        path.write_text("\n".join(",".join(map(str, row)) for row in rows))
        return path
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if str(cell).startswith("#"):
                sheet.write_formula(number, column, "=A99", None, cell)
            else:
                sheet.write(number, column, cell)
    book.close()
    return path


@pytest.mark.parametrize("name", ["errors.xlsx", "errors.csv"])
def test_an_error_is_a_bad_cell_in_a_workbook_as_in_a_text(tmp_path, name):
    group = make_group("people", {})
    upload = checked(group, errors(tmp_path / name, name.endswith("csv")).read_bytes(), name=name)
    assert (upload.counts["created"], upload.counts["bad_cells"]) == (2, 2)
    [bad] = upload.counts["bad_rows"]
    assert (bad["row"], dict(bad["errors"])) == (
        2, {2: "#N/A is an error of the spreadsheet: mend its formula",
            3: "#REF! is an error of the spreadsheet: mend its formula"}
    )  # fmt: skip


@pytest.mark.parametrize("name", ["errors.xlsx", "errors.csv"])
def test_an_error_keeps_nobody_s_old_amount(tmp_path, name):
    run(errors(tmp_path / name, name.endswith("csv")))
    assert people(Contact.objects.first().group)["254712345678"] == {"name": "Jane"}
    Contact.objects.filter(phone="254712345678").update(values={"balance": "100.00"})
    counts, _ = run(errors(tmp_path / name, name.endswith("csv")))
    assert (counts["rejected"], counts["unchanged"]) == (1, 1)


def test_an_error_is_no_name_and_no_number(tmp_path):
    (tmp_path / "file.csv").write_text("Phone,Name\n0712345678,#N/A\n#REF!,John\nErr:502,Mary\n0712345679,Ali")
    counts, _ = run(tmp_path / "file.csv")
    assert (counts["created"], counts["rejected"]) == (2, 2)
    assert sorted(Contact.objects.values_list("name", flat=True)) == ["", "Ali"]


def test_merged_text_is_for_all_and_a_merged_number_for_the_first_and_both_are_said():
    counts, said = run(CASES / "phone_column_merged_officer.xlsx")
    assert (counts["created"], values("branch")) == (5, ["Nakuru", "Nakuru", "Nakuru", "Molo", "Molo"])
    assert values("officer_phone") == ["0712009299", "", "", "0712009298", ""]
    assert "Branch is merged over rows: the text counts for each of them." in said
    assert "Officer phone is merged over rows: an amount, a number or a day counts for the first of them only." in said


def test_the_words_of_an_ods_are_apart():
    run(CASES / "line_break_in_cell.ods")
    assert [one.name for one in Contact.objects.order_by("phone")] == ["Amina Demo", "Ben Demo"]
    assert values("village") == ["Upper Hill", "Lower Hill"]


def test_the_number_of_a_day_that_counts_from_1904_is_no_day(tmp_path):
    book = xlsxwriter.Workbook(str(tmp_path / "mac.xlsx"), {"date_1904": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Phone", "Due"])
    sheet.write_row(1, 0, ["0712345678", 44_532])
    book.close()
    group = make_group("people", {"due": "date"})
    upload = checked(group, (tmp_path / "mac.xlsx").read_bytes(), name="mac.xlsx")
    assert upload.counts["bad_cells"] == 1


@pytest.mark.parametrize("mark", ["sep=;", '"sep=;"', "SEP=;", "\ufeffsep=;"])
def test_rows_behind_a_line_that_says_the_delimiter_are_numbered_as_excel_does(mark):
    upload = begin(make_group("people", {}), f"{mark}\r\nPhone;Name, all\r\n0712345678;Jane\r\nnone;John\r\n")
    assert (upload.reading["delimiter"], upload.reading["heading_row"]) == (";", 1)
    upload = checked(upload.group, f"{mark}\r\nPhone;Name, all\r\n0712345678;Jane\r\nnone;John\r\n")
    assert [bad["row"] for bad in upload.counts["bad_rows"]] == [3]


def test_other_sheets_are_said_not_to_be_read():
    counts, said = run(CASES / "three_sheets.xlsx")
    assert (counts["created"], said) == (3, "2 other sheets were not read: “Form 2” and “Form 3”.\n")


def test_all_sheets_of_the_same_headings_are_one_list():
    counts, said = run(CASES / "three_sheets.xlsx", "--all-sheets")
    assert (counts["rows"], counts["created"], said) == (
        9, 9, "Read as one list: the sheets Form 1, Form 2 and Form 3.\n"
    )  # fmt: skip


def sheets(path):
    """Notes; two lists of which one has titles above and a number of the other; another list; one without a cell."""
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("Notes").write_row(0, 0, ["Only words"])
    rows = {
        "North": [["Phone", "Name"], ["0712345671", "A"], ["none", "B"]],
        "South": [["List of the South"], [], ["PHONE", "name"], ["0712345672", "C"], ["0712345671", "D"], ["?", "E"]],
        "Debts": [["Phone", "Balance"], ["0712345673", 500]],
    }
    for name, cells in rows.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(cells):
            sheet.write_row(number, 0, row)
    book.get_worksheet_by_name("South").set_row(3, None, None, {"hidden": True})
    book.add_worksheet("Sheet3")
    book.close()
    return path


def test_sheets_with_other_headings_are_left_and_rows_are_told_with_their_sheet(tmp_path):
    counts, said = run(sheets(tmp_path / "book.xlsx"), "--all-sheets")
    assert counts == {"rows": 4, "created": 1, "updated": 0, "unchanged": 0, "duplicates": 1, "rejected": 2}
    assert said.splitlines() == [
        "Read as one list: the sheets North and South.",
        "2 other sheets were not read that have other headings: “Notes” and “Debts”.",
        "1 row is hidden in this sheet: left out.",
    ]
    assert Contact.objects.get().name == "D"
