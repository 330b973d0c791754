"""What keeps texts from people: STOP in the middle of a run, operators' codes, dead numbers; and who is let through."""

import json
import urllib.request

import pytest
from django.test import override_settings

from campaigns import planning, sending
from campaigns.delivery.replies import CONFIRMATION
from campaigns.ledger.tallies import totals
from campaigns.maintenance import start_runs
from campaigns.models import Campaign, Message, Reply, Rules
from campaigns.sending.claim import claim_next
from contacts.models import OptOut, PhoneStatus
from tests.calls import CALL
from tests.makers import make_campaign, make_contact, make_group, make_run, make_sender

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_quiet_hours(db):
    Rules.objects.update_or_create(pk=1, defaults={"quiet_from": "03:00", "quiet_until": "03:00"})


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


@pytest.mark.parametrize("kind, goes", [("promotional", False), ("transactional", True)])
@pytest.mark.parametrize("when", ["before planning", "before the claim"])
def test_while_a_reply_waits_for_a_person_marketing_leaves_its_number_out(kind, goes, when):
    group = make_group()
    asked = make_contact(group, balance="1.00").phone
    read = make_contact(group, balance="1.00").phone

    def write():
        for phone, reading in [(asked, "waits"), (read, "no_stop")]:
            Reply.objects.create(phone=phone, text="End of month", reading=reading, body={})

    if when == "before planning":
        write()
    run = planned(group, kind=kind)
    if when == "before the claim":
        write()
    elif not goes:
        assert totals(run).left_out == {"reply_waits": 1}
    assert {one.phone for one in claim_next(CALL).texts} == ({asked, read} if goes else {read})
    assert totals(run).left_out == ({} if goes else {"reply_waits": 1})


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
