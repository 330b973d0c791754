"""A file that the portal has written comes back as it was."""

import io
import json

import pytest
from django.core.management import call_command

from contacts.filters.search import PeopleQuery
from contacts.models import Contact, ContactField, ContactGroup, OptOut
from contacts.people.export import people_as_csv, write_people_workbook
from tests.makers import make_contact, make_group

pytestmark = pytest.mark.django_db(transaction=True)

NOTES = ["=SUM(A1)", "@home", "-dash", "+more", "'=quoted", "''@twice", "'plain", "O'Neil", "-5", "＝wide", "a 'b' c"]


@pytest.fixture
def group():
    group = make_group("first", fields={"note": "text", "balance": "money", "due": "date"})
    for number, note in enumerate(NOTES):
        make_contact(group, f"25471200{number:04}", name=f"{note} Demo", note=note, balance="-5.00", due="2026-12-01")
    OptOut.objects.create(phone="254712000000", scope="all")
    OptOut.objects.create(phone="254712000001", scope="promotional")
    return group


def people(name):
    rows = Contact.objects.filter(group__name=name).order_by("phone")
    return [(one.phone, one.name, one.values) for one in rows]


def brought_back(path, name):
    out = io.StringIO()
    call_command("import_contacts", str(path), "--group", name, "--create-group", stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_people_come_back_as_they_were(group, tmp_path, ending):
    path = tmp_path / f"people.{ending}"
    if ending == "csv":
        path.write_text("".join(people_as_csv(PeopleQuery(group))), encoding="utf-8", newline="")
    else:
        write_people_workbook(PeopleQuery(group), path)
    assert brought_back(path, "second")["created"] == len(NOTES)
    assert people("second") == people("first")
    keys = ContactField.objects.filter(group__name="second").values_list("key", flat=True)
    assert sorted(keys) == ["balance", "due", "note"]
    told = brought_back(path, "first")
    assert (told["created"], told["updated"], told["unchanged"]) == (0, 0, len(NOTES))
    assert ContactGroup.objects.get(name="first").fields.count() == 3


def test_what_others_call_opted_out_is_a_field(tmp_path):
    path = tmp_path / "others.csv"
    path.write_text("Phone,Name,Opted out\n0712000001,Jane,yes\n0712000002,Joe,no\n")
    brought_back(path, "others")
    assert ContactField.objects.get().label == "Opted out"
