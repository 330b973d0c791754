"""The tick finds whatever is due or was left lying; any number of ticks may run."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import planning
from campaigns.actions import launch, steer
from campaigns.ledger.tallies import totals
from campaigns.maintenance import start_runs, tick
from campaigns.models import Batch, Campaign, Gate, Message, Run
from campaigns.sending.claim import claim_next, mark_posted
from campaigns.sending.settle import Result, settle
from tests.makers import make_campaign, make_contact, make_group, make_run

pytestmark = pytest.mark.django_db(transaction=True)

CALL = timedelta(seconds=70)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def gate(db):
    return Gate.objects.get_or_create(pk=1)[0]


def planned_run(**fields):
    run = make_run(make_campaign(make_group(contacts=3), **fields))
    planning.plan_run(run.pk)
    return run


def status_of(run):
    return Run.objects.get(pk=run.pk).status


def test_a_run_begins_when_its_time_has_come_and_not_before():
    campaign = make_campaign(make_group(contacts=1))
    due = make_run(campaign, Run.Status.SCHEDULED, scheduled_for=timezone.now() - timedelta(seconds=1))
    later = make_run(campaign, Run.Status.SCHEDULED, occurrence="2030-01-01", scheduled_for=timezone.now() + HOUR)
    assert tick.run_tick().to_plan == [due.pk]
    assert (status_of(due), status_of(later)) == (Run.Status.PLANNING, Run.Status.SCHEDULED)
    # The task was queued; as long as its planner writes, nobody else is sent after it.
    assert tick.run_tick().to_plan == []


def test_planning_that_stands_still_is_found_again():
    run = make_run(make_campaign(make_group(contacts=1)))
    Run.objects.filter(pk=run.pk).update(planning_touched_at=timezone.now() - planning.PLANNING_STANDS_STILL)
    assert tick.run_tick().to_plan == [run.pk]


def test_what_was_planned_is_sent_though_its_planner_died_before_it_could_say_so():
    run = planned_run()
    found = tick.run_tick()
    assert status_of(run) == Run.Status.SENDING
    assert found.may_send


def test_a_run_planned_early_waits_for_its_time():
    run = planned_run()
    Run.objects.filter(pk=run.pk).update(scheduled_for=timezone.now() + HOUR)
    assert not tick.run_tick().may_send
    assert status_of(run) == Run.Status.PLANNED


@pytest.mark.parametrize("status", [Run.Status.SCHEDULED, Run.Status.PLANNED])
def test_what_is_too_late_is_skipped_with_its_reason(status):
    run = planned_run()
    Run.objects.filter(pk=run.pk).update(status=status, not_after=timezone.now() - HOUR)
    tick.run_tick()
    run.refresh_from_db()
    assert (run.status, bool(run.reason)) == (Run.Status.SKIPPED, True)
    assert claim_next(CALL) is None


def test_who_chose_not_to_send_where_values_are_missing_is_asked():
    campaign = make_campaign(make_group(contacts=3), missing_values=Campaign.Missing.BLOCK)
    make_contact(campaign.chosen_groups.get().group, name="John")
    run = make_run(campaign)
    planning.plan_run(run.pk)
    tick.run_tick()
    run.refresh_from_db()
    assert (run.status, run.reason[:12]) == (Run.Status.HELD, "1 person has")
    assert claim_next(CALL) is None


def test_planning_that_fails_five_times_halts_with_its_reason():
    run = make_run(make_campaign(make_group(contacts=1)))
    for _ in range(start_runs.MOST_FAILURES):
        assert status_of(run) == Run.Status.PLANNING
        start_runs.planning_failed(run.pk, ValueError("the field balance is gone"))
    run.refresh_from_db()
    assert run.status == Run.Status.HALTED
    assert "the field balance is gone" in run.reason


def test_nothing_is_queued_while_all_sending_is_stopped(gate):
    run = planned_run()
    start_runs.start_run(Run.objects.get(pk=run.pk))
    Gate.objects.update(stopped_at=timezone.now(), stopped_by="Jane")
    assert not tick.run_tick().may_send
    assert claim_next(CALL) is None


def test_the_rest_of_a_cancelled_run_is_cancelled_and_adds_up():
    run = planned_run()
    start_runs.start_run(Run.objects.select_related("campaign").get(pk=run.pk))
    steer.cancel(run.campaign)
    tick.run_tick()
    assert totals(run).counts["cancelled"] == totals(run).audience == 3
    assert set(Batch.objects.values_list("status", flat=True)) == {"cancelled"}


def test_a_run_is_finished_when_nothing_waits_and_its_texts_go_on_being_resolved():
    run = planned_run(status=Campaign.Status.ACTIVE)
    start_runs.start_run(Run.objects.select_related("campaign").get(pk=run.pk))
    claim = claim_next(CALL)
    assert mark_posted(claim)
    tick.run_tick()
    assert status_of(run) == Run.Status.SENDING
    settle(claim, [Result(text.message, Message.Status.ACCEPTED) for text in claim.texts])
    tick.run_tick()
    assert status_of(run) == Run.Status.FINISHED
    assert Campaign.objects.get().status == Campaign.Status.FINISHED


def test_a_campaign_is_launched_once():
    campaign = make_campaign(make_group(contacts=1))
    launch.launch(campaign.pk)
    with pytest.raises(launch.NotADraft):
        launch.launch(campaign.pk)
    assert Run.objects.count() == 1
