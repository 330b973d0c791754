"""The file as a sheet: how it is read, and that a workbook is unpacked once."""

from pathlib import Path

import pytest
from django.utils import timezone

from contacts import importing
from contacts.importing.claims import MOST_UPLOAD_ATTEMPTS
from contacts.models import ContactGroup
from contacts.spreadsheets import Reading, child
from contacts.tasks import work_on
from tests.contacts.uploads import JANE, JOHN, begin, check, write
from tests.makers import make_group

pytestmark = pytest.mark.django_db(transaction=True)

DATA = Path(__file__).parents[2] / "data"


def test_the_encoding_is_shown_with_its_first_accent_and_can_be_changed():
    group = make_group()
    upload = begin(group, f"phone,name\n{JANE},Plain\n{JOHN},Wanjikũ\n".encode())
    assert (upload.reading["encoding"], upload.reading["accent"]) == ("utf-8", "Wanjikũ")
    assert not importing.reread(upload, Reading("text", encoding="cp1252", heading_row=-1))
    upload.refresh_from_db()
    assert (upload.reading["encoding"], upload.reading["accent"]) == ("cp1252", "WanjikÅ©")


def test_a_heading_that_is_none_can_be_made_a_row():
    upload = begin(make_group(), f"Phone,Name\n{JANE},Jane\n")
    importing.reread(upload, Reading("text", encoding="utf-8", delimiter=",", heading_row=None))
    upload.refresh_from_db()
    assert [one["heading"] for one in upload.mapping.values()] == ["Column A", "Column B"]


PAGE = """<html><table><tr><td>Name</td><td>Phone</td><td>Balance</td></tr>
<tr><td>Jane</td><td x:num="254712345678">2.54712E+11</td><td>KES 1,250.50</td></tr></table>
<table><tr><td>Name</td><td>Phone</td><td>Balance</td></tr><tr><td>John</td><td>0712345679</td><td>80</td></tr></table>"""


def test_a_web_page_that_is_called_xls_is_imported_with_all_its_tables():
    group = make_group()
    upload = begin(group, PAGE, "defaulters.xls")
    assert importing.describe_oddities(upload) == ["1 other sheet was not read: “Table 2”."]
    assert importing.reread(upload, Reading("workbook", all_sheets=True, heading_row=-1))
    work_on(upload.pk)
    upload.refresh_from_db()
    write(check(upload))
    assert dict(group.contacts.values_list("phone", "values__balance")) == {JANE: "1250.50", JOHN: "80.00"}


def test_a_workbook_is_unpacked_once(monkeypatch):
    group = ContactGroup.objects.create(name="people")
    upload = begin(group, (DATA / "excel.xlsx").read_bytes(), "excel.xlsx")
    assert upload.spool is not None
    monkeypatch.setattr("contacts.spreadsheets.opening.read_in_child", None)
    importing.order_check(upload)
    work_on(upload.pk)
    upload.refresh_from_db()
    assert upload.counts["created"] == 150


def test_a_workbook_that_cannot_be_read_as_asked_is_read_as_before():
    upload = begin(make_group(), (DATA / "excel.xlsx").read_bytes(), "excel.xlsx")
    before = (upload.reading, upload.mapping)
    assert importing.reread(upload, Reading("workbook", sheet="Nowhere", heading_row=1))
    work_on(upload.pk)
    upload.refresh_from_db()
    assert upload.is_choosing
    assert (upload.reading, upload.mapping) == before
    assert upload.error.startswith("It cannot be read so: There is no sheet “Nowhere”.")


def test_an_upload_waits_while_others_are_read_and_is_not_given_up_for_it(monkeypatch):
    upload = importing.begin_upload(make_group(), "x.xlsx", [(DATA / "excel.xlsx").read_bytes()], at_once=False)
    with child._turn(), child._turn():
        for _ in range(2 * MOST_UPLOAD_ATTEMPTS):
            work_on(upload.pk)
    upload.refresh_from_db()
    assert (upload.is_reading, upload.attempts) == (True, 0)
    assert importing.uploads_standing_still(timezone.now()) == [upload.pk]
    work_on(upload.pk)
    upload.refresh_from_db()
    assert upload.is_choosing
