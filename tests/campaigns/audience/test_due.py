"""Whom a run of a reminder means."""

from datetime import date

import pytest

from campaigns.audience.due import Due, reminder_due
from campaigns.models import Message
from contacts.models import Contact
from tests.makers import make_group
from tests.recurring import at, person, remind, send_all, tick

pytestmark = pytest.mark.django_db(transaction=True)


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
    monkeypatch.setattr(Due, "not_yet", Due.among)
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
