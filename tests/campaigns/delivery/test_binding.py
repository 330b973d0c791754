"""Reports are stored as they came, applied in bulk, and only move a message forward."""

import itertools
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import delivery, planning
from campaigns.ledger.tallies import totals
from campaigns.maintenance import close_runs, end_leases, start_runs
from campaigns.models import Batch, Campaign, DeliveryReport, Gate, Message
from campaigns.sending import settle
from campaigns.sending.claim import claim_next, mark_posted
from campaigns.sending.settle import Result
from contacts.models import OptOut, PhoneStatus
from tests.makers import make_campaign, make_group, make_run

pytestmark = pytest.mark.django_db(transaction=True)

CALL = timedelta(seconds=70)


@pytest.fixture(autouse=True)
def gate(db):
    return Gate.objects.get_or_create(pk=1)[0]


@pytest.fixture
def run():
    run = make_run(make_campaign(make_group(contacts=20), status=Campaign.Status.ACTIVE))
    planning.plan_run(run.pk)
    run.refresh_from_db()
    start_runs.start_run(run)
    return run


def report(message, description="DeliveredToTerminal", gateway_id=None, **fields):
    return {
        "messageId": message.gateway_id if gateway_id is None else gateway_id,
        "dlrTime": "2026-11-24 20:24:18",
        "dlrStatus": "",
        "dlrDesc": description,
        "destaddr": message.phone,
        "sourceaddr": message.batch.sender.name,
        "origin": "Safaricom",
        **fields,
    }


def send(accepted=20, doubtful=0):
    claim = claim_next(CALL)
    mark_posted(claim)
    results = [Result(one.message, "accepted", gateway_id=f"g{one.message}") for one in claim.texts[:accepted]]
    settle.settle(claim, results)
    return list(Message.objects.select_related("batch__sender").order_by("pk"))


def test_reports_move_messages_and_the_totals_follow(run):
    messages = send()
    delivery.store([report(one) for one in messages[:15]] + [report(one, "AbsentSubscriber") for one in messages[15:]])
    assert delivery.apply_waiting() == 20
    told = totals(run)
    assert (told.counts["delivered"], told.counts["undelivered"]) == (15, 5)
    last = Message.objects.get(pk=messages[-1].pk)
    assert (last.reason, last.detail, last.network) == ("phone_off", "AbsentSubscriber", "Safaricom")
    assert set(DeliveryReport.objects.values_list("state", "bound")) == {("applied", "id")}


@pytest.mark.parametrize(
    "order", list(itertools.permutations(["MessageWaiting", "DeliveredToTerminal", "DeliveryImpossible"]))
)
def test_of_several_reports_the_first_final_one_counts_in_any_order(run, order):
    message = send()[0]
    for description in order:
        delivery.store([report(message, description)] * 2)
        delivery.apply_waiting()
    message.refresh_from_db()
    first_final = next(one for one in order if one != "MessageWaiting")
    assert message.status == ("delivered" if first_final == "DeliveredToTerminal" else "undelivered")


def test_a_report_that_overtakes_our_own_reply_waits_and_is_found(run):
    claim = claim_next(CALL)
    mark_posted(claim)
    first = Message.objects.select_related("batch__sender").get(pk=claim.texts[0].message)
    delivery.store([report(first, gateway_id="g-early")])
    delivery.apply_waiting()
    assert DeliveryReport.objects.get().state == "waiting"
    results = [Result(one.message, "accepted", gateway_id=f"g{one.message}") for one in claim.texts[1:]]
    settle.settle(claim, [Result(first.pk, "accepted", gateway_id="g-early"), *results])
    delivery.apply_waiting()
    first.refresh_from_db()
    assert first.status == "delivered"


def test_a_doubtful_message_is_proved_by_the_only_report_that_can_mean_it(run):
    message = send(accepted=19)[-1]
    assert message.status == "uncertain"
    delivery.store([report(message, "MessageWaiting", gateway_id="new-1")])
    delivery.apply_waiting()
    message.refresh_from_db()
    assert (message.status, message.gateway_id) == ("accepted", "new-1")
    assert DeliveryReport.objects.get().bound == "phone"
    assert Batch.objects.get(pk=message.batch_id).status == "settled"


def test_a_report_that_came_while_its_worker_died_proves_the_text_when_the_lease_ends(run):
    claim = claim_next(CALL)
    mark_posted(claim)
    message = Message.objects.select_related("batch__sender").get(pk=claim.texts[0].message)
    delivery.store([report(message, gateway_id="orphan")])
    delivery.apply_waiting()
    assert DeliveryReport.objects.get().state == "waiting"
    Batch.objects.update(lease_until="2020-01-01T00:00Z")
    end_leases.end_leases()
    delivery.apply_waiting()
    message.refresh_from_db()
    assert (message.status, message.gateway_id) == ("delivered", "orphan")
    assert totals(run).counts["uncertain"] == 19


