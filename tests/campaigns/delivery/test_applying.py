"""Applying in bulk: what is not applied is found by its mark, one bad report stops nobody, and totals are the rows."""

import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from kombu import Connection

from campaigns import delivery, tasks
from campaigns.ledger.tallies import totals
from campaigns.models import Batch, DeliveryReport, UnmappedDescription
from campaigns.sending import settle
from campaigns.sending.settle import Result
from lib.nudge import queued
from qsms_portal.celery import app
from qsms_portal.embedded import ensure_redis
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

REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.network = 'bad' THEN
        RAISE EXCEPTION 'not this one';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refuse BEFORE UPDATE ON campaigns_message FOR EACH ROW EXECUTE FUNCTION refuse();
"""


@pytest.fixture
def refusing():
    """A database that does not take what reports of the network `bad` say."""
    with connection.cursor() as cursor:
        cursor.execute(REFUSE)
        yield
        cursor.execute("DROP TRIGGER refuse ON campaigns_message; DROP FUNCTION refuse")


def states():
    return dict(DeliveryReport.objects.order_by("pk").values_list("gateway_id", "state"))


def test_reports_that_commit_in_another_order_than_they_came_are_all_applied():
    make_sending_run(contacts=2)
    first, second = end_call(begin_call(), accepted=2)
    with transaction.atomic():
        delivery.store([report(first)])
        Beside(lambda: delivery.store([report(second)])).join()
        Beside(delivery.apply_waiting).join()
        assert (status_of(first), status_of(second)) == ("accepted", "delivered")
    assert DeliveryReport.objects.get(gateway_id=first.gateway_id).pk < DeliveryReport.objects.get(message=second).pk
    delivery.apply_waiting()
    assert status_of(first) == "delivered"


@pytest.mark.parametrize("bad", [[0], [19], [3, 4, 11], range(20)], ids=str)
def test_a_bulk_that_fails_is_halved_down_to_the_reports_that_cannot_be_applied(refusing, bad):
    run = make_sending_run(contacts=20)
    messages = end_call(begin_call(), accepted=20)
    bad = [messages[place] for place in bad]
    delivery.store([report(one, origin="bad" if one in bad else "Safaricom") for one in messages])
    delivery.apply_waiting()
    told = states()
    assert {key for key, state in told.items() if state == "failed"} == {one.gateway_id for one in bad}
    assert set(told.values()) <= {"failed", "applied"}
    assert totals(run).counts["delivered"] == 20 - len(bad)
    assert all("not this one" in one.error for one in DeliveryReport.objects.filter(state="failed"))
    assert not wrong_tallies()
    assert delivery.apply_waiting() == 0


def test_of_several_final_reports_in_one_bulk_the_first_received_counts_whatever_its_number():
    make_sending_run(contacts=1)
    (message,) = end_call(begin_call(), accepted=1)
    delivery.store([report(message, "DeliveryImpossible")])
    delivery.store([report(message, "DeliveredToTerminal")])
    DeliveryReport.objects.filter(description="DeliveredToTerminal").update(
        received_at=timezone.now() - timedelta(minutes=1)
    )
    delivery.apply_waiting()
    assert status_of(message) == "delivered"


def test_a_report_that_waited_counts_before_one_that_came_later_and_was_found_at_once():
    make_sending_run(contacts=1)
    claim = begin_call()
    (message,) = texts_of(claim)
    delivery.store([report(message, "DeliveryImpossible", gateway_id="early")])
    delivery.apply_waiting()
    settle.settle(claim, [Result(message.pk, "accepted", gateway_id="early")])
    delivery.store([report(message, "DeliveredToTerminal", gateway_id="early")])
    delivery.apply_waiting()
    assert status_of(message) == "undelivered"


def test_what_waits_does_not_keep_out_what_is_new_nor_the_other_way_round():
    make_sending_run(contacts=20)
    messages = end_call(begin_call(), accepted=20)
    delivery.store([report(messages[0], gateway_id=f"?{number}", destaddr="254700999999") for number in range(20)])
    delivery.apply_waiting()
    DeliveryReport.objects.update(next_try_at=timezone.now())
    delivery.store([report(one) for one in messages])
    assert delivery.apply_waiting(limit=4) == 6
    assert DeliveryReport.objects.filter(state="applied").count() == 4
    assert DeliveryReport.objects.filter(tries=2).count() == 2


def test_words_that_no_row_of_the_table_knows_are_counted_once_for_each_report():
    make_sending_run(contacts=3)
    messages = end_call(begin_call(), accepted=3)
    words = {"dlrDesc": "GoneFishing", "dlrStatus": "77"}
    delivery.store(
        [report(one, **words) for one in messages]
        + [report(messages[0], gateway_id="?", destaddr="254700999999", **words)]
    )
    delivery.store([report(messages[0], "GoneFishing", dlrStatus="78"), report(messages[0])])
    for _ in range(3):
        delivery.apply_waiting()
        DeliveryReport.objects.filter(state="waiting").update(next_try_at=timezone.now())
    counted = {(one.description, one.code): one.count for one in UnmappedDescription.objects.all()}
    assert counted == {("GoneFishing", "77"): 4, ("GoneFishing", "78"): 1}
    delivery.store([report(messages[0], **words)])
    delivery.apply_waiting()
    again = UnmappedDescription.objects.get(code="77")
    assert again.count == 5
    assert again.first_at < again.last_at


def test_what_is_no_report_is_set_aside_and_counted_nowhere_else():
    delivery.store(["text", {"a": 1}])
    delivery.apply_waiting()
    assert sorted(DeliveryReport.objects.values_list("state", flat=True)) == ["unreadable", "waiting"]


def test_one_applier_works_at_a_time():
    make_sending_run(contacts=1)
    delivery.store([report(one) for one in end_call(begin_call(), accepted=1)])
    seen = []
    with transaction.atomic():
        assert delivery.apply_waiting() == 1
        Beside(lambda: seen.append(delivery.apply_waiting())).join()
    assert seen == [0]
    assert delivery.reports_wait() is False


def test_the_tick_nudges_the_applier_once_when_reports_wait():
    ensure_redis()
    with Connection(app.conf.broker_url) as connection:
        connection.default_channel.client.delete("reports")
    tasks.tick()
    assert queued("reports") == 0
    make_sending_run(contacts=1)
    delivery.store([report(one) for one in end_call(begin_call(), accepted=1)])
    tasks.tick()
    tasks.tick()
    assert queued("reports") == 1
    tasks.apply_reports()
    assert not delivery.reports_wait()


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
