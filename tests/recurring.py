"""What recurs and what reminds, tick by tick, at times far ahead."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import time_machine

from campaigns import planning
from campaigns.actions import launch
from campaigns.maintenance import start_runs
from campaigns.maintenance.tick import run_tick
from campaigns.models import Message, Run
from campaigns.sending.claim import claim_next, mark_posted
from campaigns.sending.settle import Result, settle
from contacts.models import Contact
from tests.calls import CALL
from tests.makers import make_campaign, make_contact, make_group

# A Thursday; later than any real clock, for the database's own cannot be moved.
# Far ahead: the database goes by its own clock, and what is due then must not be past for it.
DAY = datetime(2087, 5, 1, tzinfo=ZoneInfo("Africa/Nairobi"))

BEFORE = [{"days_before": 3}]


def at(days=0, hour=9, minute=0, second=0):
    return DAY + timedelta(days=days, hours=hour, minutes=minute, seconds=second)


def recurring(rrule="FREQ=DAILY", time="09:00", people=2, launched=None, **fields):
    schedule = {"rrule": rrule, "time": time, **fields.pop("schedule", {})}
    campaign = make_campaign(make_group(contacts=people), schedule=schedule, **fields)
    with time_machine.travel(launched or at(hour=8), tick=False):
        launch.launch(campaign.pk)
    campaign.refresh_from_db()
    return campaign


def tick(moment):
    """One tick, and the planning that it asks for, at that moment."""
    with time_machine.travel(moment, tick=False):
        found = run_tick()
        for run in found.to_plan:
            if planning.plan_run(run):
                start_runs.start_run(Run.objects.select_related("campaign").get(pk=run))
        return found


def send_all():
    """Claim and settle whatever may go now; how many texts went."""
    sent = 0
    while claim := claim_next(CALL):
        assert mark_posted(claim)
        settle(claim, [Result(text.message, Message.Status.ACCEPTED) for text in claim.texts])
        sent += len(claim.texts)
    return sent


def told(campaign):
    """Its runs by time: day and status."""
    runs = campaign.runs.order_by("scheduled_for", "stage")
    return [(run.occurrence[-5:], run.status) for run in runs]


def remind(group, stages=BEFORE, launched=None, field="due_date", yearly=False, **fields):
    schedule = {"field": field, "time": "09:00", "stages": stages, "yearly": yearly}
    text = fields.pop("text", "Dear <name>, <due_date>")
    campaign = make_campaign(group, schedule=schedule, text=text, **fields)
    with time_machine.travel(launched or at(hour=8), tick=False):
        launch.launch(campaign.pk)
    campaign.refresh_from_db()
    return campaign


def person(group, due, **values):
    return make_contact(group, due_date=due, **values)


def change(contact, **values):
    Contact.objects.filter(pk=contact.pk).update(values={**contact.values, **values})
