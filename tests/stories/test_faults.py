"""Each fault alone, at every call: what the campaign's page says, and that the job is finished once it is mended."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.roles import Role
from campaigns import delivery, planning, sending
from campaigns.actions import resolve, steer
from campaigns.gateway.client import Gateway
from campaigns.ledger.tallies import totals
from campaigns.maintenance import close_runs, start_runs, tick
from campaigns.models import Batch, Campaign, Gate, Message, Run, transitions
from campaigns.sending import breaker
from tests.makers import make_campaign, make_group, make_run
from tests.reading import read

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 300
IN_VAIN = "Nothing is lost: press Resume when it is well again."


@pytest.fixture
def run():
    run = make_run(make_campaign(make_group(contacts=PEOPLE), status=Campaign.Status.ACTIVE))
    planning.plan_run(run.pk)
    run.refresh_from_db()
    assert start_runs.start_run(run)
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
    return read(sign_in(Role.MANAGER).get(f"/campaigns/{run.campaign_id}"))


def once_each(simulator):
    phones = [one["mobile"] for one in simulator.ledger()]
    return len(phones) == len(set(phones)) == PEOPLE


def finish(run, gateway):
    run.refresh_from_db()
    if run.status == Run.Status.HALTED:
        steer.resume(run.campaign)
    Gate.objects.update(busy_until=None, doubt_clock=10_000)
    if totals(run).counts["uncertain"]:
        resolve.resend_uncertain(run.campaign)
    Batch.objects.filter(status="ready").update(not_before=timezone.now())
    sending.send_while_there_is_work(gateway, seconds=20)
    close_runs.close_finished_runs()
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
        ({"refuse_item": {"code": 1004}}, "Top it up, then resume"),
        ({"refuse_item": {"code": 1001}}, "The sender ID is not approved"),
        ({"refuse_item": {"code": 1013}}, "does not know this API key"),
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
    assert once_each(simulator)


@pytest.mark.parametrize(
    "chaos",
    [
        {"drop": {"when": "before_accepting"}},
        {"hang": {"seconds": 3, "when": "before_accepting"}},
        {"http_status": {"status": 502}},
        {"refuse_call": {"code": 0}},
    ],
    ids=str,
)
def test_what_is_not_known_and_did_not_go_out_goes_when_a_person_says_so(simulator, run, sign_in, chaos):
    gateway = gateway_at(simulator.url)
    simulator.clear()
    simulator.behave(**chaos)
    until_it_rests(gateway)
    assert f"Of {PEOPLE} texts it is not known whether they went out" in page(sign_in, run)
    assert simulator.ledger() == []
    simulator.behave()
    sending.send_while_there_is_work(gateway, seconds=5)
    assert simulator.ledger() == []
    finish(run, gateway)
    assert set(Message.objects.values_list("attempt", flat=True)) == {2}
    assert "Finished" in page(sign_in, run)
    assert once_each(simulator)


@pytest.mark.parametrize(
    "chaos",
    [
        {"drop": {"when": "after_accepting"}},
        {"hang": {"seconds": 3, "when": "after_accepting"}},
        {"http_status": {"status": 502, "when": "after_accepting"}},
        {"body": {"kind": "html"}},
        {"body": {"kind": "cut_short"}},
        {"trickle": {"seconds": 1.5, "part": "head"}},
    ],
    ids=str,
)
def test_what_is_not_known_and_did_go_out_is_proven_by_its_reports(
    simulator, run, sign_in, live_server, settings, chaos
):
    gateway = gateway_at(simulator.url)
    settings.QSMS_DLR_TOKENS = ["s3cret"]
    simulator.clear()
    simulator.post_reports_to(f"{live_server.url}/dlr/receive/s3cret")
    simulator.behave(**chaos, report_delay=[0.1, 0.3])
    until_it_rests(gateway)
    assert f"Of {PEOPLE} texts it is not known whether they went out" in page(sign_in, run)
    simulator.behave()
    sending.send_while_there_is_work(gateway, seconds=5)
    simulator.wait_for_reports()
    while delivery.apply_waiting():
        continue
    Gate.objects.update(doubt_clock=10_000)
    with pytest.raises(transitions.NotPossible):
        resolve.resend_uncertain(run.campaign, everybody=True)
    close_runs.close_finished_runs()
    told = page(sign_in, run)
    assert "not known" not in told
    assert "Finished" in told
    counts = totals(run).counts
    assert counts["delivered"] + counts["undelivered"] == PEOPLE
    assert once_each(simulator)


def test_texts_that_no_answer_names_are_said_and_proven_by_their_reports(
    simulator, run, sign_in, live_server, settings
):
    gateway = gateway_at(simulator.url)
    settings.QSMS_DLR_TOKENS = ["s3cret"]
    simulator.clear()
    simulator.post_reports_to(f"{live_server.url}/dlr/receive/s3cret")
    simulator.behave(missing_items={}, report_delay=[0.1, 0.3])
    until_it_rests(gateway)
    told = page(sign_in, run)
    assert "Of 102 texts it is not known whether they went out" in told
    assert "102: Q SMS took their call, so they were most likely sent" in told
    simulator.wait_for_reports()
    while delivery.apply_waiting():
        continue
    close_runs.close_finished_runs()
    assert "not known" not in page(sign_in, run)
    counts = totals(run).counts
    assert counts["delivered"] + counts["undelivered"] == PEOPLE
    assert once_each(simulator)


def test_that_the_portals_own_workers_are_gone_is_said(run, sign_in):
    words = "the portal&#x27;s own workers have not been heard of for a while"
    assert words not in page(sign_in, run)
    Gate.objects.update(ticked_at=timezone.now() - timedelta(minutes=1))
    assert words in page(sign_in, run)
    tick.run_tick()
    assert words not in page(sign_in, run)


def test_a_gateway_that_is_not_there_is_said_and_goes_after_resume(simulator, run, sign_in):
    simulator.clear()
    simulator.behave()
    until_it_rests(gateway_at("http://127.0.0.1:1"))
    assert IN_VAIN in page(sign_in, run)
    finish(run, gateway_at(simulator.url))
    assert once_each(simulator)
