"""A new group before its upload is imported: nobody sees it, its name is free, and it goes with the upload."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from campaigns.maintenance.retention import FILES_KEPT, keep_house
from contacts import importing
from contacts.importing.waiting import open_group
from contacts.models import Contact, ContactGroup, StoredFile, Upload
from contacts.tasks import work_on
from tests.makers import make_group
from tests.reading import read
from tests.workbooks import packed_workbook

pytestmark = pytest.mark.django_db(transaction=True)

LIST = b"phone,name\n0712345678,Jane\n"
CASES = Path(__file__).parent.parent.parent / "data" / "cases"
DATES = b"phone,due\n0712345678,12/25/2026\n0722345678,11/30/2026\n"


@pytest.fixture
def composer(sign_in):
    return sign_in("composer")


def begun(name="Loans", content=LIST, file="list.csv"):
    return importing.begin_upload(importing.group_for_upload(name), file, [content])


def checked(**how):
    upload = begun(**how)
    importing.order_check(upload)
    work_on(upload.pk)
    upload.refresh_from_db()
    return upload


def imported(upload):
    importing.order_import(upload)
    work_on(upload.pk)
    upload.refresh_from_db()
    return upload


def nothing_is_left():
    return not (ContactGroup.everything.exists() or Upload.objects.exists() or StoredFile.objects.exists())


def test_nobody_sees_the_group_until_its_rows_are_written(composer):
    upload = checked()
    for address in ("group-list", "campaign-create", "upload-create", "segment-create"):
        assert f">{upload.group.name}<" not in read(composer.get(reverse(address), follow=True)), address
    assert composer.get(reverse("group-detail", args=[upload.group_id])).status_code == 404
    imported(upload)
    assert f">{upload.group.name}<" in read(composer.get(reverse("group-list")))
    assert Contact.objects.get().group.size == 1


def test_where_the_upload_is_found_again(composer, sign_in):
    upload = checked()
    page = read(composer.get(reverse("group-list")))
    assert "Not imported yet" in page and reverse("upload-detail", args=[upload.pk]) in page
    assert "Not imported yet" not in read(sign_in("viewer").get(reverse("group-list")))
    imported(upload)
    assert "Not imported yet" not in read(composer.get(reverse("group-list")))


def test_given_up_nothing_is_left(composer):
    upload = checked()
    answer = composer.post(reverse("upload-give-up", args=[upload.pk]), follow=True)
    assert "Nobody was written" in read(answer) and nothing_is_left()
    assert AuditEntry.objects.latest("pk").act == "upload given up"


def test_given_up_into_a_group_that_is_there_the_group_stays(composer):
    group = make_group("Loans")
    upload = importing.begin_upload(group, "list.csv", [LIST])
    answer = composer.post(reverse("upload-give-up", args=[upload.pk]))
    assert answer.url == reverse("group-detail", args=[group.pk])
    assert ContactGroup.objects.get() == group and not Upload.objects.exists()


def test_what_is_being_imported_is_not_given_up(composer):
    upload = checked()
    importing.order_import(upload)
    answer = composer.post(reverse("upload-give-up", args=[upload.pk]), follow=True)
    assert "It can be undone afterwards" in read(answer)
    work_on(upload.pk)
    composer.post(reverse("upload-give-up", args=[upload.pk]))
    assert Contact.objects.exists() and Upload.objects.exists()


def test_a_worker_whose_upload_is_given_up_meanwhile_stops():
    upload = begun()
    importing.order_check(upload)
    seen = Upload.objects.select_related("group", "file", "spool").get()
    assert importing.give_up(upload)
    importing.check_upload(seen)
    assert nothing_is_left()


def test_its_name_is_free_for_others_until_then(composer):
    upload = checked()
    other = make_group("Loans")
    imported(upload)
    assert upload.has_failed and "There is a group “Loans” by now" in upload.error
    assert not Contact.objects.exists() and ContactGroup.objects.get() == other
    composer.post(reverse("upload-give-up", args=[upload.pk]))
    assert ContactGroup.everything.get() == other


def test_two_uploads_into_one_new_name_the_first_import_has_it():
    first, second = checked(), checked()
    assert imported(second).is_done
    assert imported(first).has_failed
    assert Contact.objects.get().group == second.group


def test_opened_once_it_stays_open():
    upload = imported(checked())
    open_group(upload)
    assert ContactGroup.objects.get() == upload.group


def test_a_workbook_that_cannot_be_read_leaves_a_group_that_nobody_sees(composer, tmp_path):
    packed_workbook(tmp_path / "list.xlsx", [b"Jane"], [])
    upload = begun_by_worker((tmp_path / "list.xlsx").read_bytes())
    assert upload.has_failed and not ContactGroup.objects.exists()
    assert "Upload another file" in read(composer.get(reverse("upload-detail", args=[upload.pk])))
    composer.post(reverse("upload-give-up", args=[upload.pk]))
    assert nothing_is_left()


def begun_by_worker(content):
    upload = importing.begin_upload(importing.group_for_upload("Loans"), "list.xlsx", [content], at_once=False)
    work_on(upload.pk)
    upload.refresh_from_db()
    return upload


@pytest.mark.parametrize("options", [{}, {"dry_run": True}])
def test_the_command_that_refuses_leaves_nothing(tmp_path, options):
    path = tmp_path / "list.csv"
    path.write_bytes(DATES)
    with pytest.raises(CommandError):
        call_command("import_contacts", path, group="Loans", create_group=True, map=["due=no such field="], **options)
    assert nothing_is_left()


def test_the_command_that_asks_for_the_order_of_days_leaves_nothing():
    path = CASES / "dob_zero_dates_month_first.csv"
    with pytest.raises(CommandError, match="Nobody was written"):
        call_command("import_contacts", path, group="Loans", create_group=True)
    assert nothing_is_left()


def test_after_a_month_it_is_forgotten():
    begun()
    kept = imported(checked(name="Kept"))
    ContactGroup.everything.update(created_at=timezone.now() - FILES_KEPT + timedelta(minutes=1))
    keep_house(10)
    assert ContactGroup.everything.count() == 2
    ContactGroup.everything.update(created_at=timezone.now() - FILES_KEPT - timedelta(minutes=1))
    keep_house(10)
    assert ContactGroup.everything.get() == kept.group


def test_a_name_that_is_taken_is_an_error_at_its_field(composer):
    make_group("Loans")
    page = read(composer.post(reverse("group-create"), {"name": "Loans"}))
    assert "There is a group of this name already" in page
    with pytest.raises(ValidationError):
        ContactGroup(name="Loans").full_clean()
