"""Reports of a number to which a run has several texts: which is meant, and what as many reports as texts prove."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from campaigns import delivery
from campaigns.actions import resolve
from campaigns.models import Batch, DeliveryReport, Gate, GivenId, Message
from campaigns.sending import settle
from tests.calls import (
    Beside,
    begin_call,
    end_call,
    make_sending_run,
    report,
    status_of,
    until_somebody_waits_for_a_lock,
    with_siblings,
    wrong_tallies,
)

pytestmark = pytest.mark.django_db(transaction=True)

DELIVERED, FAILED, INTERIM = "DeliveredToTerminal", "AbsentSubscriber", "MessageWaiting"


@pytest.fixture
def run():
    return with_siblings(make_sending_run(contacts=2))


def in_doubt(calls=2):
    """The texts to the first number, of calls that broke."""
    found = [text for _ in range(calls) for text in end_call(begin_call(), accepted=0)]
    return [text for text in found if text.phone == found[0].phone]


def take(*reports, **at):
    delivery.store(reports)
    delivery.apply_waiting(**at)


def statuses(texts):
    return [status_of(one) for one in texts]


def states():
    return list(DeliveryReport.objects.order_by("pk").values_list("state", "bound"))


def test_an_id_that_two_texts_of_a_number_have_means_neither(run):
    texts = [one for _ in range(2) for one in end_call(begin_call(), accepted=2, ids=lambda message: "10")]
    take(report(texts[0]))
    assert statuses(texts) == ["accepted"] * 4
    assert DeliveryReport.objects.get().state == "conflict"


def test_nor_where_one_of_them_had_it_by_its_first_try(run):
    claim = begin_call()
    settle.settle(claim, [settle.Result(one.message, "uncertain", gateway_id="10") for one in claim.texts])
    Gate.objects.update(doubt_clock=10_000)
    assert resolve.resend_uncertain(run.campaign) == 2
    end_call(begin_call(), accepted=2, ids=lambda message: "10")
    texts = end_call(begin_call(), accepted=2, ids=lambda message: f"second{message}")
    assert {one.attempt for one in texts} == {2}
    take(report(texts[0], gateway_id="10"))
    assert DeliveryReport.objects.get().state == "conflict"


@pytest.mark.parametrize("hours", [71, 73])
def test_it_means_the_newest_where_the_other_was_posted_too_long_before(run, hours):
    older = end_call(begin_call(), accepted=2, ids=lambda message: "10")[0]
    newer = end_call(begin_call(), accepted=2, ids=lambda message: "10")[0]
    Message.objects.filter(pk=older.pk).update(posted_at=timezone.now() - timedelta(hours=hours))
    take(report(newer))
    assert status_of(older) == "accepted"
    assert status_of(newer) == ("delivered" if hours == 73 else "accepted")


def test_one_report_for_two_texts_in_doubt_means_neither_however_often_it_comes(run):
    texts = in_doubt()
    take(*[report(texts[0], gateway_id="a")] * 3)
    assert statuses(texts) == ["uncertain"] * 2
    assert {state for state, _ in states()} == {"waiting"}


@pytest.mark.parametrize("words, status", [(DELIVERED, "delivered"), (FAILED, "undelivered")])
def test_as_many_reports_as_texts_that_say_the_same_are_true_of_all(run, words, status):
    texts = in_doubt()
    take(*(report(texts[0], words, gateway_id=one) for one in "ab"))
    assert statuses(texts) == [status] * 2
    assert states() == [("applied", "among")] * 2
    assert set(DeliveryReport.objects.values_list("message", flat=True)) == {one.pk for one in texts}
    # Which has which id would be a guess.
    assert not GivenId.objects.exists()
    assert set(Message.objects.values_list("gateway_id", flat=True)) == {""}
    assert not wrong_tallies()


def test_where_they_differ_both_are_known_to_have_gone_and_no_more(run):
    texts = in_doubt()
    take(report(texts[0], DELIVERED, gateway_id="a"), report(texts[0], FAILED, gateway_id="b"))
    assert statuses(texts) == ["accepted"] * 2
    assert states() == [("applied", "among")] * 2
    assert not DeliveryReport.objects.exclude(message=None).exists()
    assert not wrong_tallies()
    # Said once more, it is no more.
    take(report(texts[0], DELIVERED, gateway_id="a"), report(texts[0], FAILED, gateway_id="b"))
    assert statuses(texts) == ["accepted"] * 2


def test_interim_ones_prove_and_the_last_word_waits_for_the_other_s(run):
    texts = in_doubt()
    take(report(texts[0], INTERIM, gateway_id="a"))
    take(report(texts[0], INTERIM, gateway_id="b"))
    assert statuses(texts) == ["accepted"] * 2
    take(report(texts[0], DELIVERED, gateway_id="a"))
    assert statuses(texts) == ["accepted"] * 2
    take(report(texts[0], DELIVERED, gateway_id="b"))
    assert statuses(texts) == ["delivered"] * 2
    assert states() == [("applied", "among")] * 4


def test_a_last_word_beside_an_interim_one_is_not_lost(run):
    texts = in_doubt()
    take(report(texts[0], FAILED, gateway_id="a"), report(texts[0], INTERIM, gateway_id="b"))
    assert statuses(texts) == ["accepted"] * 2
    assert states() == [("waiting", ""), ("applied", "among")]
    take(report(texts[0], FAILED, gateway_id="b"))
    assert statuses(texts) == ["undelivered"] * 2
    assert not wrong_tallies()


def test_of_several_final_ones_with_an_id_the_first_received_counts(run):
    texts = in_doubt()
    take(*(report(texts[0], words, gateway_id=one) for words, one in [(FAILED, "a"), (DELIVERED, "a"), (FAILED, "b")]))
    assert statuses(texts) == ["undelivered"] * 2


@pytest.mark.parametrize("ids", ["abc", ["a", ""], ["", "0"]])
def test_more_ids_or_fewer_than_texts_prove_nothing(run, ids):
    texts = in_doubt()
    take(*(report(texts[0], gateway_id=one) for one in ids))
    assert statuses(texts) == ["uncertain"] * 2


def test_a_report_of_another_sender_is_none_of_them(run):
    texts = in_doubt()
    take(report(texts[0], gateway_id="a"), report(texts[0], gateway_id="b", sourceaddr="OTHER"))
    assert statuses(texts) == ["uncertain"] * 2


def test_nothing_is_proved_while_a_call_is_under_way(run):
    in_doubt(calls=1)
    claim = begin_call()
    first = Message.objects.select_related("batch__sender").order_by("pk").first()
    take(*(report(first, gateway_id=one) for one in "ab"))
    assert status_of(first) == "uncertain"
    end_call(claim, accepted=0)
    delivery.apply_waiting()
    assert set(Message.objects.filter(phone=first.phone).values_list("status", flat=True)) == {"delivered"}


def test_two_ids_may_be_two_tries_of_one_text(run):
    texts = in_doubt()
    Gate.objects.update(doubt_clock=10_000)
    assert resolve.resend_uncertain(run.campaign) == 4
    texts = in_doubt()
    take(*(report(texts[0], gateway_id=one) for one in "ab"))
    assert statuses(texts) == ["uncertain"] * 2


def test_reports_that_are_not_in_the_bulk_count_too(run):
    texts = in_doubt()
    delivery.store([report(texts[0], gateway_id=one) for one in "ab"])
    assert delivery.apply_waiting(limit=1) == 1
    assert statuses(texts) == ["delivered"] * 2
    assert states() == [("applied", "among")] * 2
    assert delivery.apply_waiting() == 0


def test_three_texts_and_three_reports():
    with_siblings(make_sending_run(contacts=1), texts=3)
    texts = in_doubt(calls=3)
    take(report(texts[0], gateway_id="a"), report(texts[0], gateway_id="b"))
    assert statuses(texts) == ["uncertain"] * 3
    take(report(texts[0], gateway_id="c"))
    assert statuses(texts) == ["delivered"] * 3


@pytest.mark.parametrize("second, status", [(DELIVERED, "delivered"), (FAILED, "accepted")])
def test_what_can_be_told_only_under_the_locks_is_looked_at_once_more(run, second, status):
    """At the first look a call is under way; it ends while the applier waits for the lock of another batch."""
    other = end_call(begin_call(), accepted=1, ids=lambda message: "known")
    pair = with_siblings(make_sending_run(contacts=1, sender=run.campaign.sender))
    Batch.objects.filter(run=run, status="ready").update(not_before="2100-01-01T00:00Z")
    first = end_call(begin_call(), accepted=0)[0]
    claim = begin_call()
    delivery.store([report(other[0]), report(first, gateway_id="a"), report(first, second, gateway_id="b")])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM campaigns_batch WHERE id = %s FOR UPDATE", [other[0].batch_id])
        applier = Beside(delivery.apply_waiting)
        until_somebody_waits_for_a_lock()
        Beside(lambda: settle.settle_in_doubt(claim, "connection_broke", "broke")).join()
    applier.join()
    texts = Message.objects.filter(run=pair)
    assert statuses(texts) == ["uncertain"] * 2
    delivery.apply_waiting()
    assert statuses(texts) == [status] * 2
    assert not wrong_tallies()
