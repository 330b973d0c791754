"""What keeps texts from people: STOP in the middle of a run, operators' codes, dead numbers; and who is let through."""

import json
import urllib.request
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from campaigns import delivery, planning, sending
from campaigns.delivery.replies import CONFIRMATION
from campaigns.gateway.client import Gateway
from campaigns.gateway.simulator.process import SimulatorProcess
from campaigns.ledger.tallies import totals
from campaigns.maintenance import end_leases, start_runs, tick
from campaigns.models import Batch, Campaign, DeliveryReport, Gate, Message, Rules
from campaigns.planning import single
from campaigns.sending.claim import claim_next
from contacts.models import OptOut, PhoneStatus
from tests.makers import make_campaign, make_contact, make_group, make_phone, make_run, make_sender

pytestmark = pytest.mark.django_db(transaction=True)

CALL = timedelta(seconds=70)


@pytest.fixture(autouse=True)
def no_quiet_hours(db):
    Rules.objects.update_or_create(pk=1, defaults={"quiet_from": "03:00", "quiet_until": "03:00"})


@pytest.fixture(scope="module")
def simulator():
    with SimulatorProcess() as simulator:
        yield simulator


@pytest.fixture
def gateway(simulator):
    simulator.behave()
    simulator.clear()
    return Gateway(simulator.url, simulator.url, "qsms_live_test", connect_timeout=2, read_timeout=5)


def planned(group, **fields):
    run = make_run(make_campaign(group, status=Campaign.Status.ACTIVE, **fields))
    planning.plan_run(run.pk)
    run.refresh_from_db()
    start_runs.start_run(run)
    return run


