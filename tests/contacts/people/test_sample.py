"""The sample file of a group goes into it as it comes."""

import csv
import io

import pytest

from contacts.models import ContactField, ContactGroup
from contacts.people.sample import sample_as_csv
from contacts.spreadsheets.columns import IGNORE
from tests.contacts.uploads import checked, imported
from tests.makers import make_contact, make_group

pytestmark = pytest.mark.django_db(transaction=True)

TYPES = ContactField.Type.values


def sample(group):
    return "".join(sample_as_csv(group))


def group_of(*fields):
    group = ContactGroup.objects.create(name="Loans")
    for position, (key, label, type_) in enumerate(fields):
        options = ["Gold", "Silver"] if type_ == "choice" else []
        ContactField.objects.create(group=group, key=key, label=label, type=type_, position=position, options=options)
    return group


def test_each_type_has_two_examples_that_are_taken_as_they_are():
    group = group_of(*((f"a_{type_}", f"A {type_}", type_) for type_ in TYPES))
    make_contact(group, "254712345678", "Jane")
    upload = imported(group, sample(group))
    assert (upload.counts["created"], upload.counts["rejected"]) == (2, 0)
    added = group.contacts.filter(upload=upload)
    assert all(set(person.values) == {f"a_{type_}" for type_ in TYPES} for person in added)
    assert sorted(added.values_list("values__a_money", "values__a_date", "values__a_choice")) == [
        ("1500.00", "2026-12-31", "Gold"),
        ("250.50", "2027-01-15", "Silver"),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [("balance", "Old balance", "money"), ("balance_2", "Balance", "money")],
        [("fee", "Fee", "money"), ("fee_2", "Fee", "money"), ("fee_3", "FEE", "date")],
        [("phone_2", "Phone", "text"), ("name_2", "Name", "text"), ("full_name", "Full name", "text")],
        [("next_of_kin_phone", "Next of kin phone", "text"), ("mobile", "Mobile", "text"), ("simu", "Simu", "integer")],
        [("account_no", "Account No", "integer"), ("id_number", "ID Number", "text"), ("year", "Year", "integer")],
        [("due", "=Due, (KES)", "money"), ("note", "@note", "text")],
        [("f", "表", "text"), ("f_2", "表示", "money")],
    ],
)
def test_its_columns_are_known_again_without_a_question(fields):
    group = group_of(*fields)
    upload = checked(group, sample(group))
    assert upload.is_checked, upload.error
    assert (upload.counts["created"], upload.counts["rejected"], upload.counts["bad_cells"]) == (2, 0, 0)
    assert upload.counts["month_first"] == []
    columns = [upload.mapping[index] for index in sorted(upload.mapping, key=int)]
    assert [one["role"] for one in columns[:2]] == ["phone", "name"]
    assert [one["key"] for one in columns[2:] if one["role"] != IGNORE] == [key for key, _, _ in fields]


def test_the_labels_are_its_headings_and_nothing_in_it_is_a_formula():
    group = make_group(fields={"balance": "money", "town": "text"})
    headings, *rows = csv.reader(io.StringIO(sample(group).removeprefix("\ufeff")))
    assert headings == ["Phone", "Name", "balance", "town"]
    assert rows == [
        ["0700 000 001", "Jane Example", "1,500.00", "Example"],
        ["0700 000 002", "John Example", "250.50", "Another example"],
    ]
