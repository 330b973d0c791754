"""An upload from the file to the group: what counts, what is said, and whoever goes on."""

import itertools
import json
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from contacts import importing
from contacts.importing import chunking, mapping, writing
from contacts.importing.uploading import LEASE
from contacts.models import Contact, ContactGroup, OptOut, Upload
from contacts.spreadsheets import BadFile, Reading, csv_lines
from contacts.tasks import work_on
from tests.calls import Beside
from tests.contacts.uploads import JANE, JOHN, MARY, begin, checked, imported, people, rows_of, undone
from tests.makers import make_contact, make_group, make_phone
from tests.workbooks import hidden_workbook

pytestmark = pytest.mark.django_db(transaction=True)

DATA = Path(__file__).parents[2] / "data"


def test_what_is_checked_is_what_happens_and_writes_nothing():
    group = make_group()
    make_contact(group, JANE, "Jane", balance="1.00")
    make_contact(group, JOHN, "John", balance="2.00")
    OptOut.objects.create(phone=MARY)
    text = f"phone,name,balance\n{JANE},Jane,1\n{JOHN},John,3\n{MARY},Mary,\n{MARY},Mary,5\nnone,,\n"
    before = rows_of(group)
    counts = checked(group, text).counts
    assert rows_of(group) == before
    told = ("rows", "created", "updated", "unchanged", "duplicates", "rejected", "opted_out")
    assert [counts[name] for name in told] == [5, 1, 1, 1, 1, 1, 1]
    assert counts["empty_cells"] == 0  # that row does not count
    done = imported(group, text).counts
    assert [done[name] for name in told[:-1]] == [5, 1, 1, 1, 1, 1]


def test_who_goes_on_after_a_dead_worker_still_rejects_the_bad_amount_of_somebody_known(monkeypatch):
    group = make_group()
    make_contact(group, JANE, "Jane", balance="1.00")
    before = rows_of(group)
    rows = [
        f"{JANE},Jane,5",
        *(f"{make_phone()},New,1" for _ in range(2)),
        f"{JANE},Janet,abc",
        f"{make_phone()},New,1",
    ]
    upload = checked(group, "phone,name,balance\n" + "\n".join(rows) + "\n")
    real, calls = writing._write, itertools.count(1)

    def dying(*what):
        if next(calls) == 2:
            raise SystemError("killed")
        real(*what)

    monkeypatch.setattr(chunking, "CHUNK", 2)
    monkeypatch.setattr(writing, "_write", dying)
    assert importing.order_import(upload)
    with pytest.raises(SystemError):
        work_on(upload.pk)
    work_on(upload.pk)
    upload.refresh_from_db()
    assert (upload.counts["created"], upload.counts["updated"], upload.counts["rejected"]) == (3, 1, 1)
    assert people(group)[JANE] == {"name": "Jane", "balance": "5.00"}
    assert undone(upload)["left"] == 0
    assert rows_of(group) == before


@pytest.mark.parametrize(
    "repeats, balance, counts", [("last", "3.00", (1, 2, 0)), ("first", "1.00", (1, 2, 0)), ("none", None, (0, 0, 3))]
)
def test_of_one_number_with_different_values_the_chosen_row_counts(repeats, balance, counts):
    group = make_group()
    upload = checked(group, f"phone,balance\n{JANE},1\n{JANE},x\n{JANE},2\n{JANE},3\n", repeats=repeats)
    # The row that is not readable is good too for somebody new, and has no balance.
    assert upload.counts["conflicts"] == 1
    assert [row for row, _ in upload.counts["conflict_rows"][0][1]] == [2, 3, 4, 5]
    text = f"phone,balance\n{JANE},1\n{JANE},2\n{JANE},3\n"
    done = imported(group, text, repeats=repeats)
    assert (done.counts["created"], done.counts["duplicates"], done.counts["rejected"]) == counts
    assert people(group).get(JANE, {}).get("balance") == balance
    if repeats == "none":
        assert "different values" in next(importing.rejects_of(done)[1])[-1]


def test_the_same_row_twice_is_no_conflict():
    upload = checked(make_group(), f'phone,balance\n{JANE},1000\n0712345678,"KES 1,000"\n')
    assert (upload.counts["duplicates"], upload.counts["conflicts"]) == (1, 0)


@pytest.mark.parametrize("keep, balance", [(True, "1.00"), (False, None)])
def test_an_empty_cell_keeps_or_clears_the_old_value(keep, balance):
    group = make_group()
    make_contact(group, JANE, balance="1.00", due_date="2026-12-01")
    imported(group, f"phone,balance\n{JANE},\n{JOHN},\n", keep_empty=keep)
    assert people(group)[JANE].get("balance") == balance
    assert people(group)[JANE]["due_date"] == "2026-12-01"


