"""From due to sending: runs begin at their time, are planned, go, wait for a person or are too late."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, connections
from django.utils import timezone

from campaigns import planning
from campaigns.maintenance import start_runs
from campaigns.maintenance.tick import run_tick
from campaigns.models import Batch, Campaign, Run
from campaigns.sending.claim import claim_next
from tests.calls import CALL, planned_run
from tests.makers import make_campaign, make_contact, make_group, make_run
from tests.recurring import at, recurring, send_all, tick, told

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)
MISSED, LATE = "It was missed", "Its time had passed"


def status_of(run):
    return Run.objects.get(pk=run.pk).status


def test_a_run_begins_when_its_time_has_come_and_not_before():
    campaign = make_campaign(make_group(contacts=1))
    due = make_run(campaign, Run.Status.SCHEDULED, scheduled_for=timezone.now() - timedelta(seconds=1))
    later = make_run(campaign, Run.Status.SCHEDULED, occurrence="2030-01-01", scheduled_for=timezone.now() + HOUR)
    assert run_tick().to_plan == [due.pk]
    assert (status_of(due), status_of(later)) == (Run.Status.PLANNING, Run.Status.SCHEDULED)
    # The task was queued; as long as its planner writes, nobody else is sent after it.
    assert run_tick().to_plan == []


def test_planning_that_stands_still_is_found_again():
    run = make_run(make_campaign(make_group(contacts=1)))
    Run.objects.filter(pk=run.pk).update(planning_touched_at=timezone.now() - planning.PLANNING_STANDS_STILL)
    assert run_tick().to_plan == [run.pk]


def test_what_was_planned_is_sent_though_its_planner_died_before_it_could_say_so():
    run = planned_run()
    found = run_tick()
    assert status_of(run) == Run.Status.SENDING
    assert found.may_send


def test_a_run_planned_early_waits_for_its_time():
    run = planned_run()
    Run.objects.filter(pk=run.pk).update(scheduled_for=timezone.now() + HOUR)
    assert not run_tick().may_send
    assert status_of(run) == Run.Status.PLANNED


@pytest.mark.parametrize("status", [Run.Status.SCHEDULED, Run.Status.PLANNED])
def test_what_is_too_late_is_skipped_with_its_reason(status):
    run = planned_run()
    Run.objects.filter(pk=run.pk).update(status=status, not_after=timezone.now() - HOUR)
    run_tick()
    run.refresh_from_db()
    assert (run.status, bool(run.reason)) == (Run.Status.SKIPPED, True)
    assert claim_next(CALL) is None


def test_who_chose_not_to_send_where_values_are_missing_is_asked():
    campaign = make_campaign(make_group(contacts=3), missing_values=Campaign.Missing.BLOCK)
    make_contact(campaign.chosen_groups.get().group, name="John")
    run = make_run(campaign)
    planning.plan_run(run.pk)
    run_tick()
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


def test_the_latest_that_was_missed_is_not_sent_in_the_night_either():
    campaign = recurring()
    tick(at(days=2, hour=21, minute=1))
    assert [one for _, one in told(campaign)] == ["skipped", "skipped", "skipped", "scheduled"]
    assert campaign.runs.get(occurrence="2087-05-03").reason.startswith(LATE)
    assert send_all() == 0


def test_a_limit_of_its_own_says_how_late_it_may_go():
    campaign = recurring(late_limit=timedelta(hours=1))
    tick(at(hour=10, minute=1))
    assert told(campaign)[0] == ("05-01", "skipped")


def test_a_run_that_waits_for_a_person_does_not_go_when_its_time_has_passed():
    campaign = recurring(missing_values=Campaign.Missing.BLOCK)
    make_contact(campaign.chosen_groups.get().group, name="John")
    tick(at())
    assert told(campaign)[0] == ("05-01", "held")
    tick(at(hour=22))
    run = campaign.runs.get(occurrence="2087-05-01")
    assert (run.status, run.reason[:12]) == ("skipped", "Its time pas")
    # Its texts wait for nobody any more.
    assert set(Batch.objects.filter(run=run).values_list("status", flat=True)) == {"cancelled", "settled"}


def test_while_somebody_holds_a_campaign_the_tick_does_not_wait_for_it():
    held, other = recurring(), recurring()
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1 FROM campaigns_campaign WHERE id = %s FOR UPDATE", [held.pk])

        def beat():
            tick(at())
            connections.close_all()

        thread = threading.Thread(target=beat)
        thread.start()
        thread.join(timeout=20)
        assert not thread.is_alive()
        cursor.execute("ROLLBACK")
    assert told(held) == [("05-01", "scheduled")]
    assert told(other)[0][1] in ("planning", "sending")
    tick(at(second=3))
    assert told(held)[0][1] == "sending"


def test_what_has_missed_times_waits_until_it_is_known_which_of_them_may_go():
    recurring()
    with time_machine.travel(at(days=2), tick=False):
        # As in a tick whose hands were full before it came to this campaign.
        assert start_runs.begin_due_runs() == []
