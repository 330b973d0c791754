"""What each column is: guessed, chosen, remembered."""

import pytest

from contacts.importing import mapping
from contacts.models import ContactGroup
from tests.contacts.uploads import JANE, JOHN, begin, check, checked, people, write
from tests.makers import make_group, make_phone

pytestmark = pytest.mark.django_db(transaction=True)


def test_months_first_are_asked_about_and_read_so():
    group = make_group()
    text = "phone,due date\n" + "".join(f"{make_phone(day)},12/{day}/2026\n" for day in range(10, 29))
    upload = checked(ContactGroup.objects.create(name="new"), text)
    assert upload.counts["month_first"] == [1]
    choices = mapping.from_json(upload.mapping)
    assert choices[1].type == "date"
    upload = begin(group, text)
    guessed = mapping.from_json(upload.mapping)
    write(check(upload, [mapping.with_order(one, month_first=True) if one.index else one for one in guessed]))
    assert people(group)[make_phone(25)]["due_date"] == "2026-12-25"


def test_the_columns_are_remembered_for_the_same_headings():
    group = make_group(fields={})
    text = f"Simu,Owed,Ref\n{JANE},5,A1\n"
    upload = begin(group, text)
    choices = mapping.changed_by_hand(
        mapping.from_json(upload.mapping), {"Owed": "Amount owed", "Ref": "ignore"}, group
    )
    write(check(upload, choices))
    again = mapping.from_json(begin(group, f"Simu,Owed,Ref\n{JOHN},7,A2\n").mapping)
    assert [(one.role, one.key) for one in again] == [("phone", ""), ("field", "amount_owed"), ("ignore", "")]
    elsewhere = mapping.from_json(begin(make_group(fields={}), text).mapping)
    assert [(one.role, one.label) for one in elsewhere][1] == ("new", "Amount owed")
