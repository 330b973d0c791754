"""Days as people write them, whichever way they come in; and the question which of day and month stands first."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from contacts import importing
from contacts.importing import mapping
from contacts.models import Contact, ContactGroup
from contacts.people import retype
from contacts.tasks import work_on
from tests.api.test_api import Script
from tests.contacts.uploads import JANE, JOHN, MARY, checked, imported, people
from tests.makers import make_contact, make_group

pytestmark = pytest.mark.django_db(transaction=True)

CASES = Path(__file__).parent.parent / "data" / "cases"


def command(name, *arguments, group="people"):
    errors = io.StringIO()
    call_command("import_contacts", str(name), "--group", group, "--create-group", *arguments, stderr=errors)
    return {one.name: one.values for one in Contact.objects.order_by("phone")}, errors.getvalue()


def values_of(group):
    return [one.values for one in group.contacts.order_by("phone")]


def test_every_style_that_names_one_day_is_read_and_no_other():
    make_group("people", fields={"due": "date"})
    values, _ = command(CASES / "date_styles.csv")
    assert {one.get("due") for name, one in values.items() if name not in "IJ"} == {"2026-12-05"}
    assert values["I"] == values["J"] == {}


def test_a_workbook_s_zero_dates_are_none():
    values, _ = command(CASES / "excel_zero_date.xlsx")
    assert ContactGroup.objects.get().fields.get(key="due_date").type == "date"
    days = {name: one.get("due_date") for name, one in values.items()}
    assert days == {"Z0": "2025-12-09", "Z1": None, "Z2": None, "Z3": "2025-12-10"}


def test_the_command_stops_at_dates_with_the_month_first_until_it_is_told():
    for arguments in ((), ("--dry-run",)):
        with pytest.raises(CommandError, match='--month-first "date_of_birth" or --day-first "date_of_birth"'):
            command(CASES / "dob_zero_dates_month_first.csv", *arguments)
        assert not Contact.objects.exists()
    values, _ = command(CASES / "dob_zero_dates_month_first.csv", "--month-first")
    assert [one.get("date_of_birth") for one in values.values()] == [
        "2010-05-03", None, "2010-03-29", "2010-12-24", "2011-11-03",
    ]  # fmt: skip


def test_the_command_takes_the_order_of_one_column_and_names_what_is_not_there():
    values, _ = command(CASES / "dob_zero_dates_month_first.csv", "--day-first", "Date_of_birth")
    assert [one.get("date_of_birth") for one in values.values()] == ["2010-03-05", None, None, None, "2011-03-11"]
    with pytest.raises(CommandError, match="The file has no column “Birth”"):
        command(CASES / "dob_zero_dates_month_first.csv", "--month-first", "Birth", group="others")


def test_what_was_said_is_remembered_until_the_file_says_otherwise(tmp_path):
    group = make_group("people", fields={"dob": "date"})
    (tmp_path / "new.csv").write_text("Phone,DOB\n0712345678,5/3/2010\n0712345679,12/24/2010\n")
    command(tmp_path / "new.csv", "--month-first")
    assert values_of(group)[0] == {"dob": "2010-05-03"}
    upload = imported(group, "Phone,DOB\n0712345678,6/3/2010\n")
    assert values_of(group)[0] == {"dob": "2010-06-03"}
    upload = checked(group, "Phone,DOB\n0712345678,5/3/2010\n0712345679,24/12/2010\n")
    assert upload.counts["month_first"] == [1]


def test_evidence_far_below_the_first_rows_is_found(tmp_path):
    lines = [f"07123{number:05},5/3/2010,x\n" for number in range(3_000)] + ["0722000000,12/24/2010,x\n"]
    (tmp_path / "late.csv").write_text("Phone,DOB,Note\n" + "".join(lines))
    with pytest.raises(CommandError, match="Dates in “DOB” only fit the other way"):
        command(tmp_path / "late.csv")
    assert not Contact.objects.exists()


def test_a_zero_date_takes_the_value_away_and_an_empty_cell_keeps_it():
    group = make_group(fields={"due": "date"})
    for phone in (JANE, JOHN, MARY):
        make_contact(group, phone, due="2026-12-05")
    upload = imported(group, f"phone,due\n{JANE},0/0/0000\n{JOHN},\n{MARY},31/12/1850\n")
    assert values_of(group) == [{}, {"due": "2026-12-05"}, {"due": "2026-12-05"}]
    assert upload.counts["rejected"] == 1
    Script().call("POST", "contacts", {"group": group.name, "contacts": [{"phone": JOHN, "due": "00/00/0000"}]})
    assert values_of(group)[1] == {}


def test_a_zero_date_is_nothing_in_an_empty_group_too():
    group = make_group(fields={"due": "date"})
    imported(group, f"phone,due\n{JANE},00/00/0000\n{JOHN},5/12/2026\n")
    assert values_of(group) == [{}, {"due": "2026-12-05"}]


def test_two_digits_are_a_year_by_the_heading():
    today = timezone.localdate()
    tomorrow = today + timedelta(days=1)
    group = make_group(fields={})
    imported(group, f"Phone,Date of birth,Due date\n{JANE},{tomorrow:%d/%m/%y},{tomorrow:%d/%m/%y}\n")
    assert values_of(group) == [
        {"date_of_birth": f"{tomorrow.year - 100}-{tomorrow:%m-%d}", "due_date": f"{tomorrow:%Y-%m-%d}"}
    ]


def test_another_clock_s_evening_is_our_next_day():
    group = make_group(fields={"due": "date"})
    imported(group, f"Phone,Due\n{JANE},2026-11-30T21:00Z\n{JOHN},2026-11-30T20:59Z\n")
    assert values_of(group) == [{"due": "2026-12-01"}, {"due": "2026-11-30"}]


def test_a_script_is_asked_which_comes_first():
    make_group("Pupils", fields={"dob": "date"})
    body = {"group": "Pupils", "contacts": [{"phone": JANE, "dob": "5/3/2010"}, {"phone": JOHN, "dob": "12/24/2010"}]}
    status, told = Script().call("POST", "contacts", body)
    assert (status, told["error"]["fields"]) == (422, {"month_first": "required"})
    assert not Contact.objects.exists()
    Script().call("POST", "contacts", body | {"month_first": True})
    assert [one["dob"] for one in people(ContactGroup.objects.get()).values()] == ["2010-05-03", "2010-12-24"]
    _, told = Script().call("POST", "contacts", body | {"month_first": False})
    assert [one["index"] for one in told["rejected"]] == [1]


def test_a_text_that_is_made_a_date_is_asked_about():
    group = make_group("Pupils", fields={"dob": "text"})
    make_contact(group, JANE, dob="5/3/2010")
    make_contact(group, JOHN, dob="12/24/2010")
    make_contact(group, MARY, dob="0/0/0000")
    field = group.fields.get()
    with pytest.raises(retype.WhichOrder, match="12/24/2010"):
        retype.retype_field(field, "date")
    change = {"fields": [{"name": "dob", "type": "date"}]}
    status, told = Script().call("PATCH", "groups/Pupils", change)
    assert status == 409 and "month stands first" in told["error"]["message"]
    change["fields"][0]["month_first"] = True
    assert Script().call("PATCH", "groups/Pupils", change)[0] == 200
    assert values_of(group) == [{"dob": "2010-05-03"}, {"dob": "2010-12-24"}, {}]


def test_a_worker_that_finds_doubt_writes_nobody():
    group = make_group(fields={"due": "date"})
    upload = checked(group, f"phone,due\n{JANE},12/31/2026\n")
    assert importing.order_import(upload)
    work_on(upload.pk)
    upload.refresh_from_db()
    assert upload.has_failed and "Say whether the month stands first" in upload.error
    assert values_of(group) == []
    assert not mapping.from_json(upload.mapping)[1].month_first
