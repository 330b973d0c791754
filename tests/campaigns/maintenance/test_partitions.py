"""Delivery reports lie in partitions by their month, which are there in time and go when they are kept no longer."""

from datetime import UTC, date, datetime

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from campaigns import delivery
from campaigns.maintenance import partitions
from campaigns.models import DeliveryReport
from tests.calls import Beside, begin_call, end_call, make_sending_run, report, status_of

pytestmark = pytest.mark.django_db(transaction=True)

FAR = date(2041, 11, 15)
TODAY = datetime.now(UTC).date()


@pytest.fixture(autouse=True)
def only_present_ones():
    yield
    with connection.cursor() as cursor:
        for name in names() - {f"{partitions.TABLE}_other"}:
            if "_204" in name or "_2019" in name:
                cursor.execute(f"DROP TABLE {name}")


def names():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [partitions.TABLE]
        )
        return {row[0] for row in cursor.fetchall()}


def lies_in():
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT tableoid::regclass::text FROM {partitions.TABLE} ORDER BY id")
        return [row[0].removeprefix(f"{partitions.TABLE}_") for row in cursor.fetchall()]


def came(when):
    delivery.store([{"messageId": "75", "destaddr": "254722000000"}])
    DeliveryReport.objects.filter(pk=DeliveryReport.objects.latest("pk").pk).update(received_at=when)


def partition_of(report):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM campaigns_deliveryreport WHERE id = %s", [report.pk])
        return cursor.fetchone()[0]


def test_this_month_and_the_next_two_are_there_after_migrating():
    assert partitions.ensure_partitions(TODAY) == []
    delivery.store([{"messageId": "75"}])
    assert lies_in() == [f"{TODAY:%Y_%m}"]


def test_months_are_made_ahead_over_the_end_of_the_year_and_only_once():
    assert partitions.ensure_partitions(FAR) == [
        f"{partitions.TABLE}_{month}" for month in ("2041_11", "2041_12", "2042_01")
    ]
    assert partitions.ensure_partitions(FAR) == []
    assert partitions.ensure_partitions(date(2041, 12, 1)) == [f"{partitions.TABLE}_2042_02"]


def test_the_month_is_that_of_utc():
    partitions.ensure_partitions(FAR)
    came("2041-12-01T01:59+03:00")
    came("2041-12-01T03:00+03:00")
    assert lies_in() == ["2041_11", "2041_12"]


def test_any_number_may_make_them_at_once():
    made = []
    for one in [Beside(lambda: made.extend(partitions.ensure_partitions(FAR))) for _ in range(6)]:
        one.join()
    assert len(made) == 3


def test_what_came_before_its_month_was_made_is_kept_and_moved():
    came("2041-11-15T12:00Z")
    came("2041-10-31T23:59Z")
    assert lies_in() == ["other", "other"]
    partitions.ensure_partitions(FAR)
    assert lies_in() == ["2041_11", "other"]


def test_a_report_in_any_partition_is_applied():
    make_sending_run(contacts=2)
    messages = end_call(begin_call(), accepted=2)
    delivery.store([report(one) for one in messages])
    DeliveryReport.objects.filter(gateway_id=messages[0].gateway_id).update(received_at="2019-01-01T00:00Z")
    assert "other" in lies_in()
    delivery.apply_waiting()
    assert [status_of(one) for one in messages] == ["delivered", "delivered"]


def test_emptying_the_tables_and_numbering_anew_still_work():
    came("2041-11-15T12:00Z")
    call_command("flush", verbosity=0, interactive=False)
    assert not DeliveryReport.objects.exists()
    delivery.store([{"messageId": "75"}])
    assert DeliveryReport.objects.get().pk == 1
    DeliveryReport.objects.create(body={}, state="waiting")
    assert DeliveryReport.objects.count() == 2


def test_what_lies_in_no_month_goes_when_its_time_is_over():
    came("2019-01-01T00:00Z")
    came("2019-03-01T00:00Z")
    partitions.drop_partitions_before(date(2019, 2, 1))
    assert DeliveryReport.objects.count() == 1


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