@pytest.mark.parametrize(
    "choices, in_group, jane",
    [
        ({}, {JANE, JOHN}, "1.00"),
        ({"reject_bad_cells": True}, {JANE}, "1.00"),
        ({"keep_stale": True}, {JANE, JOHN}, "1.00"),
    ],
)
def test_a_cell_that_cannot_be_read(choices, in_group, jane):
    group = make_group()
    make_contact(group, JANE, balance="1.00")
    upload = imported(group, f"phone,balance\n{JANE},lots\n{JOHN},lots\n", **choices)
    assert set(people(group)) == in_group
    assert people(group)[JANE]["balance"] == jane
    assert upload.counts["rejected"] == 2 - len(in_group - {JANE}) - bool(choices.get("keep_stale"))


def test_months_first_are_asked_about_and_read_so():
    group = make_group()
    text = "phone,due date\n" + "".join(f"{make_phone(day)},12/{day}/2026\n" for day in range(10, 29))
    upload = checked(ContactGroup.objects.create(name="new"), text)
    assert upload.counts["month_first"] == [1]
    choices = mapping.from_json(upload.mapping)
    assert choices[1].type == "date"
    upload = begin(group, text)
    importing.choose_columns(
        upload, [mapping.month_first(one) if one.index else one for one in mapping.from_json(upload.mapping)]
    )
    importing.order_check(upload)
    work_on(upload.pk)
    importing.order_import(upload)
    work_on(upload.pk)
    assert people(group)[make_phone(25)]["due_date"] == "2026-12-25"


def test_a_column_that_has_a_day_above_twelve_first_is_not_asked_about():
    upload = checked(make_group(), f"phone,due_date\n{JANE},12/31/2026\n{JOHN},31/12/2026\n")
    assert upload.counts["month_first"] == []


def test_the_columns_are_remembered_for_the_same_headings():
    group = make_group(fields={})
    text = f"Simu,Owed,Ref\n{JANE},5,A1\n"
    upload = begin(group, text)
    choices = mapping.changed_by_hand(
        mapping.from_json(upload.mapping), {"Owed": "Amount owed", "Ref": "ignore"}, group
    )
    importing.choose_columns(upload, choices)
    importing.order_check(upload)
    work_on(upload.pk)
    importing.order_import(upload)
    work_on(upload.pk)
    again = mapping.from_json(begin(group, f"Simu,Owed,Ref\n{JOHN},7,A2\n").mapping)
    assert [(one.role, one.key) for one in again] == [("phone", ""), ("field", "amount_owed"), ("ignore", "")]
    elsewhere = mapping.from_json(begin(make_group(fields={}), text).mapping)
    assert [(one.role, one.label) for one in elsewhere][1] == ("new", "Amount owed")


def test_rejected_rows_are_mended_and_uploaded_again_without_choosing_columns():
    group = ContactGroup.objects.create(name="people")
    content = (DATA / "messy_semicolon_cp1252.csv").read_bytes()
    upload = imported(group, content)
    headings, rows = importing.rejects_of(upload)
    phone = next(one.index for one in mapping.from_json(upload.mapping) if one.role == "phone")
    mended = [[*row[:phone], f"07220000{number:02}", *row[phone + 1 :]] for number, row in enumerate(rows)]
    assert len(mended) == 18
    size = group.contacts.count()
    again = imported(group, "".join(csv_lines(headings, mended)).encode())
    assert (again.counts["rows"], again.counts["created"], again.counts["rejected"]) == (18, 18, 0)
    assert group.contacts.count() == size + 18
    assert not group.fields.filter(key="error").exists()


@pytest.mark.parametrize("numbers, warned", [(2, 0), (3, 3)])
def test_numbers_that_end_in_zeros_and_new_ranges_are_warned_of_and_taken(numbers, warned):
    rows = [f"07{number}1000000" for number in range(numbers)]
    counts = checked(make_group(), "phone\n0109123456\n" + "\n".join(rows)).counts
    assert (counts["created"], counts["rejected"]) == (numbers + 1, 0)
    assert (counts["many_zeros"], counts["new_ranges"]) == (warned, 1)


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


def test_a_workbook_is_unpacked_once(monkeypatch):
    group = ContactGroup.objects.create(name="people")
    upload = begin(group, (DATA / "excel.xlsx").read_bytes(), "excel.xlsx")
    assert upload.spool is not None
    monkeypatch.setattr("contacts.spreadsheets.opening._in_child", None)
    importing.order_check(upload)
    work_on(upload.pk)
    upload.refresh_from_db()
    assert upload.counts["created"] == 150


def test_a_large_file_is_read_in_the_background(monkeypatch):
    monkeypatch.setattr("contacts.importing.uploading.READ_AT_ONCE", 10)
    group = make_group()
    upload = importing.begin_upload(group, "list.csv", [f"phone\n{JANE}\n".encode()], at_once=False)
    assert upload.is_reading
    work_on(upload.pk)
    upload.refresh_from_db()
    assert upload.is_choosing
    broken = importing.begin_upload(group, "list.xlsx", [b"PK\x03\x04" + b"x" * 20], at_once=False)
    work_on(broken.pk)
    broken.refresh_from_db()
    assert broken.has_failed


