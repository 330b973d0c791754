"""Reminders of dates where a number has several rows: each row once for each date, whatever happens to the others."""

import pytest

from campaigns.models import Message, ReminderKey
from campaigns.sending.claim import claim_next
from campaigns.sending.settle import Result, settle
from contacts.models import Contact, ContactGroup, OptOut
from tests.calls import CALL
from tests.makers import make_contact, make_family_group, make_group, make_phone, make_row
from tests.recurring import at, change, remind, send_all, tick

pytestmark = pytest.mark.django_db(transaction=True)

PARENT = make_phone(712345678)
SAME = "School fees are due soon."
ALL = "Dear parent of <name:list>, <due_date:earliest>"


def family(*dates):
    """A parent with a child for each date, called A, B, ..."""
    rows = [(f"12{number}", "ABCD"[number], {"due_date": due, "balance": "500.00"}) for number, due in enumerate(dates)]
    return make_family_group([(PARENT, rows)], name="Pupils")


def child(name):
    return Contact.objects.get(name=name)


def day(number, hour=9):
    """The texts that went on that day."""
    before = set(Message.objects.filter(status="accepted").values_list("pk", flat=True))
    tick(at(days=number, hour=hour))
    send_all()
    sent = Message.objects.filter(status="accepted").exclude(pk__in=before).order_by("pk")
    return [one.text.removeprefix("Dear ").removeprefix("parent of ") for one in sent]


def keys():
    return {(one.reference, one.told_by) for one in ReminderKey.objects.all()}


def test_two_children_with_one_date_each_get_a_text_or_are_named_in_one():
    group = family("2087-05-04", "2087-05-04")
    remind(group, one_text_for="row")
    assert day(0) == ["A, 4 May 2087", "B, 4 May 2087"]
    assert keys() == {("120", "120"), ("121", "121")}
    assert day(1) == []
    remind(group, text=ALL, one_text_for="number", name="Again", launched=at(days=1, hour=10))
    Contact.objects.all().update(values={"due_date": "2087-05-05"})
    assert sorted(day(2)) == ["A and B, 5 May 2087", "A, 5 May 2087", "B, 5 May 2087"]


@pytest.mark.parametrize("way, text", [("row", "Dear <name>, <due_date>"), ("number", ALL)])
def test_children_with_different_dates_are_told_of_each_on_its_own_day(way, text):
    remind(family("2087-05-05", "2087-05-04", "2087-05-05"), text=text, one_text_for=way)
    together = ["A and C, 5 May 2087"] if way == "number" else ["A, 5 May 2087", "C, 5 May 2087"]
    assert [day(0), day(1), day(2)] == [["B, 4 May 2087"], together, []]


@pytest.mark.parametrize("way, text", [("row", "Dear <name>, <due_date>"), ("number", ALL)])
def test_a_date_that_moves_is_told_again_of_its_row_only(way, text):
    group = family("2087-05-04", "2087-05-04")
    remind(group, text=text, one_text_for=way)
    assert day(0)
    change(child("B"), due_date="2087-05-06")
    assert [day(1), day(2)] == [[], ["B, 6 May 2087"]]
    change(child("B"), due_date="2087-05-04")
    assert day(2, hour=10) == day(3) == []


@pytest.mark.parametrize("way, text", [("row", "Dear <name>, <due_date>"), ("number", ALL)])
def test_rows_that_are_deleted_and_uploaded_again_are_not_told_again_and_a_new_sibling_is(way, text):
    group = family("2087-05-04", "2087-05-04")
    remind(group, text=text, one_text_for=way)
    assert day(0)
    Contact.objects.all().delete()
    for reference, name in (("122", "C"), ("121", "B"), ("120", "A")):
        make_row(group, PARENT, reference, name, due_date="2087-05-04")
    assert [day(1), day(2)] == [["C, 4 May 2087"], []]


def test_what_is_paid_for_one_child_leaves_only_its_text_out_at_the_moment_of_sending():
    group = family("2087-05-04", "2087-05-04")
    remind(group, one_text_for="row", filter=[{"field": "balance", "op": ">", "value": "0"}])
    tick(at())
    change(child("A"), balance="0.00")
    send_all()
    assert dict(Message.objects.values_list("reference", "reason")) == {"120": "filter", "121": ""}
    assert keys() == {("121", "121")}
    change(child("A"), balance="200.00")
    assert day(1) == ["A, 4 May 2087"]


