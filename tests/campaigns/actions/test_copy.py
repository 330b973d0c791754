"""A campaign that is used again is like the earlier one, but for what a draft has of its own."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import AuditEntry
from campaigns import planning
from campaigns.actions.copy import OF_ITS_OWN, use_again
from campaigns.actions.launch import launch
from campaigns.actions.retry import make_draft
from campaigns.audience import audience_of, chosen, retries
from campaigns.checking.blockers import launch_blockers
from campaigns.maintenance.retention import delete_runs_before
from campaigns.models import Campaign, Message, Run
from campaigns.models.transitions import NotPossible
from contacts.models import Contact
from tests.makers import make_campaign, make_contact, make_family_group, make_group, make_row, make_run
from tests.segments import campaign_to, segment_of

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = {one.name for one in Campaign._meta.concrete_fields}


def finished(campaign):
    """Its one run, planned and over."""
    run = make_run(campaign)
    assert planning.plan_run(run.pk)
    Run.objects.filter(pk=run.pk).update(status="finished", finished_at=timezone.now())
    run.refresh_from_db()
    return run


def people_of(campaign):
    audience, today = audience_of(campaign), timezone.localdate()
    return sorted(
        phone for group in audience.groups for phone in audience.members(group, today).values_list("phone", flat=True)
    )


def test_it_has_every_field_of_its_campaign_but_those_of_its_own():
    others = {
        "kind": "promotional", "filter": [{"field": "balance", "op": ">", "value": "1"}], "upload_id": 7,
        "audience": "frozen", "language": "sw", "missing_values": "block", "old_values": "send",
        "zero_amounts": "skip", "one_text_for": "row", "uncertain": "resend", "spend_limit": 900,
        "zone": "Africa/Kampala", "late_limit": timedelta(hours=2), "catch_up_days": 3,
        "schedule": {"rrule": "FREQ=DAILY", "time": "09:00"}, "send_at": timezone.now() + timedelta(days=1),
    }  # fmt: skip
    campaign = make_campaign(make_group(), text="Pay <balance>", status="finished", **others)
    draft = use_again(campaign)
    taken_over = FIELDS - OF_ITS_OWN
    assert taken_over == {name.removesuffix("_id") for name in others} | {"text", "template", "sender"}
    for name in taken_over:
        attname = Campaign._meta.get_field(name).attname
        assert getattr(draft, attname) == getattr(campaign, attname), name
    assert (draft.is_draft, draft.name, draft.of_run) == (True, "Reminders 2", None)
    assert AuditEntry.objects.get(act="campaign used again").about == f"campaign {draft.pk}"


def test_what_is_of_its_own_is_there():
    assert OF_ITS_OWN <= FIELDS


def test_it_keeps_groups_in_their_order_segments_and_exclusions(loans, shops):
    campaign = campaign_to(segment_of(loans), without=[segment_of(loans, name="not")])
    campaign.chosen_groups.create(group=shops, position=0)
    campaign.chosen_groups.create(group=loans, position=1)
    campaign.exclude_groups.set([shops])
    before, after = chosen(campaign), chosen(use_again(campaign))
    for part in ("groups", "segments", "exclude_groups", "exclude_segments"):
        assert getattr(after, part) == getattr(before, part) != [], part


@pytest.mark.parametrize(
    ("sent", "proposed"),
    [
        (datetime(2026, 11, 5, 6, tzinfo=UTC), datetime(2026, 12, 5, 6, tzinfo=UTC)),
        (datetime(2026, 11, 2, 6, tzinfo=UTC), datetime(2027, 1, 2, 6, tzinfo=UTC)),
        (datetime(2026, 10, 31, 6, tzinfo=UTC), datetime(2026, 12, 31, 6, tzinfo=UTC)),
        (datetime(2026, 12, 20, 6, tzinfo=UTC), datetime(2026, 12, 20, 6, tzinfo=UTC)),
        (None, None),
    ],
)
def test_its_time_is_the_next_of_its_kind(sent, proposed):
    with time_machine.travel(datetime(2026, 12, 3, 12, tzinfo=UTC), tick=False):
        assert use_again(make_campaign(make_group(), send_at=sent)).send_at == proposed


def test_a_rule_begins_anew():
    schedule = {"rrule": "FREQ=DAILY;COUNT=3", "time": "09:00", "from": "2020-01-01"}
    campaign = make_campaign(make_group(), schedule=schedule, status="finished")
    assert use_again(campaign).schedule == {"rrule": "FREQ=DAILY;COUNT=3", "time": "09:00"}
    assert campaign.schedule["from"] == "2020-01-01"


def test_the_same_people_are_those_of_then_with_the_values_of_now(loans):
    campaign = make_campaign(loans, filter=[{"field": "balance", "op": ">", "value": "10"}])
    run = finished(campaign)
    went = sorted(Message.objects.filter(run=run).values_list("phone", flat=True))
    assert len(went) == 3
    # Since then one has paid, somebody has come, and one has left.
    Contact.objects.filter(phone="254711000002").update(values={"balance": "0.00"})
    make_contact(loans, "254711000009", balance="900.00")
    Contact.objects.filter(phone="254711000003").delete()
    draft = use_again(campaign, of_run=run)
    assert people_of(draft) == ["254711000001", "254711000002"]
    assert people_of(use_again(campaign)) == ["254711000001", "254711000009"]
    assert launch_blockers(audience_of(draft), timezone.now()) == []
    assert audience_of(draft).reach == 3


def test_the_same_people_of_a_segment_are_had_from_its_groups(loans):
    campaign = campaign_to(segment_of(loans))
    run = finished(campaign)
    went = sorted(Message.objects.filter(run=run).values_list("phone", flat=True))
    Contact.objects.update(values={"balance": "0.00"})
    draft = use_again(campaign, of_run=run)
    assert people_of(draft) == went != []


def test_who_is_to_be_left_out_now_is_left_out_of_the_same_people(loans, shops):
    campaign = make_campaign(loans)
    campaign.exclude_groups.set([shops])
    run = finished(campaign)
    make_contact(shops, "254711000000")
    assert "254711000000" not in people_of(use_again(campaign, of_run=run))


def test_of_rows_of_one_number_those_of_then_are_meant():
    group = make_family_group([("254711000001", [("1", "Amina", {"balance": "5.00"})])])
    campaign = make_campaign(group, one_text_for="row")
    run = finished(campaign)
    make_row(group, "254711000001", "2", "Baraka", balance="5.00")
    draft = use_again(campaign, of_run=run)
    members = audience_of(draft).members(group, timezone.localdate())
    assert [one.reference for one in members] == ["1"]


@pytest.mark.parametrize("status", ["sending", "scheduled", "paused", "cancelled"])
def test_people_are_taken_of_what_was_sent_alone(status):
    campaign = make_campaign(make_group(contacts=1))
    run = make_run(campaign, status=status)
    with pytest.raises(NotPossible):
        use_again(campaign, of_run=run)


def test_what_recurs_goes_once_to_the_same_people():
    campaign = make_campaign(make_group(contacts=2), schedule={"rrule": "FREQ=DAILY", "time": "09:00"})
    run = finished(campaign)
    assert use_again(campaign, of_run=run).schedule is None


def test_a_text_to_the_same_people_has_nothing_to_do_with_a_retry():
    """Who had the next month's text is still to get last month's that failed, and both may go at a time."""
    campaign = make_campaign(make_group(contacts=2), status="finished")
    run = finished(campaign)
    Message.objects.filter(run=run).update(status="undelivered", reason="delivery_impossible")
    passing = retries.PASSING[0]
    Message.objects.filter(run=run).update(reason=passing)
    run.batches.update(tally={"undelivered": 2}, failures={passing: 2})
    again = use_again(campaign, of_run=run)
    launch(again.pk)
    finished_again = again.runs.get()
    planning.begin_planning(finished_again)
    planning.plan_run(finished_again.pk)
    retry = make_draft(run, Campaign.Only.FAILED, None)
    assert len(people_of(retry)) == 2
    assert launch_blockers(audience_of(retry), timezone.now()) == []
    # And the other way round.
    assert retries.under_way(again) is None


def test_old_runs_are_kept_for_a_draft_and_not_for_what_is_over():
    """Or each month's people would be kept for the next one's, for ever."""
    campaign = make_campaign(make_group(contacts=2), status="finished")
    run = finished(campaign)
    again = use_again(campaign, of_run=run)
    assert delete_runs_before(timezone.now(), time.monotonic() + 5) == 0
    Campaign.objects.filter(pk=again.pk).update(status="finished")
    assert delete_runs_before(timezone.now(), time.monotonic() + 5) == 1
    again.refresh_from_db()
    assert again.of_run is None
    assert people_of(again) == []
