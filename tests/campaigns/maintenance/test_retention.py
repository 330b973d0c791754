"""What is old goes, run by run and month by month; what is needed stays."""

import time
from datetime import date, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from campaigns import delivery, planning
from campaigns.actions import retry
from campaigns.maintenance import close_runs, partitions, retention, start_runs
from campaigns.models import Batch, Campaign, DeliveryReport, GivenId, Message, Rules, Run
from campaigns.sending import settle
from campaigns.sending.claim import claim_next, mark_posted
from campaigns.sending.settle import Result
from tests.makers import make_campaign, make_group, make_run

pytestmark = pytest.mark.django_db(transaction=True)


def ended(days):
    run = make_run(make_campaign(make_group(contacts=120), status=Campaign.Status.ACTIVE))
    planning.plan_run(run.pk)
    run.refresh_from_db()
    start_runs.start_run(run)
    while claim := claim_next(timedelta(seconds=70)):
        mark_posted(claim)
        settle.settle(claim, [Result(one.message, "accepted", gateway_id=f"g{one.message}") for one in claim.texts])
    close_runs.close_finished_runs()
    Run.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(days=days))
    return run


def test_old_runs_go_with_all_that_is_theirs_and_campaigns_stay():
    old, young = ended(100), ended(10)
    needed = ended(100)
    retry.make_draft(needed, "failed", None)
    Rules.objects.update(message_months=3)
    retention.keep_house(60)
    assert set(Run.objects.values_list("pk", flat=True)) == {young.pk, needed.pk}
    assert Message.objects.count() == GivenId.objects.count() == 240
    assert not Batch.objects.filter(run=old).exists()
    assert Campaign.objects.filter(pk=old.campaign_id).exists()


def test_without_a_rule_nothing_is_deleted_and_with_no_time_left_it_goes_on_the_next_time():
    run = ended(1000)
    retention.keep_house(60)
    assert Message.objects.filter(run=run).count() == 120
    assert retention.delete_runs_before(timezone.now(), time.monotonic() - 1) == 0
    assert retention.delete_runs_before(timezone.now(), time.monotonic() + 60) == 1


def partition_of(report):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM campaigns_deliveryreport WHERE id = %s", [report.pk])
        return cursor.fetchone()[0]


def test_reports_stand_by_month_and_old_months_are_dropped_whole():
    delivery.store([{"messageId": "1", "dlrDesc": "DeliveredToTerminal", "destaddr": "254722000000"}])
    today = timezone.now().date()
    partitions.ensure_partitions(today)
    now = DeliveryReport.objects.get()
    assert partition_of(now) == f"campaigns_deliveryreport_{today:%Y_%m}"
    old = date(2019, 3, 1)
    assert partitions.ensure_partitions(old)[0] == "campaigns_deliveryreport_2019_03"
    assert partitions.ensure_partitions(old) == []
    DeliveryReport.objects.create(body={}, received_at="2019-03-31T23:59Z")
    DeliveryReport.objects.create(body={}, received_at="2018-01-01T00:00Z")
    assert partitions.drop_partitions_before(date(2019, 4, 1)) == ["campaigns_deliveryreport_2019_03"]
    assert list(DeliveryReport.objects.values_list("received_at", flat=True)) == [now.received_at]
    partitions.drop_partitions_before(date(2019, 7, 1))
