"""Attempts over real HTTP: each ending of a call, and what it does to the batch, the run and the ledger."""

import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from campaigns import planning, sending
from campaigns.gateway.client import Gateway
from campaigns.gateway.simulator.process import SimulatorProcess
from campaigns.ledger.tallies import totals
from campaigns.maintenance import close_runs, end_leases, start_runs
from campaigns.models import Batch, Campaign, Gate, Message, Run
from campaigns.sending import balance, breaker, halts
from campaigns.sending.claim import claim_next
from contacts.models import OptOut, PhoneStatus
from contacts.opt_outs import from_delivery
from tests.calls import Beside, until_somebody_waits_for_a_lock
from tests.makers import make_campaign, make_group, make_run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def gate(db):
    return Gate.objects.get_or_create(pk=1)[0]


@pytest.fixture(scope="module")
def simulator():
    with SimulatorProcess() as simulator:
        yield simulator


@pytest.fixture
def gateway(simulator):
    simulator.chaos()
    return Gateway(simulator.url, simulator.url, "qsms_live_test", connect_timeout=2, read_timeout=2)


@pytest.fixture
def run():
    run = make_run(make_campaign(make_group(contacts=250), status=Campaign.Status.ACTIVE))
    planning.plan_run(run.pk)
    run.refresh_from_db()
    start_runs.start_run(run)
    return run


def accepted_by(simulator, run):
    phones = set(Message.objects.filter(run=run).values_list("phone", flat=True))
    return [one["mobile"] for one in simulator.ledger() if one["mobile"] in phones]


def test_everything_is_posted_once_and_the_run_is_finished(run, gateway, simulator):
    assert sending.send_while_there_is_work(gateway, seconds=20) == 3
    close_runs.close_finished_runs()
    run.refresh_from_db()
    assert run.status == Run.Status.FINISHED
    assert totals(run).counts["accepted"] == 250
    told = accepted_by(simulator, run)
    assert len(told) == len(set(told)) == 250
    assert not Message.objects.filter(gateway_id="").exists()


def test_who_has_lost_the_claim_before_the_first_byte_posts_nothing(run, gateway, simulator):
    claim = claim_next(gateway.deadline)
    Batch.objects.filter(pk=claim.batch).update(lease_until=timezone.now())
    end_leases.end_leases()
    sending.attempt(gateway, claim)
    assert accepted_by(simulator, run) == []
    assert totals(run).counts["queued"] == 250


def test_that_a_call_is_posted_is_known_before_its_answer_comes(run, gateway, simulator):
    simulator.chaos(hang={"seconds": 20, "next_n": 1})
    claim = claim_next(gateway.deadline)
    worker = threading.Thread(target=lambda: (sending.attempt(gateway, claim), connection.close()))
    worker.start()
    batch = Batch.objects.get(pk=claim.batch)
    while batch.posted_at is None and worker.is_alive():
        batch.refresh_from_db()
    assert (batch.status, batch.posted_at is None) == (Batch.Status.SENDING, False)
    worker.join()


def test_a_gateway_that_is_not_there_costs_nothing_but_time(run):
    away = Gateway("http://127.0.0.1:1", "http://127.0.0.1:1", "k", connect_timeout=1, read_timeout=1)
    sending.send_while_there_is_work(away, seconds=5)
    assert totals(run).counts["queued"] == 250
    assert set(Batch.objects.values_list("status", flat=True)) == {"ready"}
    assert Batch.objects.filter(tries=1).count() == 3


def test_without_a_gateway_runs_halt_and_resume_mends_them(run, gateway):
    sending.send_while_there_is_work(None, seconds=5)
    run.refresh_from_db()
    assert (run.status, run.reason) == (Run.Status.HALTED, sending.NO_GATEWAY)
    assert sending.send_while_there_is_work(gateway, seconds=5) == 0
    halts.resume_all()
    assert sending.send_while_there_is_work(gateway, seconds=20) == 3


def test_ten_tries_in_vain_halt_the_run(run):
    away = Gateway("http://127.0.0.1:1", "http://127.0.0.1:1", "k", connect_timeout=1, read_timeout=1)
    Batch.objects.update(tries=9)
    Gate.objects.update(recent_calls="." * 20)
    sending.send_while_there_is_work(away, seconds=5)
    run.refresh_from_db()
    assert run.status == Run.Status.HALTED
    assert "10 tries" in run.reason
    assert totals(run).counts["queued"] == 250


def test_bad_calls_make_everybody_rest_until_the_gateway_answers_for_itself(run, gateway):
    for _ in range(11):
        breaker.record_call(False)
    gate = Gate.objects.get()
    assert gate.trips == 1
    assert sending.send_while_there_is_work(gateway, seconds=5) == 0
    Gate.objects.update(open_until="2020-01-01T00:00Z")
    assert sending.send_while_there_is_work(gateway, seconds=5) == 0
    balance.prove_if_wanted(gateway)
    assert sending.send_while_there_is_work(gateway, seconds=20) == 3
    assert Gate.objects.get().trips == 0


