"""Reports only move a message forward, and the totals follow."""

import itertools
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import delivery
from campaigns.ledger.tallies import totals
from campaigns.maintenance import close_runs
from campaigns.models import Batch, DeliveryReport, Message
from tests.calls import report, send

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_what_gets_no_report_in_time_expires_and_a_late_report_still_counts(run):
    message = send()[0]
    Batch.objects.update(posted_at=timezone.now() - timedelta(hours=73))
    close_runs.expire_unreported()
    assert totals(run).counts["expired"] == 20
    delivery.store([report(message)])
    delivery.apply_waiting()
    assert totals(run).counts["delivered"] == 1
