"""Applying in bulk: what is not applied is found by its mark, one bad report stops nobody, and totals are the rows."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from campaigns import delivery
from campaigns.ledger.tallies import totals
from campaigns.models import DeliveryReport, Message, UnmappedDescription
from campaigns.sending import settle
from campaigns.sending.settle import Result
from tests.calls import (
    Beside,
    begin_call,
    end_call,
    make_sending_run,
    report,
    status_of,
    texts_of,
    with_siblings,
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


def test_of_a_bulk_that_is_halved_one_half_may_have_placed_what_is_in_the_other(refusing):
    with_siblings(make_sending_run(contacts=2))
    first, other = end_call(begin_call(), accepted=0)
    end_call(begin_call(), accepted=0)
    Message.objects.filter(pk=other.pk).update(gateway_id="its own")
    bad = report(other, gateway_id="its own", origin="bad")
    delivery.store([report(first, gateway_id="a"), bad, report(first, gateway_id="b"), bad])
    delivery.apply_waiting()
    assert set(Message.objects.filter(phone=first.phone).values_list("status", flat=True)) == {"delivered"}
    told = DeliveryReport.objects.order_by("pk").values_list("state", flat=True)
    assert list(told) == ["applied", "failed", "applied", "failed"]


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
    assert delivery.apply_waiting(limit=4) == 8
    assert DeliveryReport.objects.filter(state="applied").count() == 4
    assert DeliveryReport.objects.filter(tries=2).count() == 4


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


def test_one_applier_works_at_a_time():
    make_sending_run(contacts=1)
    delivery.store([report(one) for one in end_call(begin_call(), accepted=1)])
    seen = []
    with transaction.atomic():
        assert delivery.apply_waiting() == 1
        Beside(lambda: seen.append(delivery.apply_waiting())).join()
    assert seen == [0]
    assert delivery.reports_wait() is False
