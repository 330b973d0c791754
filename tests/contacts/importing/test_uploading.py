"""An upload from the file to the group: what counts, what is said, and whoever goes on."""

import pytest
from django.utils import timezone

from contacts import importing
from contacts.importing.claims import UPLOAD_LEASE
from contacts.models import Contact, Upload
from contacts.spreadsheets import BadFile
from contacts.tasks import work_on
from tests.contacts.uploads import JANE, begin
from tests.makers import make_group

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_large_file_is_read_in_the_background(monkeypatch):
    monkeypatch.setattr("contacts.importing.beginning.READ_AT_ONCE_BYTES", 10)
    group = make_group()
    upload = importing.begin_upload(group, "list.csv", [f"phone\n{JANE}\n".encode()], at_once=False)
    assert upload.is_reading
    work_on(upload.pk)
    upload.refresh_from_db()
    assert upload.is_choosing
    broken = importing.begin_upload(group, "list.xlsx", [b"PK\x03\x04" + b"x" * 20 + b"PK\5\6"], at_once=False)
    work_on(broken.pk)
    broken.refresh_from_db()
    assert broken.has_failed


def test_a_file_past_the_limit_is_refused_while_it_comes(monkeypatch):
    monkeypatch.setattr("contacts.importing.beginning.MOST_FILE_BYTES", 1 << 20)
    with pytest.raises(BadFile, match="larger"):
        importing.begin_upload(make_group(), "list.csv", (b"0" * (1 << 20) for _ in iter(int, 1)))
    assert not Upload.objects.exists()


def test_two_workers_do_not_do_the_same_upload_and_a_dead_one_is_followed():
    upload = begin(make_group(), f"phone\n{JANE}\n")
    importing.order_check(upload)
    importing.order_import(Upload.objects.get(pk=upload.pk))
    Upload.objects.update(status="importing", claim=1, lease_until=timezone.now() + UPLOAD_LEASE)
    work_on(upload.pk)
    assert not Contact.objects.filter(phone=JANE).exists()
    Upload.objects.update(lease_until=timezone.now() - UPLOAD_LEASE)
    assert importing.uploads_standing_still(timezone.now()) == [upload.pk]
    work_on(upload.pk)
    assert Contact.objects.filter(phone=JANE).count() == 1
    assert Upload.objects.get().is_done


def test_an_upload_whose_group_is_gone_is_let_go_of():
    upload = begin(make_group(), f"phone\n{JANE}\n")
    pk = upload.pk
    upload.group.delete()
    work_on(pk)
