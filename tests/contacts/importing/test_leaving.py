"""With the whole list uploaded, who is not in it leaves: nobody else, whatever happens meanwhile."""

import itertools

import pytest

from contacts import importing
from contacts.importing import claims, leaving
from contacts.tasks import work_on
from tests.contacts.uploads import ALI, JANE, JOHN, MARY, checked, imported, people, rows_of, undone
from tests.makers import make_contact, make_group

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("kept, stay", [("", [JANE, JOHN]), (f"{ALI},1\n", [ALI, JANE, JOHN])])
def test_whoever_stands_in_a_rejected_row_does_not_leave(kept, stay):
    """And where all rows are rejected nobody does."""
    group = make_group()
    for phone in (JANE, JOHN, MARY):
        make_contact(group, phone, balance="1.00")
    # An amount that cannot be read, a comma without quotation marks, a number that cannot be read.
    text = f"phone,balance\n{kept}{JANE},abc\n{JOHN},1,500\n{MARY[:-1]},1\n"
    check = checked(group, text, mode="replace")
    assert (check.counts["rejected"], check.counts["leaving"]) == (3, 1 if kept else 0)
    upload = imported(group, text, mode="replace")
    assert sorted(people(group)) == sorted(stay if kept else [*stay, MARY])
    assert upload.counts.get("left", 0) == check.counts["leaving"]


def test_nor_where_her_row_is_too_long_and_any_good_number_makes_a_row_good():
    group = make_group()
    make_contact(group, JANE)
    make_contact(group, JOHN)
    imported(group, f"phone,name\n{ALI},Ali\n{JANE},Jane,Nakuru\n", mode="replace")
    assert sorted(people(group)) == [JANE, ALI]


def test_whoever_is_added_while_others_leave_stays_and_an_undo_ends(monkeypatch):
    group = make_group(contacts=3)
    john = make_contact(group, JOHN, "John")
    real = leaving.lock_as_read

    def added_meanwhile(group):
        if not group.contacts.filter(name="New").exists():
            make_contact(group, MARY, "New")
        return real(group)

    monkeypatch.setattr(leaving, "lock_as_read", added_meanwhile)
    monkeypatch.setattr(leaving, "CHUNK_PEOPLE", 2)
    upload = imported(group, f"phone\n{JANE}\n", mode="replace")
    assert upload.counts["left"] == 4
    assert {one["name"] for one in people(group).values()} == {"", "New"}
    # As an earlier release left it, or a worker's death: somebody who left twice.
    left = upload.changes.get(phone=JOHN)
    left.pk, left.contact_id, left.name = None, left.contact_id + 1_000, "John again"
    left.save()
    assert undone(upload) == {"removed": 1, "restored": 0, "returned": 4, "left": 1}
    assert group.contacts.get(phone=JOHN).pk == john.pk
    assert upload.changes.get().name == "John again"


@pytest.mark.parametrize("dies_at", range(1, 9))
def test_whoever_goes_on_after_a_worker_that_died_takes_out_who_is_still_there(monkeypatch, dies_at):
    group = make_group(contacts=7)
    make_contact(group, JANE)
    before = rows_of(group)
    upload = checked(group, f"phone\n{JANE}\n", mode="replace")
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
    upload.refresh_from_db()
    assert upload.is_importing
    assert upload.counts.get("left", 0) == upload.changes.count() == 8 - group.contacts.count()
    work_on(upload.pk)
    upload.refresh_from_db()
    assert upload.is_done
    assert (upload.counts["left"], list(people(group))) == (7, [JANE])
    assert undone(upload)["returned"] == 7
    assert rows_of(group) == before
