"""The file's numbers of a child replace those that it had: values stay, nobody is lost, and an undo brings all back."""

import itertools
import threading

import pytest
from django.db import connection

from contacts import importing
from contacts.importing import chunking, claims, leaving
from contacts.models import Contact, UploadChange
from contacts.people.keys import give_key
from contacts.people.merge import IncomingPerson, merge_people
from contacts.tasks import work_on
from tests.contacts.importing.test_siblings import HEADINGS, counts, family, rows_in
from tests.contacts.uploads import ALI, JANE, JOHN, MARY, checked, imported, rows_of, undone

pytestmark = pytest.mark.django_db(transaction=True)


def summed(upload):
    """What the check said is what the import did, and each row is counted once."""
    told = counts(upload)
    assert told[0] == sum(told[1:])
    return told


def test_twelve_numbers_are_replaced_and_every_other_value_stays():
    children = [
        (f"2547000000{number:02}", f"{1200 + number}", f"Child {number}", f"{number}.00") for number in range(20)
    ]
    group = family(*children)
    group.contacts.update(consent_source="Form")
    Contact.objects.filter(reference="1203").update(not_updated=["balance"])
    before = rows_of(group)
    text = "phone,adm no\n" + "".join(
        f"{f'2547111111{number:02}' if number < 12 else phone},{written}\n"
        for number, (phone, written, *_) in enumerate(children)
    )
    check, upload = checked(group, text), imported(group, text)
    assert summed(upload) == (20, 0, 12, 8, 0, 0) == summed(check)
    assert upload.counts["renumbered"] == check.counts["renumbered"] == 12
    assert check.counts["numbers"][0] == [children[0][0], "Child 0"]
    assert importing.describe_siblings(upload) == [
        "12 numbers are replaced: the file gives another for the same adm_no."
    ]
    now = rows_in(group)
    assert now["254711111103", "1203"] == ("Child 3", "3.00")
    assert ("254700000003", "1203") not in now and len(now) == 20
    assert group.contacts.get(reference="1203").not_updated == ["balance"]
    assert set(group.contacts.values_list("consent_source", flat=True)) == {"Form"}
    assert upload.changes.filter(kind="number").count() == 12
    # And back: with the ids that they had.
    assert undone(upload) == {"removed": 12, "restored": 0, "returned": 12, "left": 0}
    assert rows_of(group) == before


def test_a_number_that_the_file_no_longer_gives_is_a_change_of_the_child():
    group = family((JANE, "1201", "Amina", "1.00"), (JOHN, "1201", "Amina", "1.00"), (MARY, "1202", "Juma", "2.00"))
    text = f"{HEADINGS}{JANE},Amina,1201,1\n"
    check, upload = checked(group, text), imported(group, text)
    assert summed(upload) == (1, 0, 1, 0, 0, 0) == summed(check)
    # Another child, of whom the file says nothing, stays: it is not the whole list.
    assert set(rows_in(group)) == {(JANE, "1201"), (MARY, "1202")}
    assert (check.counts["leaving"], upload.counts["left"]) == (0, 0)


def test_a_child_that_loses_several_numbers_in_several_steps_is_changed_once(monkeypatch):
    monkeypatch.setattr(leaving, "CHUNK_PEOPLE", 1)
    group = family(*((phone, "1201", "Amina", "1.00") for phone in (JANE, JOHN, MARY, ALI)))
    upload = imported(group, f"{HEADINGS}{JANE},Amina,1201,1\n{ALI},Amina,1201,1\n")
    assert (summed(upload), upload.counts["renumbered"]) == ((2, 0, 1, 1, 0, 0), 2)


def test_what_the_file_says_comes_on_top_of_what_the_child_had():
    group = family((JANE, "1201", "Amina", "1.00"))
    upload = imported(group, f"phone,name,adm no,balance\n{JOHN},Amina Wanjiru,1201,\n{MARY},,1201,9\n")
    assert summed(upload) == (2, 0, 2, 0, 0, 0)
    assert rows_in(group) == {(JOHN, "1201"): ("Amina Wanjiru", "1.00"), (MARY, "1201"): ("Amina", "9.00")}


def test_a_script_adds_a_number_and_never_takes_one_away():
    group = family((JANE, "1201", "Amina", "1.00"))
    values = {"adm_no": "1201", "balance": None}
    merged = merge_people(group, [IncomingPerson(JOHN, None, values, "1201")], by="key:1")
    assert (merged.created, merged.updated) == (0, 1)
    assert rows_in(group) == {(JANE, "1201"): ("Amina", "1.00"), (JOHN, "1201"): ("Amina", None)}
    assert not UploadChange.objects.exists()


