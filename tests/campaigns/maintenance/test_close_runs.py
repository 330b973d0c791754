"""Runs and texts come to their end."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.actions import steer
from campaigns.ledger.tallies import totals
from campaigns.maintenance import close_runs, start_runs
from campaigns.maintenance.tick import run_tick
from campaigns.models import Batch, Campaign, Message, Run
from campaigns.sending import settle
from campaigns.sending.claim import claim_next, mark_posted
from campaigns.sending.settle import Result
from tests.calls import CALL, accept_all, planned_run
from tests.recurring import at, recurring, tick, told

pytestmark = pytest.mark.django_db(transaction=True)


def status_of(run):
    return Run.objects.get(pk=run.pk).status


def test_a_run_with_nothing_left_is_finished_and_its_campaign_with_it(run):
    while claim := claim_next(CALL):
        close_runs.close_finished_runs()
        run.refresh_from_db()
        assert run.status == Run.Status.SENDING
        mark_posted(claim)
        settle.settle(claim, accept_all(claim))
    close_runs.close_finished_runs()
    run.refresh_from_db()
    assert run.status == Run.Status.FINISHED
    assert Campaign.objects.get().status == Campaign.Status.FINISHED


def test_texts_that_wait_beyond_the_limit_are_left_out():
    campaign = recurring()
    tick(at())
    run = campaign.runs.get(occurrence="2087-05-01")
    Run.objects.filter(pk=run.pk).update(not_after=datetime.now(UTC) - timedelta(seconds=1))
    assert claim_next(CALL) is None
    tick(at(second=3))
    assert set(Message.objects.values_list("status", "reason")) == {("skipped", "too_late")}
    assert told(campaign)[0] == ("05-01", "finished")


def test_the_rest_of_a_cancelled_run_is_cancelled_and_adds_up():
    run = planned_run()
    start_runs.start_run(Run.objects.select_related("campaign").get(pk=run.pk))
    steer.cancel(run.campaign)
    run_tick()
    assert totals(run).counts["cancelled"] == totals(run).audience == 3
    assert set(Batch.objects.values_list("status", flat=True)) == {"cancelled"}


def test_a_run_is_finished_when_nothing_waits_and_its_texts_go_on_being_resolved():
    run = planned_run(status=Campaign.Status.ACTIVE)
    start_runs.start_run(Run.objects.select_related("campaign").get(pk=run.pk))
    claim = claim_next(CALL)
    assert mark_posted(claim)
    run_tick()
    assert status_of(run) == Run.Status.SENDING
    settle.settle(claim, [Result(text.message, Message.Status.ACCEPTED) for text in claim.texts])
    run_tick()
    assert status_of(run) == Run.Status.FINISHED
    assert Campaign.objects.get().status == Campaign.Status.FINISHED
