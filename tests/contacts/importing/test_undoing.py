"""An upload is taken back: everybody is as before, but for those who were changed since."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contacts import importing
from contacts.tasks import work_on
from tests.contacts.uploads import JANE, JOHN, MARY, checked, imported, people, rows_of, undone
from tests.makers import make_contact, make_group

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_undo_takes_the_new_away_and_gives_the_changed_their_old_values():
    group = make_group()
    make_contact(group, JANE, "Jane", balance="1.00")
    before = rows_of(group)
    upload = imported(group, f"phone,name,balance\n{JANE},Janet,9\n{JOHN},John,3\n", consent_source="Form")
    assert people(group) == {
        JANE: {"name": "Janet", "balance": "9.00"},
        JOHN: {"name": "John", "balance": "3.00"},
    }
    assert set(group.contacts.values_list("consent_source", flat=True)) == {"Form"}
    assert undone(upload) == {"removed": 1, "restored": 1, "returned": 0, "left": 0}
    assert rows_of(group) == before
    group.refresh_from_db()
    assert group.size == 1


def test_an_undo_leaves_and_lists_who_was_changed_since():
    group = make_group()
    make_contact(group, JANE, "Jane", balance="1.00")
    upload = imported(group, f"phone,name,balance\n{JANE},Jane,9\n{JOHN},John,3\n{MARY},Mary,4\n")
    for phone in (JANE, JOHN):
        by_hand = group.contacts.get(phone=phone)
        by_hand.name, by_hand.updated_at = "By hand", timezone.now()
        by_hand.save()
    later = imported(group, f"phone,name,balance\n{MARY},Mary,40\n")
    assert undone(upload) == {"removed": 0, "restored": 0, "returned": 0, "left": 3}
    assert people(group)[MARY]["balance"] == "40.00"
    assert {one.phone: one.kind for one in upload.changes.all()} == {JANE: "updated", JOHN: "kept", MARY: "kept"}
    assert undone(later)["restored"] == 1
    assert people(group)[MARY]["balance"] == "4.00"


def test_uploads_are_undone_one_after_another_back_to_the_beginning():
    group = make_group()
    first = imported(group, f"phone,balance\n{JANE},1\n{JOHN},1\n")
    after_first = rows_of(group)
    second = imported(group, f"phone,balance\n{JANE},2\n{MARY},2\n")
    undone(second)
    assert rows_of(group) == after_first
    assert undone(first) == {"removed": 2, "restored": 0, "returned": 0, "left": 0}
    assert not group.contacts.exists()


def test_who_leaves_with_the_whole_list_is_named_before_and_comes_back_with_an_undo():
    group = make_group()
    for phone in (JANE, JOHN):
        make_contact(group, phone, balance="1.00")
    before = rows_of(group)
    text = f"phone,balance\n{JANE},1\n"
    check = checked(group, text, mode="replace")
    assert (check.counts["leaving"], check.counts["leavers"]) == (1, [[JOHN, "Jane Wanjiru"]])
    upload = imported(group, text, mode="replace")
    assert list(people(group)) == [JANE]
    assert upload.counts["left"] == 1
    assert undone(upload)["returned"] == 1
    assert rows_of(group) == before


def written(upload):
    assert importing.order_import(upload), (upload.status, upload.error)
    work_on(upload.pk)
    upload.refresh_from_db()
    return upload


def test_uploads_are_undone_by_the_order_in_which_they_were_written_not_begun():
    group = make_group()
    second = checked(group, f"phone,balance\n{JANE},1\n")
    first = checked(group, f"phone,balance\n{JANE},2\n{JOHN},2\n")
    written(first)
    written(second)
    assert undone(first) == {"removed": 1, "restored": 0, "returned": 0, "left": 1}
    assert [one.phone for one in first.changes.all()] == [JANE]
    assert people(group)[JANE]["balance"] == "1.00"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_whom_an_upload_added_and_another_took_out_does_not_come_back_when_both_are_undone(order):
    group = make_group()
    make_contact(group, MARY, balance="3.00")
    before = rows_of(group)
    added = imported(group, f"phone,balance\n{MARY},4\n{JANE},1\n{JOHN},1\n")
    whole = imported(group, f"phone,balance\n{JOHN},1\n", mode="replace")
    assert whole.counts["left"] == 2
    uploads = (added, whole)
    told = [undone(uploads[one])["left"] for one in order]
    if order == (0, 1):
        # Mary was away when her old value was to be restored: she is listed, and comes back as that upload left her.
        assert told == [1, 0]
        assert people(group)[MARY]["balance"] == "4.00"
    else:
        assert told == [0, 0]
        assert rows_of(group) == before
    assert set(people(group)) == {MARY}


def test_two_whole_lists_that_were_checked_beside_each_other_leave_nobody_behind():
    group = make_group()
    one = checked(group, f"phone\n{JANE}\n", mode="replace")
    other = checked(group, f"phone\n{JOHN}\n", mode="replace")
    written(other)
    written(one)
    assert list(people(group)) == [JANE]
    undone(other)
    assert list(people(group)) == [JANE]
    undone(one)
    assert not people(group)


def test_nobody_comes_back_beside_somebody_who_took_the_number_since():
    group = make_group()
    make_contact(group, JANE, balance="1.00")
    make_contact(group, JOHN, balance="1.00")
    upload = imported(group, f"phone,balance\n{JANE},1\n", mode="replace")
    make_contact(group, JOHN, "Another")
    assert undone(upload) == {"removed": 0, "restored": 0, "returned": 0, "left": 1}
    assert people(group)[JOHN]["name"] == "Another"


def test_an_undo_is_refused_after_thirty_days():
    upload = imported(make_group(), f"phone\n{JANE}\n")
    upload.finished_at -= timedelta(days=30)
    upload.save()
    assert not importing.order_undo(upload)
