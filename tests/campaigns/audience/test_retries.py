"""A draft for those whom a run did not reach means just them, as they are when it goes."""

import pytest

from campaigns import planning
from campaigns.actions import launch, retry
from campaigns.audience import retries
from campaigns.checking.blockers import Blocked
from campaigns.maintenance import close_runs, start_runs
from campaigns.models import Campaign, Message, Run
from campaigns.sending import settle
from campaigns.sending.claim import claim_next, mark_posted
from campaigns.sending.settle import Result
from contacts.models import Contact
from tests.calls import CALL
from tests.failures import ended_with_failures, started
from tests.makers import make_contact, make_group, make_run

pytestmark = pytest.mark.django_db


def planned(run):
    Run.objects.filter(pk=run.pk).advance(Run.Status.PLANNING, text=run.campaign.text)
    assert planning.plan_run(run.pk)
    run.refresh_from_db()
    return run


def test_whoever_one_such_draft_reached_is_not_reached_by_the_next(transactional_db):
    run = ended_with_failures(3)
    first = retry.make_draft(run, "failed", None)
    launched = planned(launch.launch(first.pk))
    second = retry.make_draft(run, "failed", None)
    assert second.pk != first.pk
    with pytest.raises(Blocked, match="goes to the same people now"):
        launch.launch(second.pk)

    start_runs.start_run(launched)
    claim = claim_next(CALL)
    mark_posted(claim)
    accepted, refused, *_ = claim.texts
    settle.settle(
        claim,
        [
            Result(accepted.message, "accepted", gateway_id="g-again"),
            Result(refused.message, "undelivered", reason="phone_off"),
        ],
    )
    close_runs.close_finished_runs()
    Campaign.objects.filter(pk=first.pk).update(status=Campaign.Status.FINISHED)
    third = retry.make_draft(launched, "failed", None)
    for draft in (second, third):
        assert {one.phone for one in retries.texts_of(draft)} == {refused.phone}
    again = planned(launch.launch(third.pk))
    assert set(Message.objects.filter(run=again).values_list("phone", flat=True)) == {refused.phone}
    assert list(retries.texts_of(second)) == []


def test_a_draft_for_those_who_lacked_a_value_reaches_whom_it_can(transactional_db):
    group = make_group()
    mended, still = make_contact(group, balance=""), make_contact(group, balance="")
    make_contact(group, balance="5.00")
    run = started(group)
    draft = retry.make_draft(run, "left_out", None)
    Contact.objects.filter(pk=mended.pk).update(values={"balance": "7.00"})
    again = make_run(draft)
    planning.plan_run(again.pk)
    told = dict(Message.objects.filter(run=again).values_list("phone", "status"))
    assert told == {mended.phone: "queued", still.phone: "skipped"}
