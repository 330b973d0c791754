"""The mark of a value that was not updated goes where the value goes, and goes when a value is accepted."""

import pytest
from django.urls import reverse

from contacts.filters.search import PeopleQuery
from contacts.models import Contact
from contacts.people.jobs import order_job, work_on_job
from contacts.people.merge import IncomingPerson, merge_people
from contacts.people.retype import retype_field
from tests.contacts.uploads import JANE, JOHN
from tests.makers import make_contact, make_group

pytestmark = pytest.mark.django_db(transaction=True)

BALANCE_AND_DAY = ["balance", "due_date"]


def mark(group, phone=JANE, keys=("balance",), **values):
    person = make_contact(group, phone, **values)
    person.not_updated = sorted(keys)
    person.save()
    return person


def mark_of(group, phone=JANE):
    return group.contacts.get(phone=phone).not_updated


@pytest.mark.parametrize(
    "values, expected",
    [
        ({"balance": "7000.00"}, None),
        ({"balance": None}, None),
        ({"balance": ""}, ["balance"]),
        ({"due_date": "2026-12-01"}, ["balance"]),
    ],
)
def test_a_value_that_a_call_brings_takes_the_mark_away(values, expected):
    group = make_group()
    mark(group, balance="7000.00", due_date="2026-12-01")
    changed_at = group.changed_at
    assert merge_people(group, [IncomingPerson(JANE, None, values)]).created == 0
    assert mark_of(group) == expected
    group.refresh_from_db()
    assert (group.changed_at > changed_at) == (expected is None)


@pytest.mark.parametrize("kind", ["copy", "move", "merge"])
def test_a_mark_goes_along_into_another_group(kind):
    source, target = make_group(), make_group()
    mark(source, balance="7000.00")
    mark(source, JOHN, keys=[], balance="1.00")
    Contact.objects.filter(not_updated=[]).update(not_updated=None)
    job = order_job(kind, PeopleQuery(source), None, target=target)
    assert work_on_job(job.pk)
    assert (mark_of(target), mark_of(target, JOHN)) == (["balance"], None)


@pytest.mark.parametrize(
    "replaces, there, here, expected",
    [
        (False, ["due_date"], ["balance"], ["due_date"]),
        (True, ["due_date"], ["balance"], BALANCE_AND_DAY),
        (True, ["balance", "due_date"], [], ["due_date"]),
        (True, [], ["balance", "due_date"], ["balance"]),
        (True, ["balance"], [], None),
    ],
)
def test_of_somebody_in_both_groups_each_value_keeps_its_own_mark(replaces, there, here, expected):
    source, target = make_group(), make_group()
    mark(source, keys=here, balance="7000.00")
    mark(target, keys=there, balance="1.00", due_date="2026-12-01")
    job = order_job("copy", PeopleQuery(source), None, target=target, replaces=replaces)
    assert work_on_job(job.pk)
    assert mark_of(target) == expected


def test_a_value_that_is_read_anew_by_another_type_is_accepted():
    group = make_group(fields={"balance": "text", "town": "text"})
    mark(group, balance="7000")
    mark(group, JOHN, keys=["balance", "town"], balance="lots", town="Thika")
    retype_field(group.fields.get(key="balance"), "integer")
    assert (mark_of(group), mark_of(group, JOHN)) == (None, ["balance", "town"])


@pytest.mark.parametrize(
    "typed, expected",
    [
        ({}, BALANCE_AND_DAY),
        ({"field_balance": "8"}, ["due_date"]),
        ({"field_balance": ""}, ["due_date"]),
        ({"as_they_stand": "on"}, None),
    ],
)
def test_by_hand_what_is_changed_or_confirmed_counts_as_updated(sign_in, typed, expected):
    client, group = sign_in("composer"), make_group()
    person = mark(group, keys=BALANCE_AND_DAY, balance="7000.00", due_date="2026-12-01")
    page = reverse("contact-edit", args=[group.pk, person.pk])
    assert "Not updated" in client.get(page).content.decode()
    posted = {"phone": JANE, "name": "Jane", "field_balance": "7000.00", "field_due_date": "2026-12-01"}
    client.post(page, posted | typed)
    person.refresh_from_db()
    assert (person.name, person.not_updated) == ("Jane", expected)
    assert ("as_they_stand" in client.get(page).content.decode()) == bool(expected)
