"""A zero in front of an account's digits stays there, whichever way it goes."""

import csv

import pytest
import xlsxwriter
from django.core.management import call_command

from contacts import value_display, values
from contacts.filters.search import PeopleQuery
from contacts.models import Contact, ContactGroup, Upload
from contacts.people import export, jobs, retype
from tests.api.test_api import Script
from tests.contacts.uploads import JANE, JOHN, imported, people, undone
from tests.makers import make_contact, make_group

pytestmark = pytest.mark.django_db(transaction=True)

ZEROS = {"account_no": "0012345678", "ledger": "0045", "second_phone": "0712000391"}
TEXT = (
    "Phone,Account No,Ledger,Second phone\n"
    "0712345678,0012345678,0045,0712000391\n"
    "0712345679,0012345679,0046,0712000392\n"
)


def values_of(group, phone=JANE):
    return {key: value for key, value in people(group)[phone].items() if key != "name"}


@pytest.fixture
def group():
    group = ContactGroup.objects.create(name="Accounts")
    imported(group, TEXT)
    return group


def test_it_is_uploaded(group):
    assert values_of(group) == ZEROS
    assert set(group.fields.values_list("type", flat=True)) == {"text"}


def test_it_is_uploaded_from_a_workbook(tmp_path):
    path = tmp_path / "accounts.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(TEXT.splitlines()):
            sheet.write_row(number, 0, line.split(","))
    group = ContactGroup.objects.create(name="Accounts")
    imported(group, path.read_bytes(), name=path.name)
    assert values_of(group) == ZEROS


def test_undoing_an_upload_brings_it_back(group):
    upload = imported(group, TEXT.replace("0045", "7").replace("0012345678", "99"))
    assert values_of(group)["ledger"] == "7"
    undone(upload)
    assert values_of(group) == ZEROS


def test_scripts_get_and_give_it():
    script = Script()
    script.call("POST", "contacts", {"group": "Accounts", "contacts": [{"phone": "0712345678", **ZEROS}]})
    _, page = script.call("GET", "contacts?group=Accounts")
    assert {key: page["results"][0][key] for key in ZEROS} == ZEROS
    _, told = script.call("POST", "contacts", {"group": "Accounts", "contacts": page["results"]})
    assert told["unchanged"] == 1


@pytest.mark.parametrize("type_", ["integer", "decimal"])
def test_a_field_of_numbers_refuses_it_in_words(type_):
    group = make_group("Accounts", fields={"ledger": type_})
    _, told = Script().call("POST", "contacts", {"group": "Accounts", "contacts": [{"phone": JANE, "ledger": "0045"}]})
    assert "begins with a zero that a number would lose" in told["rejected"][0]["error"]
    upload = imported(group, f"phone,ledger\n{JANE},0045\n{JOHN},45\n")
    assert upload.counts["created"] == 2
    assert people(group)[JANE] == {"name": ""}
    assert people(group)[JOHN]["ledger"] == "45"


@pytest.mark.parametrize("type_", ["integer", "decimal", "money"])
def test_another_type_of_its_field_counts_it_among_what_would_be_lost(group, type_):
    field = group.fields.get(key="ledger")
    assert retype.unreadable_values(field, type_) == ["0045", "0046"]
    assert retype.unreadable_values(field, "text") == []


def test_a_copy_has_it(group):
    other = make_group("Others", fields={})
    jobs.work_on_job(jobs.order_job("copy", PeopleQuery(group), None, target=other).pk)
    assert values_of(other) == ZEROS


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_has_it_and_uploads_again(group, kind, tmp_path):
    path = tmp_path / f"people.{kind}"
    if kind == "csv":
        path.write_text("".join(export.people_as_csv(PeopleQuery(group))), newline="")
        with path.open(encoding="utf-8-sig", newline="") as file:
            assert list(csv.reader(file))[1][2:5] == list(ZEROS.values())
    else:
        export.write_people_workbook(PeopleQuery(group), path)
    call_command("import_contacts", path, "--group", "Again", "--create-group")
    again = ContactGroup.objects.get(name="Again")
    assert {key: values_of(again)[key] for key in ZEROS} == ZEROS
    call_command("import_contacts", path, "--group", "Accounts")
    assert Upload.objects.latest("pk").counts["unchanged"] == 2


def test_a_value_that_a_number_s_field_has_from_before_its_type_is_left_as_it_is(tmp_path):
    group = make_group("Accounts", fields={"ledger": "integer"})
    make_contact(group, ledger="0045")
    path = tmp_path / "people.xlsx"
    export.write_people_workbook(PeopleQuery(group), path)
    again = ContactGroup.objects.create(name="Again")
    imported(again, path.read_bytes(), name=path.name)
    assert Contact.objects.get(group=again).values == {"ledger": "0045"}


@pytest.mark.parametrize(
    "type_, value, shown",
    [
        ("integer", "100234567", "100234567"),
        ("integer", "2026", "2026"),
        ("integer", "0045", "0045"),
        ("decimal", "100234567", "100234567"),
        ("decimal", "12000.5", "12,000.5"),
        ("money", "12500.00", "12,500.00"),
    ],
)
def test_pages_write_whole_numbers_as_they_stand(type_, value, shown):
    assert value_display.display(type_, value) == shown


@pytest.mark.parametrize("cell, begins", [("0012", True), ("-05", True), ("0", False), ("0.5", False), ("0,5", False)])
def test_which_cells_begin_with_a_zero(cell, begins):
    assert values.begins_with_zero(cell) == begins
