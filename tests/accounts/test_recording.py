"""Signing in and out, people and their passwords, keys, backups: by pages, by the administration and by commands."""

import io
import sys

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

import manage
from accounts.models import ApiKey, AuditEntry, User
from lib.origin import Origin, coming_from
from qsms_portal.starting.sign_in import first_sign_in
from tests.makers import make_contact, make_group, make_sender

pytestmark = pytest.mark.django_db

RIGHT, NEW = "right horse battery", "other horse battery"
ADDRESS = "203.0.113.7"


@pytest.fixture
def jane(db):
    person = User.objects.create_user("jane", email="jane@example.com", password=RIGHT)
    person.groups.add(Group.objects.get_or_create(name="viewer")[0])
    return person


@pytest.fixture
def root(db):
    client = Client(REMOTE_ADDR=ADDRESS)
    user = User.objects.create_superuser("root")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client, user


def entries(**wanted):
    found = AuditEntry.objects.filter(**wanted).order_by("pk")
    return [(one.act, one.about, one.user_id, one.address) for one in found]


def test_signing_in_and_out_and_failing_to(jane):
    client = Client(REMOTE_ADDR=ADDRESS)
    for name in ("jane", "nobody", RIGHT):
        client.post("/sign-in", {"username": name, "password": "wrong"})
    client.post("/sign-in", {"username": "jane", "password": RIGHT})
    client.post("/sign-out")
    about = f"person {jane.pk}"
    assert entries() == [
        ("sign-in failed", about, None, ADDRESS),
        ("sign-in failed", "", None, ADDRESS),
        ("sign-in failed", "", None, ADDRESS),
        ("signed in", about, jane.pk, ADDRESS),
        ("signed out", about, jane.pk, ADDRESS),
    ]
    assert set(AuditEntry.objects.values_list("kind", flat=True)) == {"sign-ins"}
    assert not any(one.detail for one in AuditEntry.objects.all()), "what was typed may be a password"


def test_who_is_locked_out_leaves_entries_too(jane, settings):
    settings.AXES_FAILURE_LIMIT = 2
    client = Client(REMOTE_ADDR=ADDRESS)
    for _ in range(4):
        client.post("/sign-in", {"username": "jane", "password": "wrong"})
    assert [act for act, *_ in entries()] == ["sign-in failed"] * 4


def test_one_changes_one_s_own_password_and_name(jane):
    client = Client(REMOTE_ADDR=ADDRESS)
    client.force_login(jane, backend="django.contrib.auth.backends.ModelBackend")
    client.post("/profile", {"old_password": RIGHT, "new_password1": NEW, "new_password2": NEW})
    client.post("/profile", {"first_name": "Jane", "last_name": "", "email": "jane@example.com"})
    about = f"person {jane.pk}"
    assert entries() == [
        ("password changed", about, jane.pk, ADDRESS), ("person changed", about, jane.pk, ADDRESS)
    ]  # fmt: skip
    assert AuditEntry.objects.get(act="person changed").detail == {"fields": ["first_name"]}


def test_a_password_that_is_set_with_nobody_signed_in_is_the_persons_own_deed(jane, rf):
    """As by a link that came by mail."""
    with coming_from(Origin(address=ADDRESS, request=rf.post("/"))):
        jane.set_password(NEW)
        jane.save()
    assert entries() == [("password changed", f"person {jane.pk}", jane.pk, ADDRESS)]


def test_people_and_roles_are_changed_in_the_administration(root):
    client, by = root
    group = Group.objects.get_or_create(name="manager")[0]
    client.post(reverse("admin:accounts_user_add"), {
        "username": "olive", "usable_password": "true", "password1": RIGHT, "password2": RIGHT,
    })  # fmt: skip
    olive = User.objects.get(username="olive")
    about = f"person {olive.pk}"
    assert entries() == [("person made", about, by.pk, ADDRESS)]
    typed = {"username": "olive", "first_name": "Olive", "is_active": "on"}
    client.post(reverse("admin:accounts_user_change", args=[olive.pk]), typed | {"groups": [group.pk]})
    role, changed = AuditEntry.objects.order_by("pk")[1:]
    assert (role.act, role.about, role.detail) == ("role changed", about, {"before": "none", "after": "manager"})
    assert (changed.act, changed.detail) == ("person changed", {"fields": ["first_name"]})
    client.post(reverse("admin:auth_user_password_change", args=[olive.pk]), {
        "usable_password": "true", "password1": NEW, "password2": NEW,
    })  # fmt: skip
    assert entries(act="password changed") == [("password changed", about, by.pk, ADDRESS)]
    client.post(reverse("admin:accounts_user_delete", args=[olive.pk]), {"post": "yes"})
    assert entries(act="person deleted") == [("person deleted", about, by.pk, ADDRESS)]


