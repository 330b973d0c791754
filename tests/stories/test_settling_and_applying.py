"""Results and reports of the same texts are written down at the same time."""

import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from campaigns import delivery
from campaigns.models import Batch, DeliveryReport
from campaigns.sending import settle
from campaigns.sending.settle import Result
from tests.calls import (
    CALL,
    Beside,
    begin_call,
    claim_next,
    end_call,
    make_sending_run,
    mark_posted,
    report,
    status_of,
    texts_of,
    until_somebody_waits_for_a_lock,
    wrong_tallies,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_bulks_of_reports_and_settlements_over_the_same_batches_keep_the_totals(settings):
    """Two appliers, two senders and two that report what they sent, before and after it is written down."""
    settings.QSMS_BATCH_SIZE = 10
    run = make_sending_run(contacts=1500)
    until = time.monotonic() + 4
    done = []

    def send():
        while time.monotonic() < until and (claim := claim_next(CALL)):
            mark_posted(claim)
            texts = texts_of(claim)
            delivery.store([report(one, gateway_id=f"g{one.pk}") for one in texts[:4]])
            delivery.store([report(one, "MessageWaiting", gateway_id=f"g{one.pk}") for one in texts[3:7]])
            settle.settle(claim, [Result(one.pk, "accepted", gateway_id=f"g{one.pk}") for one in texts[::2]])
            delivery.store([report(one, "AbsentSubscriber", gateway_id=f"g{one.pk}") for one in texts[2:]])

    def apply():
        while time.monotonic() < until:
            done.append(delivery.apply_waiting(limit=40))

    for one in [Beside(send), Beside(send), Beside(apply), Beside(apply)]:
        one.join()
    DeliveryReport.objects.filter(state="waiting").update(next_try_at=timezone.now())
    while delivery.reports_wait():
        delivery.apply_waiting()
    assert sum(done) > 100
    assert not wrong_tallies()
    sent = Batch.objects.filter(run=run).exclude(status="ready")
    assert {one.status for one in sent} <= {"settled", "uncertain"}
    assert not DeliveryReport.objects.exclude(state__in=["applied", "waiting"]).exists()


def test_a_settlement_and_the_applier_lock_waiting_reports_in_one_order():
    make_sending_run(contacts=100)
    claim = begin_call()
    delivery.store([report(one, gateway_id=f"g{one.pk}") for one in texts_of(claim)])
    delivery.apply_waiting()
    waiting = DeliveryReport.objects.filter(state="waiting").order_by("pk").values_list("pk", flat=True)
    low, high = waiting[0], waiting[99]
    hold = "SELECT id FROM campaigns_deliveryreport WHERE id = %s FOR NO KEY UPDATE"

    def locks_from_the_lowest_on(work):
        DeliveryReport.objects.filter(pk=low).update(received_at=timezone.now())  # the last to be met otherwise
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(hold, [low])
            beside = Beside(work)
            until_somebody_waits_for_a_lock()
            cursor.execute(f"{hold} NOWAIT", [high])
        beside.join()

    locks_from_the_lowest_on(lambda: end_call(claim, accepted=100))
    assert not DeliveryReport.objects.filter(next_try_at__gt=timezone.now()).exists()
    DeliveryReport.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
    locks_from_the_lowest_on(delivery.apply_waiting)
    assert {status_of(one) for one in texts_of(claim)} == {"delivered"}
