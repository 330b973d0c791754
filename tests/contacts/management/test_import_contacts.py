"""`import_contacts` over the example files, as the contract has it."""

import csv
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from contacts import importing
from contacts.importing import chunking, writing
from contacts.models import Contact, ContactGroup, RejectedRow, Upload
from tests.makers import make_contact, make_group
from tests.workbooks import hidden_workbook

pytestmark = pytest.mark.django_db(transaction=True)

DATA = Path(__file__).parents[2] / "data"
EXPECTED = json.loads((DATA / "expected.json").read_text())


def run(*arguments, stderr=None):
    out = io.StringIO()
    call_command("import_contacts", *map(str, arguments), stdout=out, stderr=stderr or io.StringIO())
    return json.loads(out.getvalue().splitlines()[-1])


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_file_comes_out_as_expected(name, tmp_path):
    expected = EXPECTED[name]
    told = run(DATA / name, "--group", "people", "--create-group", "--rejects", tmp_path / "rejects.csv")
    assert {key: told[key] for key in ("rows", "created", "duplicates", "rejected")} == {
        key: expected[key] for key in ("rows", "created", "duplicates", "rejected")
    }
    assert told["rows"] == sum(count for key, count in told.items() if key != "rows")
    group = ContactGroup.objects.get()
    assert group.size == group.contacts.count() == expected["created"]
    for phone, wanted in expected["values"].items():
        contact = Contact.objects.get(phone=phone)
        found = {"name": contact.name, **contact.values}
        assert {key: found.get(key) or None for key in wanted} == wanted
    with (tmp_path / "rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        rejects = list(csv.reader(file))
    assert len(rejects) == expected["rejected"] + 1
    assert rejects[0][-1] == "error"
    assert all(row[-1] for row in rejects[1:])


def test_the_same_file_again_changes_nothing():
    run(DATA / "loan_clients.csv", "--group", "people", "--create-group")
    told = run(DATA / "loan_clients.csv", "--group", "people")
    assert (told["created"], told["updated"], told["unchanged"]) == (0, 0, 200)


def test_a_dry_run_writes_nothing():
    told = run(DATA / "loan_clients.csv", "--group", "people", "--create-group", "--dry-run")
    assert told["created"] == 200
    assert not ContactGroup.objects.exists()
    assert not Upload.objects.exists()


def test_a_dry_run_writes_the_rows_that_would_be_rejected(tmp_path):
    name, rejects = "messy_semicolon_cp1252.csv", [tmp_path / "dry.csv", tmp_path / "done.csv"]
    told = run(DATA / name, "--group", "people", "--create-group", "--dry-run", "--rejects", rejects[0])
    assert told["rejected"] == EXPECTED[name]["rejected"]
    assert not ContactGroup.objects.exists()
    run(DATA / name, "--group", "people", "--create-group", "--rejects", rejects[1])
    assert rejects[0].read_text() == rejects[1].read_text()
    assert len(rejects[0].read_text().splitlines()) == told["rejected"] + 1


def test_the_whole_list_now_takes_the_others_out(tmp_path):
    group = make_group("people", contacts=3)
    path = tmp_path / "list.csv"
    path.write_text(f"phone,balance\n{Contact.objects.first().phone},7\n0712345678,8\n")
    told = run(path, "--group", "people", "--replace")
    assert (told["created"], told["updated"]) == (1, 1)
    assert group.contacts.count() == 2


def test_a_list_without_one_good_row_empties_no_group(tmp_path):
    group = make_group("people", contacts=3)
    path = tmp_path / "list.csv"
    path.write_text("phone,balance\n0712345,7\n")
    assert run(path, "--group", "people", "--replace")["rejected"] == 1
    assert group.contacts.count() == 3


def test_a_bad_amount_of_somebody_known_rejects_the_row_and_keeps_a_new_person(tmp_path):
    group = make_group("people")
    known = make_contact(group, balance="100.00")
    path = tmp_path / "list.csv"
    path.write_text(f"phone,balance\n{known.phone},lots\n0712345678,lots\n")
    told = run(path, "--group", "people")
    assert (told["created"], told["rejected"]) == (1, 1)
    known.refresh_from_db()
    assert known.values == {"balance": "100.00"}
    assert Contact.objects.get(phone="254712345678").values == {}


def test_what_is_hidden_in_a_workbook_is_said_beside_the_counts(tmp_path):
    book = hidden_workbook(tmp_path / "hidden.xlsx")
    said = io.StringIO()
    told = run(book, "--group", "people", "--create-group", stderr=said)
    assert told["created"] == 2
    assert said.getvalue().splitlines() == [
        "1 other sheet was not read: “Notes”.", "1 row is hidden in this sheet: left out.",
        "Column C is hidden: left out.",
    ]  # fmt: skip


@pytest.mark.parametrize("choices", [[], ["--replace"], ["--dry-run"]])
def test_rows_that_ran_together_are_one_rejected_row_that_names_its_lines(tmp_path, choices):
    path, rejects = tmp_path / "file.csv", tmp_path / "rejects.csv"
    path.write_text(
        'phone,name,town\n0712345671,"Jane,Thika\n0712345672,John,Embu\n0712345673,"Ali",Meru\n0712345674,Amina,Embu\n'
    )
    told = run(path, "--group", "people", "--create-group", "--rejects", rejects, *choices)
    assert (told["rows"], told["created"], told["rejected"]) == (2, 1, 1)
    assert "a quotation mark is open from line 2 to line 4: these rows ran together" in rejects.read_text()
    if "--dry-run" not in choices:
        assert list(RejectedRow.objects.get().errors) == ["1"], "the cell that holds them"


HEAD = "phone,name,balance,due\n"
GOOD = "".join(f"07123456{number:02},Jane,500.00,2026-12-31\n" for number in range(30))


@pytest.mark.parametrize("choices", [[], ["--dry-run"], ["--replace"]])
@pytest.mark.parametrize("before", [GOOD, GOOD * 3], ids=["among the first rows", "behind them"])
def test_a_row_with_an_amount_that_was_cut_by_its_comma_is_rejected(tmp_path, before, choices):
    """KES 23,500 without quotation marks: she would be told that she owes 23."""
    path, rejects = tmp_path / "file.csv", tmp_path / "rejects.csv"
    path.write_text(HEAD + before + "0722000001,Ann,23,500.00,2026-12-31\n0722000002,Bob,7.00,2026-12-31,,\n")
    told = run(path, "--group", "people", "--create-group", "--rejects", rejects, *choices)
    assert (told["created"], told["rejected"]) == (31, 1)
    headings, ann = csv.reader(rejects.read_text("utf-8-sig").splitlines())
    reason = "more cells than headings: a cell that holds a comma needs quotation marks"
    assert headings == ["phone", "name", "balance", "due", "error"]
    assert ann == ["0722000001", "Ann", "23", "500.00", reason, "2026-12-31"]
    if "--dry-run" not in choices:
        assert Contact.objects.get(phone="254722000002").values == {"balance": "7.00", "due": "2026-12-31"}
        assert not Contact.objects.filter(phone="254722000001").exists()


def test_rejects_that_are_uploaded_unmended_come_back_as_they_were(tmp_path):
    path, rejects, again = (tmp_path / name for name in ("file.csv", "rejects.csv", "again.csv"))
    path.write_text(HEAD + GOOD + "0722000001,Ann,23,500.00,2026-12-31\n07123,Bob,500.00,2026-12-31\n")
    assert run(path, "--group", "people", "--create-group", "--rejects", rejects)["rejected"] == 2
    assert run(rejects, "--group", "people", "--rejects", again)["rejected"] == 2
    assert again.read_text() == rejects.read_text()
    again.write_text(rejects.read_text().replace("07123,", "0722000002,"))
    told = run(again, "--group", "people")
    assert (told["created"], told["rejected"]) == (1, 1)
    assert Contact.objects.get(phone="254722000002").values == {"balance": "500.00", "due": "2026-12-31"}


@pytest.mark.parametrize("end", [" ", "\u200b", "  , ,"])
def test_a_blank_behind_the_last_cell_is_no_cell_for_the_import_either(tmp_path, end):
    path = tmp_path / "file.csv"
    path.write_text(f"phone,name\n0712345678,Jane,{end}\n0712345678,Janet,{end}\n0712345679,John\n ,{end}\n")
    group = make_group("people")
    make_contact(group, "254712345678", "Old")
    make_contact(group, "254712345670", "Peter")
    counted = ("rows", "created", "updated", "duplicates", "rejected")
    before = run(path, "--group", "people", "--replace", "--dry-run")
    told = run(path, "--group", "people", "--replace")
    assert [told[name] for name in counted] == [before[name] for name in counted] == [3, 1, 1, 1, 0]
    assert dict(group.contacts.values_list("phone", "name")) == {"254712345678": "Janet", "254712345679": "John"}
    assert Upload.objects.latest("pk").rows_expected == 3


def test_a_comma_behind_the_headings_lets_no_amount_be_cut(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("phone,balance,\n0712345670,23,500\n" + "".join(f'07123456{n},"4,500",\n' for n in range(71, 79)))
    told = run(path, "--group", "people", "--create-group")
    assert (told["created"], told["rejected"]) == (8, 1)
    assert set(Contact.objects.values_list("values__balance", flat=True)) == {"4500.00"}


def test_a_line_of_totals_makes_no_column_too_many(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("phone,name\n" + "".join(f"071234567{n},Jane,a note\n" for n in range(6)) + "Total,6\n")
    told = run(path, "--group", "people", "--create-group")
    assert (told["created"], told["rejected"]) == (6, 1)


def test_of_two_columns_with_one_heading_the_same_is_taken_again(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text("Name,Phone,Phone\nJane,0712345678,\nJohn,0712345679,none\n")
    assert run(path, "--group", "people", "--create-group")["created"] == 2
    assert run(path, "--group", "people")["unchanged"] == 2


@pytest.mark.parametrize(
    "text",
    [
        "Due,Number,Name\n31/12/2026,0712345678,Jane\n31/12/2026,0712345679,John\n",
        'Balance,Line,Name\n"1,234,567",0712345678,Jane\n"2,234,567",0712345679,John\n',
        "Dates,01/01/2026 - 31/01/2026,,\nPhone,Name,Balance,Town\n0712345678,Jane,1,Embu\n0712345679,Al,2,Embu\n",
        "phone;amount\n" + "".join(f"071234567{n};{n},50\n" for n in (8, 9)),
    ],
)
def test_dates_and_amounts_are_no_phone_numbers_and_no_columns(tmp_path, text):
    path = tmp_path / "file.csv"
    path.write_text(text)
    told = run(path, "--group", "people", "--create-group")
    assert (told["created"], told["rejected"]) == (2, 0)


def test_a_row_that_is_too_long_takes_no_part_in_which_row_of_a_number_counts(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text(HEAD + GOOD + "0712345600,Jane,23,500.00,2026-12-31\n")
    told = run(path, "--group", "people", "--create-group")
    assert (told["created"], told["rejected"], told["duplicates"]) == (30, 1, 0)
    assert Contact.objects.get(phone="254712345600").values["balance"] == "500.00"


@pytest.mark.parametrize(
    "head, row, said",
    [
        ("phone,name,balance", "{},Jane,23,500.00", ["Most rows have a cell more than there are headings."]),
        ("phone;name", "{};Jane;23;50", ["Most rows have 2 cells more than there are headings."]),
        ("phone,name,,", "{},Jane,a note,", ["Most rows have a cell more than there are headings."]),
        ("phone\tname", "{}\tJane\ta note", []),
        ("phone,name", '{},"Jane, of Nakuru"', []),
    ],
)
def test_columns_without_a_heading_are_taken_and_said_to_be_where_they_may_be_none(tmp_path, head, row, said):
    path, stderr = tmp_path / "file.csv", io.StringIO()
    path.write_text("\n".join([head, *(row.format(f"07123456{number:02}") for number in range(30))]))
    told = run(path, "--group", "people", "--create-group", stderr=stderr)
    assert (told["created"], told["rejected"]) == (30, 0)
    lines = [line.partition(" Compare")[0] for line in stderr.getvalue().splitlines()]
    assert [line for line in lines if not line.startswith("“")] == said


@pytest.mark.parametrize(
    "content, words",
    [(b"", "empty"), (b"name,town\nJane,Nakuru\n", "No column holds phone numbers"), (b"PK\x03\x04xx", "no Excel")],
)
def test_a_file_that_cannot_be_used_is_an_error_and_leaves_nothing(tmp_path, content, words):
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=words):
        run(path, "--group", "people", "--create-group")
    assert not ContactGroup.objects.exists()


def test_a_missing_file_and_a_missing_group_are_errors(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "none.csv", "--group", "people", "--create-group")
    with pytest.raises(CommandError, match="--create-group"):
        run(DATA / "loan_clients.csv", "--group", "people")


def test_columns_are_mapped_by_hand():
    run(
        DATA / "loan_clients.csv",
        "--group",
        "people",
        "--create-group",
        "--map",
        "balance=Amount owed",
        "--map",
        "due_date=ignore",
    )
    assert list(ContactGroup.objects.get().fields.values_list("key", "label", "type")) == [
        ("amount_owed", "Amount owed", "money")
    ]


@pytest.mark.parametrize("killed_at", [1, 2])
def test_an_import_that_dies_goes_on_without_repeating_or_losing_a_row(monkeypatch, killed_at):
    monkeypatch.setattr(chunking, "CHUNK_ROWS", 40)
    group = ContactGroup.objects.create(name="people")
    name = "messy_semicolon_cp1252.csv"
    upload = importing.begin_upload(group, name, [(DATA / name).read_bytes()])
    Upload.objects.update(status=Upload.Status.CHECKED)
    assert importing.order_import(upload)
    assert not importing.order_import(upload)
    merge, calls = writing._merge, []

    def dying(*args, **options):
        calls.append(1)
        counts = merge(*args, **options)
        if len(calls) == killed_at:
            raise KeyboardInterrupt
        return counts

    monkeypatch.setattr(writing, "_merge", dying)
    with pytest.raises(KeyboardInterrupt):
        importing.import_rows(upload)
    monkeypatch.setattr(writing, "_merge", merge)
    importing.import_rows(Upload.objects.get())
    told, expected = Upload.objects.get().counts, EXPECTED[name]
    assert (told["rows"], told["created"], told["rejected"]) == (148, expected["created"], expected["rejected"])
    assert upload.rejected_rows.count() == expected["rejected"]
    assert group.contacts.count() == expected["created"]