def test_a_file_past_the_limit_is_refused_while_it_comes(monkeypatch):
    monkeypatch.setattr("contacts.importing.uploading.MOST_TEXT_BYTES", 1 << 20)
    with pytest.raises(BadFile, match="larger"):
        importing.begin_upload(make_group(), "list.csv", (b"0" * (1 << 20) for _ in iter(int, 1)))
    assert not Upload.objects.exists()


def test_two_workers_do_not_do_the_same_upload_and_a_dead_one_is_followed():
    upload = begin(make_group(), f"phone\n{JANE}\n")
    importing.order_check(upload)
    importing.order_import(Upload.objects.get(pk=upload.pk))
    Upload.objects.update(status="importing", claim=1, lease_until=timezone.now() + LEASE)
    work_on(upload.pk)
    assert not Contact.objects.filter(phone=JANE).exists()
    Upload.objects.update(lease_until=timezone.now() - LEASE)
    assert importing.uploads_standing_still(timezone.now()) == [upload.pk]
    work_on(upload.pk)
    assert Contact.objects.filter(phone=JANE).count() == 1
    assert Upload.objects.get().is_done


def test_two_uploads_into_one_group_at_once_both_count(monkeypatch):
    monkeypatch.setattr(chunking, "CHUNK", 50)
    group = make_group()
    text = "phone,name,balance\n" + "".join(f"{make_phone(n)},P,{n}\n" for n in range(500))
    other = "phone,name,balance\n" + "".join(f"{make_phone(n)},Q,{n}\n" for n in range(250, 750))
    uploads = [begin(group, one) for one in (text, other)]
    for upload in uploads:
        Upload.objects.filter(pk=upload.pk).update(status="checked")
        assert importing.order_import(upload)
    workers = [Beside(lambda pk=upload.pk: work_on(pk)) for upload in uploads]
    for worker in workers:
        worker.join()
    counts = [Upload.objects.get(pk=upload.pk).counts for upload in uploads]
    assert sum(one["created"] for one in counts) == group.contacts.count() == 750
    assert sum(one["rows"] for one in counts) == 1000
    group.refresh_from_db()
    assert group.size == 750


def test_an_upload_whose_group_is_gone_is_let_go_of():
    upload = begin(make_group(), f"phone\n{JANE}\n")
    pk = upload.pk
    upload.group.delete()
    work_on(pk)


def test_hidden_rows_and_columns_are_left_out_and_said_and_can_be_chosen(tmp_path):
    group = ContactGroup.objects.create(name="people")
    upload = begin(group, hidden_workbook(tmp_path / "hidden.xlsx").read_bytes(), "hidden.xlsx")
    assert upload.reading["sheet"] == "People"
    assert upload.reading["sheets"] == ["Notes", "People"]
    assert upload.reading["hidden"] == [1, ["C"]]
    assert json.loads(json.dumps(upload.mapping))["2"]["role"] == "ignore"
    kind = {"kind": "workbook", "sheet": "People", "heading_row": -1}
    importing.reread(upload, Reading(**kind, hidden_rows=True, hidden_columns=True))
    upload.refresh_from_db()
    assert importing.noticed(upload) == [
        "1 row is hidden in this sheet and taken too.", "Column C is hidden and taken too."
    ]  # fmt: skip
    assert upload.mapping["2"]["role"] == "new"
    importing.order_check(upload)
    work_on(upload.pk)
    upload.refresh_from_db()
    assert upload.counts["created"] == 3


def read_of_groups():
    """How often an entry of the index over groups has been read so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
    with connection.cursor() as cursor:
        cursor.execute("SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = 'contact_page'")
        return cursor.fetchone()[0]


def test_a_group_that_has_grown_unseen_is_not_read_whole_for_each_person():
    """The database takes it for empty until it looks again: with a million in it, each chunk would take hours."""
    make_group(contacts=3_000)
    group = make_group(contacts=1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE contacts_contact")
    names = "".join(f"2547{number:08},Jane\n" for number in range(20_000_000, 20_001_000))
    imported(group, f"phone,name\n{names}")
    before = read_of_groups()
    changed = imported(group, f"phone,name\n{names}".replace("Jane", "Mary"))
    assert changed.counts["updated"] == 1_000
    gone = imported(group, f"phone,name\n{JANE},Jane\n", mode="replace")
    assert gone.counts["left"] == 1_001
    assert undone(gone)["returned"] == 1_001
    assert undone(changed)["restored"] == 1_000
    # A page of the group now and then is read by it; once for each of a thousand people would be a million.
    assert read_of_groups() - before < 50_000
