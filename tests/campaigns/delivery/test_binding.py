"""Which text a report means: by its id and its phone, by its phone alone, or nobody."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import delivery, planning
from campaigns.ledger.tallies import totals
from campaigns.maintenance import end_leases, start_runs
from campaigns.models import Batch, DeliveryReport, Message
from campaigns.sending import settle
from campaigns.sending.claim import claim_next, mark_posted
from campaigns.sending.settle import Result
from tests.calls import CALL, report, send
from tests.makers import make_campaign, make_run

pytestmark = pytest.mark.django_db(transaction=True)


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