@pytest.mark.parametrize(
    "chaos",
    [
        {"drop": {"when": "after_accepting", "next_n": 1}},
        {"drop": {"when": "before_accepting", "next_n": 1}},
        {"hang": {"seconds": 20, "next_n": 1}},
        {"trickle": {"seconds": 0.5, "part": "head", "next_n": 1}},
        {"body": {"kind": "html", "next_n": 1}},
        {"body": {"kind": "empty", "next_n": 1}},
        {"body": {"kind": "cut_short", "next_n": 1}},
        {"http_status": {"status": 500, "next_n": 1}},
        {"http_status": {"status": 502, "when": "after_accepting", "next_n": 1}},
        {"http_status": {"status": 503, "body": "plain", "next_n": 1}},
        {"refuse_call": {"code": 0, "next_n": 1}},
        {"refuse_call": {"code": 4711, "next_n": 1}},
    ],
    ids=str,
)
def test_what_may_have_been_sent_is_not_known_and_never_posted_again(run, gateway, simulator, chaos):
    simulator.behave(**chaos)
    sending.send_while_there_is_work(gateway, seconds=30)
    told = totals(run)
    assert (told.counts["uncertain"], told.counts["accepted"]) == (100, 150)
    assert Batch.objects.filter(status="uncertain").count() == 1
    posted = accepted_by(simulator, run)
    assert len(posted) == len(set(posted))


@pytest.mark.parametrize(
    "chaos",
    [
        {"http_status": {"status": 429, "retry_after": 1, "next_n": 1}},
        {"http_status": {"status": 503, "retry_after": 1, "next_n": 1}},
        {"http_status": {"status": 503, "body": "json", "next_n": 1}},
        {"refuse_call": {"code": 1005, "next_n": 1}},
    ],
    ids=str,
)
def test_what_was_surely_not_sent_is_sent_later(run, gateway, simulator, chaos):
    simulator.behave(**chaos)
    sending.send_while_there_is_work(gateway, seconds=10)
    while totals(run).counts["queued"] > 100:
        sending.send_while_there_is_work(gateway, seconds=10)
    Batch.objects.filter(status="ready").update(not_before="2020-01-01T00:00Z")
    sending.send_while_there_is_work(gateway, seconds=10)
    assert totals(run).counts["accepted"] == 250
    posted = accepted_by(simulator, run)
    assert len(posted) == len(set(posted)) == 250


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


def test_items_are_refused_one_by_one(run, gateway, simulator):
    phones = list(Message.objects.order_by("pk").values_list("phone", flat=True))
    simulator.behave(refuse_item={"code": 1003, "phones": phones[:3]})
    sending.send_while_there_is_work(gateway, seconds=10)
    told = totals(run)
    assert (told.counts["rejected"], told.counts["accepted"]) == (3, 247)
    assert PhoneStatus.objects.count() == 3
    assert not OptOut.objects.exists()


def test_what_refusals_teach_is_written_anew_where_the_database_ended_it_for_a_deadlock(run, gateway, simulator):
    """A bulk of reports learns of the same two numbers in the opposite order."""
    first, second = sorted(Message.objects.order_by("pk").values_list("phone", flat=True)[:2])
    PhoneStatus.objects.create(phone=second, failed_on="2020-01-01")
    simulator.behave(refuse_item={"code": 1003, "phones": [first, second]})
    with transaction.atomic():
        from_delivery.record_deliveries([second])
        worker = Beside(lambda: sending.attempt(gateway, claim_next(gateway.deadline)))
        until_somebody_waits_for_a_lock()
        from_delivery.record_failures([first], timezone.localdate())
    worker.join()
    assert set(PhoneStatus.objects.filter(failed_on=timezone.localdate()).values_list("phone", flat=True)) == {
        first,
        second,
    }


def test_items_refused_for_a_passing_reason_go_again_without_the_others(run, gateway, simulator):
    phones = list(Message.objects.order_by("pk").values_list("phone", flat=True))
    simulator.behave(refuse_item={"code": 1007, "phones": phones[:30]})
    sending.send_while_there_is_work(gateway, seconds=10)
    assert totals(run).counts["queued"] == 30
    simulator.behave()
    Batch.objects.filter(status="ready").update(not_before="2020-01-01T00:00Z")
    sending.send_while_there_is_work(gateway, seconds=10)
    posted = accepted_by(simulator, run)
    assert len(posted) == len(set(posted)) == 250


def test_items_that_ten_tries_could_not_place_halt_the_run(run, gateway, simulator):
    phones = list(Message.objects.order_by("pk").values_list("phone", flat=True))
    simulator.behave(refuse_item={"code": 1007, "phones": phones[:3]})
    Batch.objects.update(tries=9)
    sending.attempt(gateway, claim_next(gateway.deadline))
    run.refresh_from_db()
    assert run.status == Run.Status.HALTED
    assert "10 tries" in run.reason
    assert totals(run).counts["queued"] == 153


@pytest.mark.parametrize(
    "shape", ["list", "messages", "responses", "data", "strings", "no_client_ref", "position_only"]
)
def test_every_shape_of_reply_is_understood(run, gateway, simulator, shape):
    simulator.behave(reply_shape=shape)
    sending.send_while_there_is_work(gateway, seconds=10)
    assert totals(run).counts["accepted"] == 250


def test_the_key_is_in_no_log(run, gateway, simulator, caplog):
    simulator.behave(drop={"when": "after_accepting", "next_n": 2})
    sending.send_while_there_is_work(gateway, seconds=10)
    assert caplog.text
    assert "qsms_live_test" not in caplog.text
    assert "qsms_live_test" not in repr(gateway)
