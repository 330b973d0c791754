"""Runs that were sent, and people whom they did not reach."""

from campaigns import delivery, planning
from campaigns.maintenance import close_runs, start_runs
from campaigns.models import Campaign, Message
from campaigns.sending import settle
from campaigns.sending.claim import claim_next, mark_posted
from campaigns.sending.settle import Result
from tests.calls import CALL
from tests.makers import make_campaign, make_group, make_run


def started(*groups, **fields):
    run = make_run(make_campaign(*groups, status=Campaign.Status.ACTIVE, **fields))
    planning.plan_run(run.pk)
    run.refresh_from_db()
    start_runs.start_run(run)
    return run


def report(message, words):
    delivery.store([{"messageId": message.gateway_id, "dlrDesc": words, "destaddr": message.phone}])


def ended_with_failures(count, of=5):
    """A run that has ended, of whose people so many were out of reach."""
    run = started(make_group(contacts=of))
    claim = claim_next(CALL)
    mark_posted(claim)
    settle.settle(claim, [Result(one.message, "accepted", gateway_id=f"g{one.message}") for one in claim.texts])
    close_runs.close_finished_runs()
    for text in Message.objects.filter(run=run).order_by("pk")[:count]:
        report(text, "AbsentSubscriber")
    delivery.apply_waiting()
    return run
