"""What stops sending until a person says Resume."""

import pytest

from campaigns import planning, sending
from campaigns.ledger.tallies import totals
from campaigns.maintenance import start_runs
from campaigns.models import Campaign, Gate, Run
from campaigns.sending import halts
from campaigns.sending.claim import claim_next
from tests.makers import make_campaign, make_group, make_run

pytestmark = pytest.mark.django_db(transaction=True)


def test_without_a_gateway_runs_halt_and_resume_mends_them(run, gateway):
    sending.send_while_there_is_work(None, seconds=5)
    run.refresh_from_db()
    assert (run.status, run.reason) == (Run.Status.HALTED, sending.NO_GATEWAY)
    assert sending.send_while_there_is_work(gateway, seconds=5) == 0
    halts.resume_all()
    assert sending.send_while_there_is_work(gateway, seconds=20) == 3


@pytest.mark.parametrize("code", [1004, 1006, 1011, 1013, 1014, 1016])
def test_a_refusal_of_the_account_halts_everything_and_one_resume_mends_all(run, gateway, simulator, code):
    simulator.behave(refuse_call={"code": code})
    sending.send_while_there_is_work(gateway, seconds=10)
    run.refresh_from_db()
    assert run.status == Run.Status.HALTED
    assert run.reason == Gate.objects.get().halt_reason != ""
    assert totals(run).counts["queued"] == 250
    simulator.behave()
    assert sending.send_while_there_is_work(gateway, seconds=10) == 0
    halts.resume_all()
    sending.send_while_there_is_work(gateway, seconds=20)
    assert totals(run).counts["accepted"] == 250


def test_a_refused_sender_halts_its_own_runs_only(run, gateway, simulator):
    simulator.behave(refuse_call={"code": 1001, "next_n": 1})
    sending.attempt(gateway, claim_next(gateway.deadline))
    other = make_run(make_campaign(make_group(contacts=5), status=Campaign.Status.ACTIVE))
    planning.plan_run(other.pk)
    other.refresh_from_db()
    start_runs.start_run(other)
    sending.send_while_there_is_work(gateway, seconds=10)
    run.refresh_from_db()
    other.refresh_from_db()
    assert (run.status, other.status) == (Run.Status.HALTED, Run.Status.SENDING)
    assert totals(other).counts["accepted"] == 5
