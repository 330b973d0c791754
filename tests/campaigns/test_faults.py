"""Each fault alone, at every call: what the campaign's page says, and that the job is finished once it is mended."""

import pytest
from django.utils import timezone

from accounts.roles import Role
from campaigns import breaker, planning, resolving, scheduling, sending, steering
from campaigns.gateway.client import Gateway
from campaigns.gateway.simulator.process import SimulatorProcess
from campaigns.models import Batch, Campaign, Gate, Message, Run
from campaigns.tallies import totals
from tests.makers import make_campaign, make_group, make_run

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 300
IN_VAIN = "Nothing is lost: press Resume when it is well again."


@pytest.fixture(scope="module")
def simulator():
    with SimulatorProcess() as simulator:
        yield simulator


@pytest.fixture
def run():
    run = make_run(make_campaign(make_group(contacts=PEOPLE), status=Campaign.Status.ACTIVE))
    planning.plan(run.pk)
    run.refresh_from_db()
    assert scheduling.start(run)
    return run


def gateway_at(url):
    return Gateway(url, url, "qsms_live_test", connect_timeout=1, read_timeout=1)


def until_it_rests(gateway):
    """As the workers would go on for a while: what is to be tried again is tried at once, rests are over at once."""
    for _ in range(40):
        if not Run.objects.filter(status=Run.Status.SENDING).exists():
            return
        Batch.objects.filter(status="ready").update(not_before=timezone.now())
        Gate.objects.update(busy_until=None)
        Gate.objects.filter(trips__gt=0).update(open_until=timezone.now())
        if breaker.wants_proof(timezone.now()):
            breaker.record_proof(True)
        sending.send_while_there_is_work(gateway, seconds=20)


def page(sign_in, run):
    return sign_in(Role.MANAGER).get(f"/campaigns/{run.campaign_id}").content.decode()


def finish(run, gateway):
    run.refresh_from_db()
    if run.status == Run.Status.HALTED:
        steering.resume(run.campaign)
    Gate.objects.update(busy_until=None, doubt_clock=10_000)
    if totals(run).counts["uncertain"]:
        resolving.resend(run.campaign)
    Batch.objects.filter(status="ready").update(not_before=timezone.now())
    sending.send_while_there_is_work(gateway, seconds=20)
    scheduling.close_finished_runs()
    run.refresh_from_db()
    assert run.status == Run.Status.FINISHED
    assert totals(run).counts["accepted"] == PEOPLE


@pytest.mark.parametrize(
    "chaos, said",
    [
        ({"http_status": {"status": 503, "body": "json"}}, IN_VAIN),
        ({"http_status": {"status": 429}}, IN_VAIN),
        ({"refuse_call": {"code": 1005}}, IN_VAIN),
        ({"refuse_call": {"code": 1004}}, "Top it up, then resume"),
        ({"refuse_call": {"code": 1006}}, "does not know this API key"),
        ({"refuse_call": {"code": 1001}}, "The sender ID is not approved"),
        ({"http_status": {"status": 307}}, "leads elsewhere. Check QSMS_BASE_URL"),
        ({"refuse_item": {"code": 1007}}, IN_VAIN),
    ],
    ids=str,
)
def test_what_is_surely_not_sent_stops_with_words_and_goes_after_resume(simulator, run, sign_in, chaos, said):
    gateway = gateway_at(simulator.url)
    simulator.clear()
    simulator.behave(**chaos)
    until_it_rests(gateway)
    told = page(sign_in, run)
    assert said in told
    assert "Stopped by a problem" in told
    assert "Resume" in told
    assert simulator.ledger() == []
    simulator.behave()
    finish(run, gateway)
    phones = [one["mobile"] for one in simulator.ledger()]
    assert len(phones) == len(set(phones)) == PEOPLE


@pytest.mark.parametrize(
    "chaos",
    [
        {"drop": {"when": "before_accepting"}},
        {"hang": {"seconds": 3, "when": "before_accepting"}},
        {"http_status": {"status": 502}},
        {"body": {"kind": "html"}},
        {"drop": {"when": "after_accepting"}},
    ],
    ids=str,
)
def test_what_may_have_been_sent_is_said_and_goes_again_only_when_a_person_says_so(simulator, run, sign_in, chaos):
    gateway = gateway_at(simulator.url)
    simulator.clear()
    simulator.behave(**chaos)
    until_it_rests(gateway)
    assert f"Of {PEOPLE} texts it is not known whether they went out" in page(sign_in, run)
    before = len(simulator.ledger())
    assert before in (0, PEOPLE)
    simulator.behave()
    sending.send_while_there_is_work(gateway, seconds=5)
    assert len(simulator.ledger()) == before
    finish(run, gateway)
    assert set(Message.objects.values_list("attempt", flat=True)) == {2}


def test_a_gateway_that_is_not_there_is_said_and_goes_after_resume(simulator, run, sign_in):
    simulator.clear()
    simulator.behave()
    until_it_rests(gateway_at("http://127.0.0.1:1"))
    assert IN_VAIN in page(sign_in, run)
    finish(run, gateway_at(simulator.url))
    assert len({one["mobile"] for one in simulator.ledger()}) == len(simulator.ledger()) == PEOPLE