def test_a_report_that_can_mean_two_texts_means_neither(run):
    message = send(accepted=0)[0]
    other = make_run(make_campaign(run.campaign.chosen_groups.get().group, sender=run.campaign.sender))
    planning.plan_run(other.pk)
    other.refresh_from_db()
    start_runs.start_run(other)
    claim = claim_next(CALL)
    mark_posted(claim)
    settle.settle(claim, [])
    delivery.store([report(message, gateway_id="new-1")])
    delivery.apply_waiting()
    assert DeliveryReport.objects.get().state == "waiting"
    assert not Message.objects.filter(status="delivered").exists()


@pytest.mark.parametrize("case", ["before it was posted", "too long after", "another sender", "another phone"])
def test_a_report_that_cannot_mean_a_doubtful_text_is_not_bound_to_it(run, case):
    message = send(accepted=0)[0]
    fields = {"sourceaddr": "OTHER"} if case == "another sender" else {}
    fields |= {"destaddr": "254700999999"} if case == "another phone" else {}
    delivery.store([report(message, gateway_id="new-1", **fields)])
    if case == "before it was posted":
        DeliveryReport.objects.update(received_at=timezone.now() - timedelta(hours=1))
    if case == "too long after":
        Message.objects.update(posted_at=timezone.now() - timedelta(hours=73))
        Batch.objects.update(posted_at=timezone.now() - timedelta(hours=73))
    delivery.apply_waiting()
    message.refresh_from_db()
    assert message.status == "uncertain"


@pytest.mark.parametrize("gateway_id", ["0", "", None, 0])
def test_no_id_is_never_matched_by_id(run, gateway_id):
    claim = claim_next(CALL)
    mark_posted(claim)
    settle.settle(claim, [Result(one.message, "accepted") for one in claim.texts])
    first, second = Message.objects.select_related("batch__sender").order_by("pk")[:2]
    delivery.store([report(first, gateway_id=gateway_id)])
    delivery.apply_waiting()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("delivered", "accepted")


def test_an_id_that_is_known_for_another_phone_is_a_conflict(run):
    first, second = send()[:2]
    delivery.store([report(second, gateway_id=first.gateway_id)])
    delivery.apply_waiting()
    assert DeliveryReport.objects.get().state == "conflict"
    assert not Message.objects.filter(status="delivered").exists()


@pytest.mark.parametrize("body", ["text", 5, None, [1], {"destaddr": {"a": "\0"}}, {"messageId": "\ud800"}, {}])
def test_what_is_no_report_is_kept_and_stops_nobody(run, body):
    message = send()[0]
    delivery.store([body, report(message)])
    delivery.apply_waiting()
    message.refresh_from_db()
    assert message.status == "delivered"
    assert DeliveryReport.objects.count() == 2


def test_a_report_that_nobody_is_meant_by_is_tried_again_and_then_given_up(run):
    message = send()[0]
    delivery.store([report(message, gateway_id="stranger", destaddr="254700999999")])
    tries = []
    while delivery.apply_waiting():
        one = DeliveryReport.objects.get()
        if one.state == "unmatched":
            break
        after = one.next_try_at - one.received_at
        tries.append(after.total_seconds() / 60)
        now = timezone.now()
        DeliveryReport.objects.update(received_at=now - after, next_try_at=now)
    assert [round(one) for one in tries] == [0, 1, 6, *range(36, 72 * 60, 60)]
    assert DeliveryReport.objects.get().state == "unmatched"


def test_two_permanent_failures_on_different_days_make_a_number_dead_and_a_delivery_clears_it(run):
    messages = send()
    delivery.store([report(messages[0], "UserNotExist")])
    delivery.apply_waiting()
    assert PhoneStatus.objects.get().dead_since is None
    PhoneStatus.objects.update(failed_on="2026-01-01")
    Message.objects.filter(pk=messages[0].pk).update(status="accepted")
    delivery.store([report(messages[0], "InvalidMobile")])
    delivery.apply_waiting()
    assert PhoneStatus.objects.get().dead_since
    Message.objects.filter(pk=messages[0].pk).update(status="accepted")
    delivery.store([report(messages[0])])
    delivery.apply_waiting()
    assert PhoneStatus.objects.get().dead_since is None


def test_an_operator_s_block_keeps_marketing_from_the_number(run):
    message = send()[0]
    delivery.store([report(message, "UserInBlacklist")])
    delivery.apply_waiting()
    assert OptOut.objects.get().scope == OptOut.Scope.PROMOTIONAL


def test_what_gets_no_report_in_time_expires_and_a_late_report_still_counts(run):
    message = send()[0]
    Batch.objects.update(posted_at=timezone.now() - timedelta(hours=73))
    close_runs.expire_unreported()
    assert totals(run).counts["expired"] == 20
    delivery.store([report(message)])
    delivery.apply_waiting()
    assert totals(run).counts["delivered"] == 1