def test_what_else_is_written_in_the_administration_leaves_its_fields_and_no_values(root):
    client, by = root
    group = make_group("Loans", fields={})
    contact = make_contact(group, "254712345678")
    client.post(
        reverse("admin:contacts_contact_change", args=[contact.pk]),
        {"group": group.pk, "phone": "254712345678", "name": "Janet", "values": "{}", "consent_source": "",
         "created_at_0": "2026-01-01", "created_at_1": "00:00:00", "updated_at_0": "2026-01-01",
         "updated_at_1": "00:00:00", "written_at_0": "2026-01-01", "written_at_1": "00:00:00", "written_by": ""},
    )  # fmt: skip
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.about, entry.user_id) == ("contact changed", f"contact {contact.pk}", by.pk)
    assert "Name" in entry.detail["fields"]
    assert "Janet" not in str(entry.detail)
    client.post(reverse("admin:contacts_phonestatus_add"), {"phone": "254712345678"})
    assert AuditEntry.objects.get(act="number made").about == "number"
    client.post(reverse("admin:contacts_contact_delete", args=[contact.pk]), {"post": "yes"})
    assert AuditEntry.objects.get(act="contact deleted").about == f"contact {contact.pk}"


def test_the_first_administrator_is_made_by_up(tmp_path):
    with coming_from(Origin(command="up")):
        first_sign_in(tmp_path)
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.command, entry.user, entry.detail) == (
        "person made",
        "up",
        None,
        {"role": "administrator"},
    )


@pytest.mark.django_db(transaction=True)
def test_commands_of_django_are_named_too(monkeypatch, capsys):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", RIGHT)
    run(monkeypatch, "createsuperuser", "--noinput", "--username", "boss", "--email", "")
    run(monkeypatch, "create_api_key", "crm", "--role", "viewer")
    key = ApiKey.objects.get()
    assert list(AuditEntry.objects.order_by("pk").values_list("act", "about", "command")) == [
        ("person made", f"person {User.objects.get().pk}", "createsuperuser"),
        ("API key made", f"key {key.pk}", "create_api_key"),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_list_that_a_command_imports_is_begun_and_imported(monkeypatch, capsys, tmp_path):
    file = tmp_path / "list.csv"
    file.write_text("phone,name\n0712345678,Jane\n")
    run(monkeypatch, "import_contacts", str(file), "--group", "People", "--create-group")
    found = AuditEntry.objects.order_by("pk").values_list("act", "command")
    assert list(found) == [
        (act, "import_contacts") for act in ("upload begun", "upload imported", "group made")
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_backup_is_written_down(tmp_path):
    call_command("backup", str(tmp_path / "portal.dump"), stdout=io.StringIO())
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.detail) == ("backup written", {"name": "portal.dump"})


def test_a_sender_id_is_kept_as_it_was_and_as_it_is(sign_in):
    sender = make_sender("LENDER", price="0.60")
    posted = {"name": "LENDER", "service_id": "0", "use": "promotional", "price": "0.80"}
    sign_in("administrator").post(f"/settings/senders/{sender.pk}", posted)
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.about) == ("sender changed", f"sender {sender.pk}")
    assert entry.detail["before"] == {"May send": "both", "Price of a part in KES": "0.6000"}
    assert entry.detail["after"] == {"May send": "promotional", "Price of a part in KES": "0.80"}


def test_a_contact_that_is_changed_by_hand_names_its_fields(sign_in):
    group = make_group("Loans")
    contact = make_contact(group, "254712345678", "Jane", balance="5.00", due_date="2026-12-01")
    posted = {"phone": "0712345678", "name": "Jane", "field_balance": "7", "field_due_date": ""}
    sign_in("composer").post(reverse("contact-edit", args=[group.pk, contact.pk]), posted)
    assert AuditEntry.objects.get().detail == {"group": group.pk, "fields": ["balance", "due_date"]}


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["manage.py", *arguments])
    manage.main()
