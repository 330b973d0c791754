"""A date and time, from the file to the text: its hour is never lost in silence."""

import io
from datetime import time
from pathlib import Path

import pytest
import xlsxwriter
from django.core.management import call_command
from django.urls import reverse

from campaigns.audience import audience_of
from campaigns.checking.blockers import launch_blockers
from campaigns.models import Message
from contacts import value_display
from contacts.filters.search import PeopleQuery
from contacts.models import ContactGroup
from contacts.people import export, retype
from tests.api.test_api import Script
from tests.contacts.uploads import JANE, JOHN, imported, people
from tests.makers import make_campaign, make_contact, make_group
from tests.recurring import at, remind, send_all, tick

pytestmark = pytest.mark.django_db(transaction=True)

CASES = Path(__file__).parent.parent / "data" / "cases"


def test_an_appointment_keeps_its_hour():
    call_command("import_contacts", str(CASES / "appointment_datetime.csv"), "--group", "clinic", "--create-group")
    group = ContactGroup.objects.get()
    assert dict(group.fields.values_list("key", "type")) == {"appointment": "datetime", "clinic_time": "text"}
    assert [one.values for one in group.contacts.order_by("phone")] == [
        {"appointment": "2026-12-05T09:30", "clinic_time": "9:30 AM"},
        {"appointment": "2026-12-05T14:00", "clinic_time": "2:00 PM"},
    ]


def test_where_the_field_is_a_date_the_lost_hours_are_said():
    group = make_group("clinic", fields={"appointment": "date"})
    errors = io.StringIO()
    call_command("import_contacts", str(CASES / "appointment_datetime.csv"), "--group", "clinic", stderr=errors)
    assert "“Appointment”: 2 cells with an hour, which a date does not keep: make the field “Date and time”" in (
        errors.getvalue()
    )
    assert [one.values["appointment"] for one in group.contacts.all()] == ["2026-12-05", "2026-12-05"]


def test_a_day_alone_is_a_bad_cell_and_month_first_is_asked():
    group = make_group(fields={"visit": "datetime"})
    upload = imported(group, f"phone,visit\n{JANE},5/12/2026\n{JOHN},5/12/2026 2.30 pm\n")
    assert upload.counts["rejected"] == 0
    assert people(group) == {JANE: {"name": ""}, JOHN: {"name": "", "visit": "2026-12-05T14:30"}}
    body = {"group": group.name, "contacts": [{"phone": JANE, "visit": "12/24/2026 09:00"}]}
    assert Script().call("POST", "contacts", body)[0] == 422
    assert Script().call("POST", "contacts", body | {"month_first": True})[1]["updated"] == 1


def test_a_time_cell_alone_is_a_time(tmp_path):
    path = tmp_path / "times.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet, clock = book.add_worksheet(), book.add_format({"num_format": "hh:mm"})
        sheet.write_row(0, 0, ["Phone", "Time"])
        sheet.write_row(1, 0, [JANE])
        sheet.write_datetime(1, 1, time(9, 30), clock)
    group = make_group(fields={})
    imported(group, path.read_bytes(), name=path.name)
    assert people(group)[JANE]["time"] == "09:30"


def test_it_goes_out_and_comes_in_again(tmp_path):
    group = make_group(fields={"visit": "datetime"})
    make_contact(group, JANE, visit="2026-12-05T09:30")
    lines = "".join(export.people_as_csv(PeopleQuery(group)))
    assert "2026-12-05T09:30" in lines
    export.write_people_workbook(PeopleQuery(group), tmp_path / "out.xlsx")
    for content, name in ((lines.encode(), "out.csv"), ((tmp_path / "out.xlsx").read_bytes(), "out.xlsx")):
        fresh = make_group(fields={})
        imported(fresh, content, name=name)
        assert people(fresh)[JANE]["visit"] == "2026-12-05T09:30"
        assert fresh.fields.get(key="visit").type == "datetime"
    assert value_display.display("datetime", "2026-12-05T09:30") == "5 Dec 2026, 09:30"


def test_a_text_is_made_one_and_a_day_alone_is_told(sign_in):
    group = make_group(fields={"visit": "text"})
    make_contact(group, JANE, visit="5 Dec 2026 at 2pm")
    make_contact(group, JOHN, visit="5 Dec 2026")
    field = group.fields.get()
    assert retype.unreadable_values(field, "datetime") == ["5 Dec 2026"]
    page = sign_in("manager").post(
        reverse("field-edit", args=[group.pk, field.pk]), {"label": "Visit", "type": "datetime", "sure": "1"}
    )
    assert page.status_code == 302
    assert [one.values for one in group.contacts.order_by("phone")] == [{"visit": "2026-12-05T14:00"}, {}]


def test_a_reminder_of_it_goes_by_its_day_and_says_its_hour():
    group = make_group(fields={"visit": "datetime", "due_date": "date"})
    make_contact(group, JANE, "Jane", visit="2087-05-04T09:30", due_date="2087-05-04")
    make_contact(group, JOHN, "John", visit="2087-05-05T00:00", due_date="2087-05-04")
    campaign = remind(group, field="visit")
    campaign.text = "Dear <name>, we expect you at <visit:h:mm AM/PM>."
    campaign.save(update_fields=["text"])
    tick(at(days=0))
    assert send_all() == 1
    assert Message.objects.get().text == "Dear Jane, we expect you at 9:30 AM."
    tick(at(days=1))
    assert send_all() == 1
    assert Message.objects.get(phone=JOHN).text.endswith("12:00 AM.")


def test_a_yearly_reminder_of_it_goes_by_its_day_too():
    group = make_group(fields={"visit": "datetime", "due_date": "date"})
    make_contact(group, JANE, "Jane", visit="2080-05-04T09:30", due_date="2087-05-04")
    remind(group, field="visit", yearly=True)
    tick(at(days=0))
    assert send_all() == 1


def test_a_reminder_wants_a_field_with_a_day():
    schedule = {"field": "visit", "time": "09:00", "stages": [{"days_before": 3}]}
    codes = []
    for type_ in ("datetime", "date", "text"):
        group = make_group(fields={"visit": type_, "balance": "money"})
        make_contact(group, visit="2087-05-04T09:30", balance="1.00")
        campaign = make_campaign(group, schedule=schedule)
        codes.append([one.code for one in launch_blockers(audience_of(campaign), at())])
    assert codes == [[], [], ["no_date"]]