def test_which_chunk_a_row_stands_in_decides_nothing(monkeypatch):
    monkeypatch.setattr(chunking, "CHUNK_ROWS", 1)
    group = family((ALI, "1300", "Ali", "1.00"))
    upload = imported(group, f"{HEADINGS}{JANE},Amina,1201,5\n{JOHN},,1201,\n")
    assert summed(upload) == (2, 2, 0, 0, 0, 0)
    assert rows_in(group)[JANE, "1201"] == ("Amina", "5.00")
    assert rows_in(group)[JOHN, "1201"] == ("", None)


def test_who_is_in_no_row_leaves_with_the_whole_list_and_comes_back():
    group = family((JANE, "1201", "Amina", "1.00"), (JANE, "1202", "Juma", "2.00"), (MARY, "1203", "Neema", "3.00"))
    before = rows_of(group)
    text = f"{HEADINGS}{JOHN},Amina,1201,1\n{JANE},Juma,1202,2\n"
    check, upload = checked(group, text, mode="replace"), imported(group, text, mode="replace")
    assert (check.counts["leaving"], check.counts["leavers"]) == (1, [[MARY, "Neema"]])
    assert (upload.counts["left"], upload.counts["renumbered"]) == (1, 1)
    assert set(rows_in(group)) == {(JOHN, "1201"), (JANE, "1202")}
    assert undone(upload) == {"removed": 1, "restored": 0, "returned": 2, "left": 0}
    assert rows_of(group) == before


def test_siblings_who_leave_together_come_back_together():
    group = family((JANE, "1201", "Amina", "1.00"), (JANE, "1202", "Juma", "2.00"), (MARY, "1203", "Neema", "3.00"))
    before = rows_of(group)
    upload = imported(group, f"{HEADINGS}{MARY},Neema,1203,3\n", mode="replace")
    assert (upload.counts["left"], set(rows_in(group))) == (2, {(MARY, "1203")})
    assert undone(upload)["returned"] == 2
    assert rows_of(group) == before


@pytest.mark.parametrize(
    "row",
    [
        f"{JANE},Amina,1201,many",  # both are known: its row, and no other number of the child
        f"{JANE},Amina,,5",  # no reference: every row of the number
        "07,Amina,1201,5",  # no number: every number of the child
        f"{JANE} / {JOHN},Amina,1201,5",  # which of the two numbers cannot be told
        f"{ALI},Amina,1201,many",  # a new number with an amount that cannot be read: the child is in the file
    ],
)
def test_whoever_stands_in_a_rejected_row_stays(row):
    group = family((JANE, "1201", "Amina", "1.00"), (MARY, "1202", "Juma", "2.00"), (JOHN, "1204", "Ali", "2.00"))
    text = f"{HEADINGS}{row}\n{JOHN},Ali,1204,2\n"
    check, upload = checked(group, text, mode="replace"), imported(group, text, mode="replace")
    assert (upload.counts["rejected"], upload.counts["left"], check.counts["leaving"]) == (1, 1, 1)
    assert set(rows_in(group)) == {(JANE, "1201"), (JOHN, "1204")}


@pytest.mark.parametrize(
    "row, stays",
    [
        (f"{JANE},Amina,1201,many", True),
        (f"{JANE},Amina,,5", True),
        ("07,Amina,1201,5", True),
        (f"{ALI},Amina,1201,many", False),
    ],
)
def test_a_number_stays_where_a_rejected_row_may_mean_it(row, stays):
    group = family((JANE, "1201", "Amina", "1.00"))
    upload = imported(group, f"{HEADINGS}{row}\n{JOHN},Amina,1201,2\n")
    assert ((JANE, "1201") in rows_in(group)) == stays
    assert upload.counts.get("renumbered", 0) == (not stays)


