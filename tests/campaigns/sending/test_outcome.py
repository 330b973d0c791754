"""Each ending of a call, and what it does to the batch, the run and what is known of numbers."""

import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from campaigns import planning, sending
from campaigns.gateway.client import Gateway
from campaigns.ledger.tallies import totals
from campaigns.maintenance import start_runs
from campaigns.models import Batch, Campaign, Gate, Message, Run
from campaigns.sending.claim import claim_next
from contacts.models import OptOut, PhoneStatus
from contacts.opt_outs import from_delivery
from tests.calls import Beside, until_somebody_waits_for_a_lock
from tests.makers import make_campaign, make_group, make_run

pytestmark = pytest.mark.django_db(transaction=True)


def planned(group, **fields):
    run = make_run(make_campaign(group, status=Campaign.Status.ACTIVE, **fields))
    planning.plan_run(run.pk)
    run.refresh_from_db()
    start_runs.start_run(run)
    return run


def accepted_by(simulator, run):
    phones = set(Message.objects.filter(run=run).values_list("phone", flat=True))
    return [one["mobile"] for one in simulator.ledger() if one["mobile"] in phones]


def test_a_refusal_for_the_operator_s_list_opts_out_of_marketing(gateway, simulator):
    run = planned(make_group(contacts=5))
    phone = Message.objects.filter(run=run).first().phone
    simulator.behave(refuse_item={"code": 1012, "phones": [phone]})
    sending.send_while_there_is_work(gateway, seconds=10)
    assert Message.objects.get(phone=phone).status == "rejected"
    out = OptOut.objects.get()
    assert (out.phone, out.scope, out.source) == (phone, "promotional", "operator")


@pytest.mark.parametrize("code", [1002, 1009])
def test_other_refusals_teach_nothing_of_the_number(gateway, simulator, code):
    run = planned(make_group(contacts=1))
    simulator.behave(refuse_item={"code": code, "phones": [Message.objects.get(run=run).phone]})
    sending.send_while_there_is_work(gateway, seconds=10)
    assert not PhoneStatus.objects.exists()
    assert not OptOut.objects.exists()
    assert Gate.objects.get().halted_at is None


def test_a_gateway_that_is_not_there_costs_nothing_but_time(run):
    away = Gateway("http://127.0.0.1:1", "http://127.0.0.1:1", "k", connect_timeout=1, read_timeout=1)
    sending.send_while_there_is_work(away, seconds=5)
    assert totals(run).counts["queued"] == 250
    assert set(Batch.objects.values_list("status", flat=True)) == {"ready"}
    assert Batch.objects.filter(tries=1).count() == 3


def test_ten_tries_in_vain_halt_the_run(run):
    away = Gateway("http://127.0.0.1:1", "http://127.0.0.1:1", "k", connect_timeout=1, read_timeout=1)
    Batch.objects.update(tries=9)
    Gate.objects.update(recent_calls="." * 20)
    sending.send_while_there_is_work(away, seconds=5)
    run.refresh_from_db()
    assert run.status == Run.Status.HALTED
    assert "10 tries" in run.reason
    assert totals(run).counts["queued"] == 250


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


def test_items_are_refused_one_by_one(run, gateway, simulator):
    phones = list(Message.objects.order_by("pk").values_list("phone", flat=True))
    simulator.behave(refuse_item={"code": 1003, "phones": phones[:3]})
    sending.send_while_there_is_work(gateway, seconds=10)
    told = totals(run)
    assert (told.counts["rejected"], told.counts["accepted"]) == (3, 247)
    assert PhoneStatus.objects.count() == 3
    assert not OptOut.objects.exists()


def test_what_refusals_teach_is_written_anew_where_the_database_ended_it_for_a_deadlock(run, gateway, simulator):
    """A bulk of reports learns of two of the numbers in the opposite order.

    PostgreSQL ends whoever looks for a deadlock first: the bulk never does, and the worker only once both wait, as a
    number between the two is kept from it until then.
    """
    first, between, last = sorted(Message.objects.order_by("pk").values_list("phone", flat=True)[:3])
    PhoneStatus.objects.bulk_create(PhoneStatus(phone=one, failed_on="2020-01-01") for one in (between, last))
    simulator.behave(refuse_item={"code": 1003, "phones": [first, between, last]})
    holds, goes_on = threading.Event(), threading.Event()

    def learn_of_reports():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL deadlock_timeout = '10min'")
            from_delivery.record_deliveries([last])
            holds.set()
            assert goes_on.wait(60)
            from_delivery.record_failures([first], timezone.localdate())

    bulk = Beside(learn_of_reports)
    assert holds.wait(60)
    with transaction.atomic():
        from_delivery.record_deliveries([between])
        worker = Beside(lambda: sending.attempt(gateway, claim_next(gateway.deadline)))
        until_somebody_waits_for_a_lock()
        goes_on.set()
        until_somebody_waits_for_a_lock(how_many=2)
    worker.join()
    bulk.join()
    failed_today = PhoneStatus.objects.filter(failed_on=timezone.localdate())
    assert set(failed_today.values_list("phone", flat=True)) == {first, between, last}


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
