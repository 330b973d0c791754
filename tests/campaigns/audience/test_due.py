"""Whom a run of a reminder means."""

from datetime import date
from types import SimpleNamespace

import pytest

from campaigns.audience import audience_of
from campaigns.audience.due import Due, moved, reminder_due
from campaigns.models import Message, ReminderKey
from contacts.models import Contact
from tests.makers import make_contact, make_family_group, make_group, make_phone
from tests.recurring import at, change, person, remind, send_all, tick

pytestmark = pytest.mark.django_db(transaction=True)
PARENT = make_phone(712345678)


@pytest.fixture
def group():
    return make_group("loans")


def day(number, hour=9):
    tick(at(days=number, hour=hour))
    return send_all()


def texts(contact):
    return [one.text[-10:] for one in Message.objects.filter(phone=contact.phone, status="accepted").order_by("pk")]


def test_the_key_decides_though_both_planners_looked_before_there_was_one(group, monkeypatch):
    jane = person(group, "2087-05-04")
    campaign = remind(group, catch_up_days=3)
    assert day(0) == 1
    due = reminder_due(campaign, "before_3", date(2087, 5, 2))
    assert due.among(Contact.objects.all()).count() == 1
    assert not due.not_yet(Contact.objects.all()).exists()
    # As it would be for a planner whose snapshot is older than the key.
    monkeypatch.setattr(Due, "not_yet", lambda due, contacts, **_: due.among(contacts))
    assert day(1) == 0
    assert texts(jane) == ["4 May 2087"]
    assert campaign.runs.get(occurrence="2087-05-02").audience == 0


def test_a_stage_that_was_taken_out_or_a_reminder_that_became_a_rule_never_means_everybody(group):
    person(group, "2087-05-04")
    person(group, "2087-09-09")
    campaign = remind(group)
    for schedule in (
        {"rrule": "FREQ=DAILY", "time": "09:00"},
        {"field": "due_date", "time": "09:00", "stages": [{"days_after": 1}]},
    ):
        campaign.schedule = schedule
        due = reminder_due(campaign, "before_3", date(2087, 5, 1))
        assert not due.not_yet(Contact.objects.all()).exists()
    campaign.schedule = {"rrule": "FREQ=DAILY", "time": "09:00"}
    campaign.save()
    assert day(0) == 0


def keyed(*keys, stage="before_3", due="2087-05-04"):
    """Two children of a number and a row of it without a reference, their reminder, and its keys (reference, date)."""
    group = make_family_group(
        [(PARENT, [(one, f"Child {one}", {"due_date": due}) for one in ("1201", "1202")])], name="family"
    )
    make_contact(group, phone=PARENT, due_date=due)
    campaign = remind(group)
    run = campaign.runs.get(stage=stage)
    for reference, about in keys:
        ReminderKey.objects.create(
            campaign=campaign, stage=stage, phone=PARENT, reference=reference, stands_for=about, run=run
        )
    return group, campaign, run


@pytest.mark.parametrize(
    "told, left",
    [
        ([], ["", "1201", "1202"]),
        (["1201"], ["1202"]),  # a row without a reference may be any of them
        ([""], []),  # of before the group had a key: all were told
        (["1201", "1202"], []),
    ],
)
def test_a_row_is_not_reminded_by_what_was_told_of_another(told, left):
    group, campaign, _ = keyed(*((one, "2087-05-04") for one in told))
    members = audience_of(campaign).members(group, date(2087, 5, 1), "before_3")
    assert sorted(members.values_list("reference", flat=True)) == left


def test_a_date_that_moved_is_that_of_its_row():
    _, _, run = keyed(("1201", "2087-05-04"), ("1202", "2087-05-04"))
    rows = {one.reference: one for one in Contact.objects.all()}
    change(rows["1202"], due_date="2087-05-20")
    change(rows[""], due_date="2087-05-20")
    people = [
        SimpleNamespace(contact=one.pk, phone=one.phone, reference=one.reference, values=one.values, group=one.group_id)
        for one in Contact.objects.all()
    ]
    key_in = audience_of(run.campaign).choice.key_in
    assert moved(run, people, key_in) == {rows["1202"].pk, rows[""].pk}
    ReminderKey.objects.filter(reference="1201").update(stands_for="2087-05-20")
    assert moved(run, people, key_in) == {rows["1201"].pk, rows["1202"].pk}
    ReminderKey.objects.filter(reference="1202").delete()
    ReminderKey.objects.update(reference="")
    assert moved(run, people, key_in) == {rows["1201"].pk}