@pytest.mark.parametrize(
    "row, marked",
    [
        (f"{JANE},Amina,1201,many", {(JANE, "1201")}),
        (f"{JANE},Amina,,5", {(JANE, "1201"), (JANE, "1202")}),
        ("07,Amina,1201,5", {(JANE, "1201"), (MARY, "1201")}),
        (f"{ALI},Amina,1201,many", {(JANE, "1201"), (MARY, "1201")}),
        (f"{JANE},Amina,1209,many", set()),
    ],
)
def test_a_rejected_row_marks_whom_it_may_mean(row, marked):
    group = family((JANE, "1201", "Amina", "1.00"), (JANE, "1202", "Juma", "2.00"), (MARY, "1201", "Amina", "1.00"))
    text = f"{HEADINGS}{row}\n{ALI},New,1300,1\n"
    check, upload = checked(group, text), imported(group, text)
    found = {(one.phone, one.reference): one.not_updated for one in group.contacts.all() if one.not_updated}
    assert set(found) == marked
    assert upload.counts["not_updated"] == check.counts["not_updated"] == len(marked)
    assert all(set(keys) == {"adm_no", "balance"} for keys in found.values())
    assert upload.counts["unmarked"] == 0


def test_a_new_number_of_a_known_child_brings_no_old_amount_that_passes_for_a_new_one():
    group = family((JANE, "1201", "Amina", "1.00"))
    text = f"{HEADINGS}{JOHN},Amina,1201,many\n"
    assert imported(group, text).counts["rejected"] == 1
    upload = imported(group, text, keep_stale=True)
    assert (upload.counts["updated"], upload.counts["not_updated"]) == (1, 1)
    assert group.contacts.get(phone=JOHN).not_updated == ["balance"]


@pytest.mark.parametrize("dies_at", range(1, 8))
def test_whoever_goes_on_after_a_worker_that_died_replaces_the_rest(monkeypatch, dies_at):
    children = [(f"2547000000{number:02}", f"{1200 + number}", "Child", f"{number}.00") for number in range(6)]
    group = family(*children)
    before = rows_of(group)
    text = "phone,adm no\n" + "".join(f"2547111111{number:02},{one[1]}\n" for number, one in enumerate(children))
    upload = checked(group, text)
    assert importing.order_import(upload)
    calls = itertools.count(1)

    def dying(*changed, **how):
        if next(calls) == dies_at:
            raise SystemError("killed")
        return claims.move_on(*changed, **how)

    monkeypatch.setattr(leaving, "CHUNK_PEOPLE", 2)
    monkeypatch.setattr(leaving, "move_on", dying)
    with pytest.raises(SystemError):
        work_on(upload.pk)
    work_on(upload.pk)
    upload.refresh_from_db()
    assert upload.is_done
    assert (summed(upload), upload.counts["renumbered"]) == ((6, 0, 6, 0, 0, 0), 6)
    assert {phone[:8] for phone, _ in rows_in(group)} == {"25471111"}
    assert undone(upload)["returned"] == 6
    assert rows_of(group) == before


def test_of_two_uploads_at_once_none_takes_the_last_number_of_a_child():
    """Each has written its own number, and both let the other's go: one of the two stays."""
    group = family((JANE, "1201", "Amina", "1.00"))
    uploads = [checked(group, f"{HEADINGS}{phone},Amina,1201,1\n") for phone in (JOHN, MARY)]
    written = threading.Barrier(2)
    real, errors = leaving.leavers, []

    def both_written(*args):
        written.wait(20)
        yield from real(*args)

    def work(upload):
        try:
            work_on(upload.pk)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leaving, "leavers", both_written)
        for upload in uploads:
            assert importing.order_import(upload)
        threads = [threading.Thread(target=work, args=[upload]) for upload in uploads]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert not errors
    left = {phone for phone, _ in rows_in(group)}
    assert len(left) == 1 and left <= {JOHN, MARY}


def test_an_upload_of_before_the_key_is_not_undone():
    group = family((JANE, "1201", "Amina", "1.00"))
    upload = imported(group, f"{HEADINGS}{JOHN},Amina,1201,1\n")
    values = {"adm_no": "1201", "other": "7"}
    group.contacts.update(values=values)
    other = group.fields.create(key="other", label="Other")
    give_key(group, other)
    upload.refresh_from_db()
    upload.group.refresh_from_db()
    assert not importing.order_undo(upload)
    give_key(group, group.fields.get(key="adm_no"))
    upload.group.refresh_from_db()
    assert importing.order_undo(upload)
    # The key changes between the order and the worker.
    give_key(group, other)
    work_on(upload.pk)
    upload.refresh_from_db()
    assert upload.has_failed and "in another way by now" in upload.error
    assert [one.phone for one in group.contacts.all()] == [JOHN]