def test_whose_date_moves_after_the_texts_were_written_gets_only_the_other_child_s():
    group = family("2087-05-04", "2087-05-04")
    remind(group, one_text_for="row")
    tick(at())
    change(child("B"), due_date="2087-05-05")
    send_all()
    assert dict(Message.objects.values_list("reference", "reason")) == {"120": "", "121": "date_moved"}
    assert day(1) == ["B, 5 May 2087"]


@pytest.mark.parametrize("way, text", [("row", "Dear <name>, <due_date>"), ("number", ALL)])
def test_a_stop_is_of_the_number_and_takes_all_its_keys(way, text):
    group = family("2087-05-04", "2087-05-04")
    remind(group, text=text, one_text_for=way)
    tick(at())
    assert len(keys()) == 2
    OptOut.objects.create(phone=PARENT)
    assert claim_next(CALL) is None
    assert keys() == set()
    assert day(0, hour=10) == []
    OptOut.objects.all().delete()
    assert len(day(1)) == (2 if way == "row" else 1)


def test_a_child_whose_text_would_read_the_same_is_told_by_it_and_not_the_next_day():
    remind(family("2087-05-04", "2087-05-04"), text=SAME, one_text_for="row")
    assert [day(0), day(1), day(2)] == [[SAME], [], []]
    assert keys() == {("120", "120"), ("121", "120")}
    assert Message.objects.get(status="skipped").reason == "same_text"


@pytest.mark.parametrize("outcome", ["rejected", "skipped"])
def test_where_the_text_that_tells_two_children_did_not_go_both_are_made_up_for(outcome):
    remind(family("2087-05-04", "2087-05-04"), text=SAME, one_text_for="row")
    tick(at())
    if outcome == "rejected":
        claim = claim_next(CALL)
        settle(claim, [Result(claim.texts[0].message, Message.Status.REJECTED, "dnd")])
    else:
        OptOut.objects.create(phone=PARENT)
        assert claim_next(CALL) is None
        OptOut.objects.all().delete()
    assert keys() == set()
    assert day(1) == [SAME]


def test_one_child_s_text_that_did_not_go_takes_only_its_own_key():
    remind(family("2087-05-04", "2087-05-04"), one_text_for="row")
    tick(at())
    first, second = claim_next(CALL), claim_next(CALL)
    settle(first, [Result(first.texts[0].message, Message.Status.REJECTED, "dnd")])
    settle(second, [Result(second.texts[0].message, Message.Status.ACCEPTED)])
    ((left, _),) = keys()
    assert left == Message.objects.get(status="accepted").reference
    assert len(day(1)) == 1


def test_what_was_told_before_the_group_had_its_key_is_of_all_rows_and_only_of_that_date():
    group = make_group("Pupils", fields={"adm_no": "text", "due_date": "date"})
    make_contact(group, phone=PARENT, name="A", adm_no="120", due_date="2087-05-04")
    remind(group, one_text_for="row")
    assert day(0) == ["A, 4 May 2087"]
    ContactGroup.objects.filter(pk=group.pk).update(key="adm_no")
    Contact.objects.update(reference="120")
    group.refresh_from_db()
    make_row(group, PARENT, "121", "B", due_date="2087-05-04")
    make_row(group, PARENT, "122", "C", due_date="2087-05-05")
    assert [day(1), day(2)] == [["C, 5 May 2087"], []]
    # And what was told of rows is of the number, once the key is taken away again.
    Contact.objects.exclude(name="C").delete()
    ContactGroup.objects.update(key="")
    Contact.objects.update(reference="")
    assert day(2, hour=10) == day(3) == []


@pytest.mark.parametrize("way, text", [("row", "Dear <name>, <due_date>"), ("number", ALL)])
def test_children_in_two_forms_with_one_key_are_told_together_and_each_once(way, text):
    first = family("2087-05-04")
    second = make_family_group([(PARENT, [("130", "B", {}), ("120", "A again", {})])], name="Form 2")
    Contact.objects.filter(group=second).update(values={"due_date": "2087-05-04"})
    campaign = remind(first, text=text, one_text_for=way)
    campaign.chosen_groups.create(group=second, position=1)
    assert day(0) == (["A and B, 4 May 2087"] if way == "number" else ["A, 4 May 2087", "B, 4 May 2087"])
    assert day(1) == []
