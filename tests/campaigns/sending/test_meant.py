"""What the claim leaves out at the last moment, row by row of a number."""

import pytest

from campaigns.models import Batch, Message, ReminderKey
from campaigns.sending.claim import claim_next
from contacts.models import Contact
from tests.calls import CALL, make_family_run, make_sending_run, wrong_tallies
from tests.makers import make_contact, make_family_group, make_group
from tests.recurring import BEFORE

pytestmark = pytest.mark.django_db(transaction=True)

OWES = [{"field": "balance", "op": ">=", "value": "1"}]


@pytest.fixture
def group():
    """A mother of two, and a father of one."""
    due = {"balance": "500.00", "due_date": "2087-05-04", "note": "a"}
    return make_family_group(
        [
            ("254700000001", [("1201", "Amina", due), ("1202", "Brian", due)]),
            ("254700000002", [("1203", "Carol", due)]),
        ],
        fields={"balance": "money", "due_date": "date", "note": "text"},
    )


def row(reference):
    return Contact.objects.get(reference=reference)


def change(reference, **changes):
    values = changes.pop("values", None)
    if values is not None:
        changes["values"] = row(reference).values | values
    Contact.objects.filter(reference=reference).update(**changes)


def posted():
    return sorted(text.text for claim in iter(lambda: claim_next(CALL), None) for text in claim.texts)


def left_out():
    return dict(Message.objects.filter(status="skipped").values_list("text", "reason"))


CHANGES = {
    "the filter": ({"values": {"balance": "0.00"}}, "filter"),
    "its number": ({"phone": "254700000009"}, "row_gone"),
    "a value that was not updated": ({"not_updated": ["balance"]}, "not_updated:balance"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_of_two_rows_of_a_number_only_that_is_left_out_of_which_it_is_true(group, case):
    make_family_run(group, recheck=True, campaign={"filter": OWES})
    changes, reason = CHANGES[case]
    change("1202", **changes)
    assert posted() == ["Amina 500.00", "Carol 500.00"]
    assert left_out() == {"Brian 500.00": reason}
    assert not wrong_tallies()


def test_a_row_that_is_gone_is_not_told(group):
    make_family_run(group, recheck=True)
    row("1201").delete()
    assert posted() == ["Brian 500.00", "Carol 500.00"]
    assert left_out() == {"Amina 500.00": "filter"}


def test_a_date_that_moved_is_that_of_its_row(group):
    schedule = {"field": "due_date", "time": "09:00", "stages": BEFORE, "yearly": False}
    campaign = {"schedule": schedule, "text": "Dear <name>, <due_date>"}
    run = make_family_run(group, recheck=True, stage="-3", occurrence="2087-05-01", campaign=campaign)
    for one in Message.objects.all():
        ReminderKey.objects.create(
            campaign=run.campaign, stage=run.stage, run=run, phone=one.phone, reference=one.reference,
            told_by=one.reference, stands_for="2087-05-04",
        )  # fmt: skip
    change("1202", values={"due_date": "2087-05-05"})
    assert posted() == ["Amina 500.00", "Carol 500.00"]
    assert left_out() == {"Brian 500.00": "date_moved"}
    assert not ReminderKey.objects.filter(reference="1202").exists()


JOINED = CHANGES | {
    "a value that the text takes": ({"values": {"balance": "400.00"}}, ""),
    "the name that the text takes": ({"name": "Brian Otieno"}, ""),
}


@pytest.mark.parametrize("case", JOINED)
def test_a_text_of_several_rows_is_left_out_whole_where_one_of_them_changed(group, case):
    make_family_run(group, joined=True, recheck=True, campaign={"filter": OWES})
    change("1202", **JOINED[case][0])
    assert posted() == ["Carol 500.00"]
    assert left_out() == {"Amina 500.00 and Brian 500.00": "changed_since"}
    assert not wrong_tallies()


def test_nor_does_it_go_without_one_of_them(group):
    make_family_run(group, joined=True, recheck=True)
    row("1201").delete()
    assert posted() == ["Carol 500.00"]
    assert left_out() == {"Amina 500.00 and Brian 500.00": "changed_since"}


def test_what_the_text_does_not_take_may_change(group):
    make_family_run(group, joined=True, recheck=True, campaign={"text": "Dear parent, KES <balance>"})
    change("1202", name="Brian Otieno", values={"note": "b"})
    assert posted() == ["Amina 500.00 and Brian 500.00", "Carol 500.00"]


@pytest.mark.parametrize("joined", [False, True])
@pytest.mark.parametrize("gone", ["the row", "its number"])
def test_of_what_was_frozen_a_row_must_be_there_with_its_number(group, joined, gone):
    make_family_run(group, joined=joined, check_rows=True)
    if gone == "the row":
        row("1202").delete()
    else:
        change("1202", phone="254700000009")
    assert posted() == (["Carol 500.00"] if joined else ["Amina 500.00", "Carol 500.00"])
    assert set(left_out().values()) == {"row_gone"}
    assert len(left_out()) == 1


@pytest.mark.parametrize("joined", [False, True])
def test_else_it_goes_as_it_was_approved(group, joined):
    make_family_run(group, joined=joined, check_rows=True, campaign={"filter": OWES})
    change("1202", values={"balance": "0.00"}, name="B")
    assert not left_out()
    assert "Brian 500.00" in " ".join(posted())


def test_of_other_runs_no_row_is_looked_for(group):
    make_family_run(group)
    Contact.objects.all().delete()
    assert len(posted()) == 3


def test_a_text_to_a_number_of_a_group_without_a_key_stays_in_what_was_frozen(group):
    other = make_group("Shops")
    contact = make_contact(other, name="Duka", balance="1.00")
    run = make_family_run(group, check_rows=True)
    batch = Batch.objects.order_by("pk").first()
    Message.objects.create(run=run, batch=batch, contact=contact.pk, phone=contact.phone, text="Duka", parts=1)
    contact.delete()
    assert "Duka" in posted()


def test_without_keys_all_stays_as_it_was():
    run = make_sending_run(contacts=3)
    type(run).objects.filter(pk=run.pk).update(recheck=True)
    first, second, third = Contact.objects.order_by("pk")
    first.delete()
    Contact.objects.filter(pk=second.pk).update(phone="254700000009")
    claim = claim_next(CALL)
    assert {one.phone for one in claim.texts} == {second.phone, third.phone}
    assert set(left_out().values()) == {"filter"}