def reply(address, phone, text):
    body = json.dumps({"mobile": phone, "message": text, "shortcode": "70700", "inbox_id": "1"}).encode()
    request = urllib.request.Request(f"{address}/inbound/s3cret", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


@override_settings(QSMS_DLR_TOKENS=["s3cret"], QSMS_BATCH_SIZE=100)
def test_who_says_stop_in_the_middle_of_a_run_gets_the_confirmation_and_no_further_text(
    live_server, gateway, simulator
):
    sender = make_sender("70700")
    run = planned(make_group(contacts=1_000), sender=sender)
    for _ in range(3):
        sending.attempt(gateway, claim_next(CALL))
    sent = {one["mobile"] for one in simulator.ledger()}
    assert len(sent) == 300
    waiting = list(Message.objects.filter(run=run, status="queued").order_by("-pk").values_list("phone", flat=True))
    assert reply(live_server.url, waiting[0], "STOP")["result_code"] == 1
    sending.send_while_there_is_work(gateway, seconds=60)
    told = simulator.ledger()
    assert [one["message"] for one in told if one["mobile"] == waiting[0]] == [CONFIRMATION]
    numbers = [one["mobile"] for one in told]
    assert len(numbers) == len(set(numbers)) == 1_000
    assert totals(run).counts["accepted"] == 999
    assert totals(run).left_out == {"opted_out": 1}
    assert Message.objects.get(source="answer").status == "accepted"


def test_a_single_text_is_sent_by_the_ordinary_claim_and_reported(gateway, simulator):
    phone, sender = make_phone(), make_sender(price="0.60")
    text = single.queue_single(phone, "a" * 161, sender, source="person", kind="transactional")
    assert (text.parts, str(text.cost)) == (2, "1.20")
    assert tick.run_tick().may_send
    assert sending.send_while_there_is_work(gateway, seconds=10) == 1
    text.refresh_from_db()
    assert (text.status, text.batch.status) == ("accepted", "settled")
    delivery.store([{"messageId": text.gateway_id, "destaddr": phone, "dlrDesc": "DeliveredToTerminal"}])
    delivery.apply_waiting()
    text.refresh_from_db()
    assert text.status == "delivered"
    assert Batch.objects.get().tally == {"delivered": 1}


@pytest.mark.parametrize("ends", ["refused for a passing reason", "no gateway", "the worker died before it posted"])
def test_a_single_text_that_surely_was_not_sent_goes_later_and_once(gateway, simulator, ends):
    text = single.queue_single(make_phone(), "hello", make_sender(), source="person", kind="transactional")
    if ends == "refused for a passing reason":
        simulator.behave(refuse_item={"code": 1007, "phones": [text.phone]})
        sending.send_while_there_is_work(gateway, seconds=5)
        simulator.behave()
    elif ends == "no gateway":
        away = Gateway("http://127.0.0.1:1", "http://127.0.0.1:1", "k", connect_timeout=1, read_timeout=1)
        sending.attempt(away, claim_next(CALL))
    else:
        claim_next(CALL)
        Batch.objects.update(lease_until="2020-01-01T00:00Z")
        end_leases.end_leases()
    text.refresh_from_db()
    assert text.status == "queued"
    assert not simulator.ledger()
    Batch.objects.update(not_before="2020-01-01T00:00Z")
    sending.send_while_there_is_work(gateway, seconds=5)
    assert [one["mobile"] for one in simulator.ledger()] == [text.phone]
    text.refresh_from_db()
    assert text.status == "accepted"


def test_a_single_text_that_may_have_been_sent_is_not_posted_again_and_a_report_proves_it(gateway, simulator):
    text = single.queue_single(make_phone(), "hello", make_sender(), source="person", kind="transactional")
    simulator.behave(drop={"when": "after_accepting", "next_n": 1})
    sending.send_while_there_is_work(gateway, seconds=5)
    text.refresh_from_db()
    assert text.status == "uncertain"
    assert len(simulator.ledger()) == 1
    delivery.store([{"messageId": "g1", "destaddr": text.phone, "dlrDesc": "DeliveredToTerminal"}])
    delivery.apply_waiting()
    text.refresh_from_db()
    assert text.status == "delivered"


@pytest.mark.parametrize("text", ["", "  ", "a" * 919])
def test_a_single_text_that_cannot_be_sent_is_refused_before_anything_is_written(text):
    with pytest.raises(single.TextCannotBeSent):
        single.queue_single(make_phone(), text, make_sender(), source="person", kind="transactional")
    assert not Batch.objects.exists()


@pytest.mark.parametrize("source", ["person", "api", "test", "reply"])
def test_no_other_single_text_goes_to_who_has_opted_out(source):
    phone = make_phone()
    OptOut.objects.create(phone=phone)
    text = single.queue_single(phone, "hello", make_sender(), source=source, kind="transactional")
    assert claim_next(CALL) is None
    text.refresh_from_db()
    assert (text.status, text.reason) == ("skipped", "opted_out")


@pytest.mark.parametrize(
    "scope, kind, goes",
    [
        ("all", "transactional", False),
        ("all", "promotional", False),
        ("promotional", "transactional", True),
        ("promotional", "promotional", False),
    ],
)
@pytest.mark.parametrize("when", ["before planning", "before the claim"])
def test_marketing_leaves_out_both_scopes_and_reminders_only_who_wants_nothing(scope, kind, goes, when):
    group = make_group()
    out = make_contact(group, balance="1.00").phone
    make_contact(group, balance="1.00")
    if when == "before planning":
        OptOut.objects.create(phone=out, scope=scope)
    planned(group, kind=kind)
    if when == "before the claim":
        OptOut.objects.create(phone=out, scope=scope)
    claim = claim_next(CALL)
    assert (out in {one.phone for one in claim.texts}) is goes
    if not goes:
        assert Message.objects.get(phone=out).reason == "opted_out"


def report(text, description, code=""):
    return {"messageId": text.gateway_id, "destaddr": text.phone, "dlrDesc": description, "dlrStatus": code}


def sent_text(gateway):
    text = single.queue_single(make_phone(), "hello", make_sender(), source="person", kind="transactional")
    sending.send_while_there_is_work(gateway, seconds=10)
    text.refresh_from_db()
    return text


@pytest.mark.parametrize(
    "description, code",
    [
        ("UserInBlacklist", "10"), ("MessageRejected", "21"), ("SenderName Blacklisted", "25"),
        ("", "10"), ("", "21"), ("", "25"), ("sendername_blacklisted", ""),
    ],
)  # fmt: skip
def test_a_report_of_an_operator_s_block_opts_out_of_marketing(gateway, description, code):
    text = sent_text(gateway)
    delivery.store([report(text, description, code)])
    delivery.apply_waiting()
    out = OptOut.objects.get()
    assert (out.phone, out.scope, out.source) == (text.phone, "promotional", "operator")
    assert not PhoneStatus.objects.exists()


def test_an_operator_s_block_leaves_a_person_s_own_stop_as_it_is(gateway):
    text = sent_text(gateway)
    OptOut.objects.create(phone=text.phone, scope="all", source="reply")
    delivery.store([report(text, "UserInBlacklist")])
    delivery.apply_waiting()
    assert set(OptOut.objects.values_list("scope", "source")) == {("all", "reply"), ("promotional", "operator")}


def test_a_refusal_for_the_operator_s_list_opts_out_of_marketing(gateway, simulator):
    run = planned(make_group(contacts=5))
    phone = Message.objects.filter(run=run).first().phone
    simulator.behave(refuse_item={"code": 1012, "phones": [phone]})
    sending.send_while_there_is_work(gateway, seconds=10)
    assert Message.objects.get(phone=phone).status == "rejected"
    out = OptOut.objects.get()
    assert (out.phone, out.scope, out.source) == (phone, "promotional", "operator")


def test_a_refused_number_is_dead_after_two_different_days_and_left_out(gateway, simulator):
    group = make_group(contacts=2)
    first = planned(group)
    phone = Message.objects.filter(run=first).first().phone
    simulator.behave(refuse_item={"code": 1003, "phones": [phone]})
    sending.send_while_there_is_work(gateway, seconds=10)
    planned(group)
    sending.send_while_there_is_work(gateway, seconds=10)
    assert PhoneStatus.objects.get().dead_since is None, "twice on one day is once"
    PhoneStatus.objects.update(failed_on="2026-01-01")
    planned(group)
    sending.send_while_there_is_work(gateway, seconds=10)
    assert PhoneStatus.objects.get().dead_since
    last = planned(group)
    assert totals(last).left_out == {"dead_number": 1}


@pytest.mark.parametrize("description, code", [("UserNotExist", "15"), ("InvalidMobile", "23"), ("", "15"), ("", "23")])
def test_a_report_of_a_number_that_is_none_counts_towards_dead(gateway, description, code):
    text = sent_text(gateway)
    delivery.store([report(text, description, code)])
    delivery.apply_waiting()
    status = PhoneStatus.objects.get()
    assert (status.phone, status.failed_on, status.dead_since) == (text.phone, timezone.localdate(), None)
    assert not OptOut.objects.exists()


def test_two_failures_of_one_night_are_one_day_by_the_portal_s_clock(gateway):
    """01:00 and 04:00 in Nairobi are two days in Greenwich and one here."""
    texts = [sent_text(gateway), sent_text(gateway)]
    Message.objects.filter(pk=texts[1].pk).update(phone=texts[0].phone)
    texts[1].refresh_from_db()
    delivery.store([report(one, "UserNotExist") for one in texts])
    for stored, at in zip(
        DeliveryReport.objects.order_by("pk"), ("2026-11-24T22:00Z", "2026-11-25T01:00Z"), strict=True
    ):
        DeliveryReport.objects.filter(pk=stored.pk).update(received_at=at)
    delivery.apply_waiting()
    status = PhoneStatus.objects.get()
    assert (str(status.failed_on), status.dead_since) == ("2026-11-25", None)


def test_a_delivery_clears_a_dead_number(gateway):
    text = sent_text(gateway)
    PhoneStatus.objects.create(phone=text.phone, failed_on="2026-01-01", dead_since="2026-01-02T00:00Z")
    delivery.store([report(text, "DeliveredToTerminal")])
    delivery.apply_waiting()
    status = PhoneStatus.objects.get()
    assert (status.failed_on, status.dead_since) == (None, None)


@pytest.mark.parametrize("code", [1002, 1009])
def test_other_refusals_teach_nothing_of_the_number(gateway, simulator, code):
    run = planned(make_group(contacts=1))
    simulator.behave(refuse_item={"code": code, "phones": [Message.objects.get(run=run).phone]})
    sending.send_while_there_is_work(gateway, seconds=10)
    assert not PhoneStatus.objects.exists()
    assert not OptOut.objects.exists()
    assert Gate.objects.get().halted_at is None
