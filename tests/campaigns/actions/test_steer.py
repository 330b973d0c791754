"""Pause, resume, cancel, and leaving out one occurrence."""

import pytest
import time_machine

from campaigns import planning
from campaigns.actions import steer
from campaigns.maintenance import start_runs
from campaigns.maintenance.tick import run_tick
from campaigns.models import Run
from campaigns.sending.claim import claim_next
from tests.calls import CALL
from tests.recurring import at, recurring, send_all, tick, told

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_pause_holds_what_is_due_and_lets_it_go_within_the_limit():
    campaign = recurring()
    steer.pause(campaign)
    tick(at())
    assert told(campaign) == [("05-01", "scheduled"), ("05-02", "scheduled")]
    steer.resume(campaign)
    tick(at(hour=11))
    assert send_all() == 2


def test_a_pause_beyond_the_limit_skips_with_that_for_a_reason():
    campaign = recurring()
    steer.pause(campaign)
    tick(at(hour=22))
    assert campaign.runs.get(occurrence="2087-05-01").reason == "The campaign was paused until its time had passed."
    steer.resume(campaign)
    tick(at(days=1))
    assert send_all() == 2


def test_a_pause_stops_a_run_that_is_being_prepared():
    campaign = recurring()
    with time_machine.travel(at(), tick=False):
        (run,) = run_tick().to_plan
        steer.pause(campaign)
        planning.plan_run(run)
        assert not start_runs.start_run(Run.objects.get(pk=run))
    tick(at(second=3))
    assert told(campaign)[0] == ("05-01", "planned")
    assert claim_next(CALL) is None
    steer.resume(campaign)
    tick(at(second=6))
    assert send_all() == 2


def test_cancelled_it_has_no_next_time():
    campaign = recurring()
    steer.cancel(campaign)
    tick(at())
    assert told(campaign) == [("05-01", "cancelled")]


def test_one_occurrence_is_left_out_and_the_next_goes():
    campaign = recurring()
    steer.skip(campaign.runs.get())
    tick(at())
    assert send_all() == 0
    tick(at(days=1))
    assert told(campaign) == [("05-01", "skipped"), ("05-02", "sending"), ("05-03", "scheduled")]
