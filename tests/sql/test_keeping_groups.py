"""Triggers keep contacts and their groups together: no contact without its group, and each group's size."""

import pytest
from django.db import IntegrityError, connection, transaction

from contacts.models import Contact, ContactGroup
from tests.calls import Beside, until_somebody_waits_for_a_lock
from tests.makers import make_contact, make_group, make_phone

pytestmark = pytest.mark.django_db(transaction=True)

NOWHERE = 10**6


def copy(*groups):
    lines = "".join(f"{make_phone()}\tJane\t{{}}\t{group}\t\n" for group in groups)
    with connection.wrap_database_errors, connection.cursor() as cursor:
        columns = 'phone, name, "values", group_id, consent_source'
        with cursor.copy(f"COPY contacts_contact ({columns}) FROM STDIN") as rows:
            rows.write(lines)


def delete(group):
    """Past Django, which deletes the contacts first."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM contacts_contactgroup WHERE id = %s", [group.pk])


def sizes(*groups):
    found = dict(ContactGroup.objects.values_list("pk", "size"))
    return [found[group.pk] for group in groups]


def test_a_contact_of_no_group_is_refused_however_it_is_written():
    here = make_group()
    with pytest.raises(IntegrityError, match="needs a group"):
        Contact.objects.create(group_id=NOWHERE, phone=make_phone())
    with pytest.raises(IntegrityError, match="needs a group"):
        copy(here.pk, NOWHERE, here.pk)
    assert not Contact.objects.exists()
    assert sizes(here) == [0]
    copy(here.pk, here.pk)
    assert sizes(here) == [2]


def test_a_group_with_contacts_cannot_be_deleted_under_them():
    group = make_group(contacts=1)
    with pytest.raises(IntegrityError, match="cannot go"):
        delete(group)
    group.delete()
    assert not Contact.objects.exists()
    assert not ContactGroup.objects.exists()


def test_who_is_put_into_another_group_is_counted_there():
    one, other = make_group(contacts=2), make_group(contacts=1)
    contact = one.contacts.first()
    contact.group = other
    contact.save()
    assert sizes(one, other) == [1, 2]
    contact.save()
    assert sizes(one, other) == [1, 2]
    contact.group_id = NOWHERE
    with pytest.raises(IntegrityError, match="needs a group"):
        contact.save()
    assert sizes(one, other) == [1, 2]


def test_of_a_contact_and_the_end_of_its_group_at_once_one_waits_and_fails():
    """Whichever is first: the constraint that this stands for says the same."""
    group = make_group(fields={})
    with transaction.atomic():
        make_contact(group)
        ending = Beside(lambda: delete(group))
        until_somebody_waits_for_a_lock()
    with pytest.raises(IntegrityError, match="cannot go"):
        ending.join()
    assert sizes(group) == [1]

    gone = make_group(fields={})
    with transaction.atomic():
        delete(gone)
        coming = Beside(lambda: make_contact(gone))
        until_somebody_waits_for_a_lock()
    with pytest.raises(IntegrityError, match="needs a group"):
        coming.join()
    assert Contact.objects.count() == 1
