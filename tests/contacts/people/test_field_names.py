"""A field is called otherwise without a contact being written, and whatever named it before still means it."""

import json

import pytest

from contacts import usage
from contacts.filters.pages import people_page
from contacts.filters.search import PeopleQuery
from contacts.filters.segments import save_segment
from contacts.models import Contact, ContactField
from contacts.people import jobs
from contacts.people.field_names import BadName, checked_name, name_field
from contacts.people.groups import make_field
from contacts.people.sample import sample_as_csv
from contacts.people.transfer import DoesNotFit
from tests.contacts.uploads import JANE, JOHN, imported, people
from tests.makers import make_contact, make_group

pytestmark = pytest.mark.django_db

OLD = "loan_balance_kes"


@pytest.fixture
def group():
    group = make_group(name="Loans", fields={OLD: "money", "due_date": "date"})
    group.fields.filter(key=OLD).update(label="Loan Balance (KES)")
    make_contact(group, JANE, **{OLD: "500.00"})
    return group


def field(group):
    return group.fields.get(key=OLD)


def test_no_contact_is_written(group):
    before = list(Contact.objects.values())
    group.refresh_from_db()
    changed_at = group.changed_at
    name_field(field(group), "Balance")
    group.refresh_from_db()
    assert list(Contact.objects.values()) == before
    assert (field(group).name, field(group).names) == ("balance", ("balance", OLD))
    assert group.changed_at == changed_at


def test_every_name_that_it_had_means_it(group):
    for name in ("balance", "owed", "balance", OLD, "due"):
        name_field(field(group), name)
    assert field(group).name == "due"
    assert sorted(field(group).names) == ["balance", "due", OLD, "owed"]


@pytest.mark.parametrize(
    "written, words",
    [
        ("", "A name begins with a letter"),
        ("!!!", "A name begins with a letter"),
        ("2nd", "A name begins with a letter"),
        ("a" * 41, "at most 40 letters"),
        ("name", "means something of its own"),
        ("opted out", "means something of its own"),
        ("OptedOut", "means something of its own"),
        ("Due Date", "“due_date” is called <due_date> already"),
        ("duedate", "“due_date” is called <due_date> already"),
    ],
)
def test_what_is_no_name_is_refused_with_a_word(group, written, words):
    with pytest.raises(BadName) as refused:
        name_field(field(group), written)
    assert words in str(refused.value)
    assert field(group).name == OLD


def test_a_name_that_another_field_had_is_refused_for_ever(group):
    name_field(field(group), "balance")
    name_field(field(group), "owed")
    for old in (OLD, "balance"):
        with pytest.raises(BadName, match=f"was called <{old}> before"):
            name_field(group.fields.get(key="due_date"), old)
        with pytest.raises(BadName, match="before"):
            checked_name(old, group.fields.all())
    assert make_field(group, "Loan Balance (KES)").key == f"{OLD}_2"
    assert make_field(group, "Balance").key == "balance_2"


def test_a_file_is_known_by_the_label_the_old_name_and_the_new_one(group):
    name_field(field(group), "balance")
    for amount, heading in (("1.00", OLD), ("2.00", "balance"), ("3.00", "Loan Balance (KES)"), ("4.00", "BALANCE")):
        imported(group, f"phone,{heading}\n{JANE},{amount}\n")
        assert people(group)[JANE][OLD] == amount
    assert group.fields.count() == 2
    assert "Loan Balance (KES)" in next(iter(sample_as_csv(group)))


def test_a_sample_says_the_present_name_where_the_label_is_another_columns(group):
    group.fields.filter(key=OLD).update(label="Due date")
    name_field(field(group), "balance")
    headings = "".join(sample_as_csv(group)).splitlines()[0]
    assert "balance" in headings and OLD not in headings


def test_filters_mean_the_field_by_each_of_its_names(group):
    make_contact(group, JOHN, **{OLD: "5.00"})
    name_field(field(group), "balance")
    for name in (OLD, "balance"):
        group.refresh_from_db()
        query = PeopleQuery(group, filter=[{"field": name, "op": ">", "value": "100"}])
        assert [one.phone for one in people_page(query, None)[0]] == [JANE]


def test_a_segment_uses_a_field_by_an_old_name(group):
    save_segment(None, "Owing", [group], [{"field": OLD, "op": ">", "value": "100"}])
    name_field(field(group), "balance")
    assert usage.uses_of_field(field(group)) == ["the segment “Owing”"]


@pytest.mark.parametrize("act", ["copy", "move", "merge"])
def test_people_bring_their_values_to_the_field_of_that_name(group, act):
    other = make_group(name="Other", fields={"balance": "money"}, contacts=0)
    Contact.objects.filter(phone=JANE).update(not_updated=[OLD])
    name_field(field(group), "balance")
    jobs.work_on_job(jobs.order_job(act, PeopleQuery(group), None, target=other).pk)
    (jane,) = other.contacts.all()
    assert (jane.values, jane.not_updated) == ({"balance": "500.00"}, ["balance"])
    assert set(other.fields.values_list("key", flat=True)) == {"balance", "due_date"}


def test_a_group_that_lacks_the_field_gets_its_names_too(group):
    other = make_group(name="Other", fields={}, contacts=0)
    name_field(field(group), "balance")
    jobs.work_on_job(jobs.order_job("copy", PeopleQuery(group), None, target=other).pk)
    assert other.fields.get(key=OLD).names == ("balance", OLD)
    assert other.contacts.get().values == {OLD: "500.00"}


def test_two_fields_never_become_one(group):
    make_field(group, "Second", "money")
    other = make_group(name="Other", fields={"balance": "money"}, contacts=0)
    name_field(other.fields.get(), "second")
    name_field(field(group), "balance")
    with pytest.raises(DoesNotFit, match="Two fields of this group are one in “Other”"):
        jobs.order_job("copy", PeopleQuery(group), None, target=other)


def test_a_mapping_without_a_name_is_read_by_the_release_before(group):
    upload = imported(group, f"phone,{OLD}\n{JANE},1\n")
    assert "called" not in json.dumps(upload.mapping)


def test_two_of_a_group_have_no_name_together(group):
    from django.db import IntegrityError, transaction

    name_field(field(group), "balance")
    with pytest.raises(IntegrityError), transaction.atomic():
        ContactField.objects.filter(key="due_date").update(chosen_name="balance")
