"""A contact says when and by whom it was last written, in whatever way; an undo is a writing too."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ApiKey
from accounts.names import name_of
from accounts.roles import Role
from contacts.models import Contact, Job, Upload
from contacts.people.jobs import work_on_job
from contacts.tasks import work_on
from tests.approving import person
from tests.makers import make_contact, make_group
from tests.pages.test_uploads import import_it, send
from tests.reading import read

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = "254712345678"


@pytest.fixture
def jane(db):
    return person("jane", Role.MANAGER)


@pytest.fixture
def contact(db):
    """One whom the portal itself wrote, and long ago."""
    contact = make_contact(make_group("Loans"), PHONE, balance="5.00", due_date="2026-12-01")
    Contact.objects.update(written_at="2026-01-01T00:00Z")
    contact.refresh_from_db()
    return contact


def by_form(client, contact):
    posted = {"phone": PHONE, "name": "Jane", "field_balance": "7", "field_due_date": "2026-12-02"}
    client.post(reverse("contact-edit", args=[contact.group_id, contact.pk]), posted)


def by_upload(client, contact):
    import_it(client, send(client, f"phone,balance\n{PHONE},7\n", contact.group))


def by_whole_list(client, contact):
    replace(client, send(client, f"phone,balance\n{PHONE},7\n", contact.group))


def replace(client, upload):
    # The first time it is checked who would leave.
    import_it(client, upload, mode="replace")
    return import_it(client, upload, mode="replace")


def by_retyping(client, contact):
    field = contact.group.fields.get(key="balance")
    posted = {"label": "Balance", "type": "integer", "options": "", "sure": "on"}
    client.post(reverse("field-edit", args=[contact.group_id, field.pk]), posted)


def by_copying_over(client, contact):
    other = make_group("Others")
    make_contact(other, PHONE, balance="7.00", due_date="2026-12-02")
    Contact.objects.filter(group=other).update(written_at="2026-01-01T00:00Z")
    copy(client, other, contact.group, replaces="1")


def copy(client, group, target, **choices):
    people = list(group.contacts.values_list("pk", flat=True))
    client.post(reverse("group-copy", args=[group.pk]), {"contact": people, "target": target.pk, **choices})
    work_on_job(Job.objects.latest("pk").pk)


@pytest.mark.parametrize("way", [by_form, by_upload, by_whole_list, by_retyping, by_copying_over])
def test_every_page_that_changes_somebody_says_by_whom(jane, contact, way):
    user, client = jane
    way(client, contact)
    after = Contact.objects.get(pk=contact.pk)
    assert after.values != contact.values
    assert after.written_by == name_of(user)
    assert after.written_at > contact.written_at


def test_whoever_is_added_was_written_by_whoever_added_them(jane):
    user, client = jane
    group = make_group("Loans")
    client.post(reverse("contact-create", args=[group.pk]), {"phone": "0711000001", "name": "By hand"})
    import_it(client, send(client, "phone,name\n0711000002,By file\n", group))
    import_it(client, send(client, "phone,name\n0711000003,By file\n0711000002,Again\n", group))
    other = make_group("Copy")
    copy(client, group, other)
    written = Contact.objects.values_list("group__name", "written_by")
    assert sorted(written) == [("Copy", name_of(user))] * 3 + [("Loans", name_of(user))] * 3


def test_a_script_is_named_by_its_key(contact):
    key, secret = ApiKey.make("crm", Role.COMPOSER)
    body = {"group": "Loans", "contacts": [{"phone": PHONE, "balance": "7"}, {"phone": "0711000001", "balance": "7"}]}
    headers = {"Authorization": f"Bearer {secret}"}
    Client().post("/v1/contacts", json.dumps(body), content_type="application/json", headers=headers)
    assert set(Contact.objects.values_list("written_by", flat=True)) == {name_of(None, key)}


@pytest.mark.parametrize("mode", ["update", "replace"])
def test_an_undo_sets_back_what_was_written_and_not_who_wrote_it_and_when(jane, contact, mode):
    gone = make_contact(contact.group, "254711000009", balance="1.00")
    put = replace if mode == "replace" else import_it
    upload = put(jane[1], send(jane[1], f"phone,balance\n{PHONE},7\n", contact.group))
    written_at = Contact.objects.get(pk=contact.pk).written_at
    user, client = person("mary", Role.MANAGER)
    client.post(reverse("upload-undo", args=[upload.pk]))
    work_on(upload.pk)
    assert Upload.objects.get().is_undone
    for before in [contact, *([gone] if mode == "replace" else [])]:
        after = Contact.objects.get(pk=before.pk)
        assert after.values == before.values
        assert after.written_by == name_of(user)
        assert after.written_at > written_at


def test_the_page_of_a_number_says_it(jane, contact):
    by_form(jane[1], contact)
    assert "by jane" in read(jane[1].get(reverse("person-detail", args=[PHONE])))
