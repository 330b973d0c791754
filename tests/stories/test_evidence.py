"""Which text a report means, and what it proves: each clause of the promise, one by one."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from campaigns import delivery
from campaigns.actions import resolve
from campaigns.ledger.tallies import totals
from campaigns.maintenance import close_runs
from campaigns.models import Batch, DeliveryReport, Gate, GivenId, Message, Run
from campaigns.sending import settle
from campaigns.sending.claim import claim_next, mark_posted
from campaigns.sending.settle import Result
from tests.calls import (
    CALL,
    Beside,
    begin_call,
    end_call,
    latest,
    make_sending_run,
    report,
    status_of,
    texts_of,
    until_somebody_waits_for_a_lock,
    with_siblings,
    wrong_tallies,
)
from tests.makers import make_group, make_sender

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def group():
    return make_group(contacts=3)


@pytest.fixture(params=["one text a number", "siblings"])
def run(request, group):
    """Of siblings the others have gone, and their ids are known."""
    run = make_sending_run(group)
    return with_siblings(run, known=True) if request.param == "siblings" else run


def take(*reports):
    delivery.store(reports)
    delivery.apply_waiting()


def in_doubt(run):
    """The three texts of a call that broke."""
    return end_call(begin_call(), accepted=0)


def queued_again(run):
    """The three texts of a call that broke, sent again and not claimed yet."""
    messages = in_doubt(run)
    Gate.objects.update(doubt_clock=10_000)
    assert resolve.resend_uncertain(run.campaign) == 3
    return messages


FIRST_TRY = [("MessageWaiting", "accepted"), ("DeliveredToTerminal", "delivered"), ("AbsentSubscriber", "undelivered")]


@pytest.mark.parametrize("description, status", FIRST_TRY)
def test_a_report_proves_the_first_try_of_a_text_that_is_queued_again(run, description, status):
    messages = queued_again(run)
    take(report(messages[0], description, gateway_id="late"))
    message = Message.objects.get(pk=messages[0].pk)
    assert (message.status, message.gateway_id, message.reason in ("", "phone_off")) == (status, "late", True)
    assert not wrong_tallies()
    claim = claim_next(CALL)
    assert {one.message for one in claim.texts} == {messages[1].pk, messages[2].pk}


@pytest.mark.parametrize("description, status", FIRST_TRY)
def test_a_batch_of_which_all_are_proved_is_settled_without_a_call(run, description, status):
    messages = queued_again(run)
    take(*(report(one, description, gateway_id=f"late{one.pk}") for one in messages))
    assert claim_next(CALL) is None
    assert not Batch.objects.exclude(status="settled").exists()
    close_runs.close_finished_runs()
    assert latest(run).status == Run.Status.FINISHED
    assert [status_of(one) for one in messages] == [status] * 3


@pytest.mark.parametrize("description, status", FIRST_TRY)
def test_a_report_of_the_first_try_waits_while_the_second_is_under_way(run, description, status):
    messages = queued_again(run)
    claim = begin_call()
    take(report(messages[0], description, gateway_id="first"))
    assert DeliveryReport.objects.get().state == "waiting"
    assert status_of(messages[0]) == "queued"
    end_call(claim, accepted=0)
    delivery.apply_waiting()
    assert status_of(messages[0]) == status


@pytest.mark.parametrize("description, status", FIRST_TRY)
def test_a_report_of_the_first_try_counts_after_the_second_was_accepted(run, description, status):
    messages = queued_again(run)
    end_call(begin_call(), accepted=3, ids=lambda message: f"second{message}")
    take(report(messages[0], description, gateway_id="first"))
    message = Message.objects.get(pk=messages[0].pk)
    assert (message.status, message.gateway_id) == (status, f"second{message.pk}")
    assert DeliveryReport.objects.get().bound == "phone"
    # The same id is known from now on.
    take(report(messages[0], description, gateway_id="first"))
    assert set(DeliveryReport.objects.values_list("state", "bound")) == {("applied", "phone"), ("applied", "id")}


@pytest.mark.parametrize("first_try, second_try, means", [(80, 1, True), (1, 80, True), (80, 79, False)])
def test_either_try_may_be_what_a_report_means(run, first_try, second_try, means):
    messages = queued_again(run)
    end_call(begin_call(), accepted=0)
    now = timezone.now()
    Message.objects.update(posted_at=now - timedelta(hours=first_try))
    Batch.objects.filter(is_resend=True).update(posted_at=now - timedelta(hours=second_try))
    take(report(messages[0], gateway_id="new"))
    assert status_of(messages[0]) == ("delivered" if means else "uncertain")


@pytest.mark.parametrize("second", ["delivered", "rejected", "accepted"])
def test_a_text_that_was_sent_again_can_be_meant_whatever_became_of_the_second_try(run, group, second):
    messages = queued_again(run)
    claim = begin_call()
    settle.settle(claim, [Result(one.message, "accepted", gateway_id=f"s{one.message}") for one in claim.texts])
    if second == "delivered":
        take(*(report(one, gateway_id=f"s{one.pk}") for one in messages))
    if second == "rejected":
        Message.objects.update(status="rejected", gateway_id="")
    make_sending_run(group, sender=run.campaign.sender)
    other = end_call(begin_call(), accepted=0)[0]
    take(report(messages[0], gateway_id="of the first try"))
    assert status_of(other) == "uncertain"
    assert DeliveryReport.objects.order_by("pk").last().state == "waiting"


def test_a_first_try_whose_id_is_known_is_found_by_it_after_the_second(run):
    claim = begin_call()
    # In doubt, but with an id.
    settle.settle(claim, [Result(one.message, "uncertain", gateway_id=f"first{one.message}") for one in claim.texts])
    Gate.objects.update(doubt_clock=10_000)
    resolve.resend_uncertain(run.campaign)
    messages = end_call(begin_call(), accepted=3, ids=lambda message: f"second{message}")
    take(report(messages[0], gateway_id=f"first{messages[0].pk}"))
    assert status_of(messages[0]) == "delivered"
    assert DeliveryReport.objects.get().bound == "id"


@pytest.mark.parametrize("description, status", FIRST_TRY)
def test_a_text_in_doubt_whose_id_is_known_is_proved_by_it(run, description, status):
    claim = begin_call()
    settle.settle(claim, [Result(one.message, "uncertain", gateway_id=f"g{one.message}") for one in claim.texts])
    message = texts_of(claim)[0]
    assert message.status == "uncertain"
    take(report(message, description))
    assert status_of(message) == status
    assert DeliveryReport.objects.get().bound == "id"


@pytest.mark.parametrize("description", ["MessageWaiting", "DeliveredToTerminal"])
@pytest.mark.parametrize("status", ["accepted", "unknown"])
def test_a_text_whose_id_is_not_known_learns_it(run, status, description):
    message = in_doubt(run)[0]
    Message.objects.filter(pk=message.pk).update(status=status)
    take(report(message, description, gateway_id="learnt"))
    message.refresh_from_db()
    assert message.gateway_id == "learnt"
    assert message.status == ("delivered" if description == "DeliveredToTerminal" else status)
    assert GivenId.objects.get(gateway_id="learnt").message_id == message.pk


@pytest.mark.parametrize("status", ["delivered", "undelivered", "rejected", "skipped", "cancelled"])
@pytest.mark.parametrize("description", ["MessageWaiting", "DeliveredToTerminal", "DeliveryImpossible"])
def test_what_is_final_stays_as_it_is(run, status, description):
    message = end_call(begin_call(), accepted=3)[0]
    Message.objects.filter(pk=message.pk).update(status=status)
    take(report(message, description))
    assert status_of(message) == status
    assert DeliveryReport.objects.get().state == "applied"


@pytest.mark.parametrize("status", ["unknown", "expired"])
@pytest.mark.parametrize("description, moved", FIRST_TRY)
def test_a_late_report_moves_what_was_given_up(run, status, description, moved):
    message = end_call(begin_call(), accepted=3)[0]
    Message.objects.filter(pk=message.pk).update(status=status)
    take(report(message, description))
    assert status_of(message) == (status if moved == "accepted" else moved)


@pytest.mark.parametrize("written", ["0", "", None, 0])
def test_id_0_or_empty_is_none(run, written):
    messages = end_call(begin_call(), accepted=3, ids=lambda message: "")
    take(report(messages[0], gateway_id=written))
    assert [status_of(one) for one in messages] == ["delivered", "accepted", "accepted"]
    assert not GivenId.objects.filter(message__in=messages).exists()


def test_ids_are_not_unique_and_match_with_the_phone_newest_first(run, group):
    first = end_call(begin_call(), accepted=3, ids=lambda message: "10")
    Message.objects.filter(run=run).update(posted_at=timezone.now() - timedelta(hours=73))
    make_sending_run(group, sender=run.campaign.sender)
    second = end_call(begin_call(), accepted=3, ids=lambda message: "10")
    take(report(second[1]))
    assert [status_of(one) for one in first] == ["accepted"] * 3
    assert [status_of(one) for one in second] == ["accepted", "delivered", "accepted"]


def test_an_id_of_another_phone_is_a_conflict_even_where_the_phone_alone_would_do(run):
    claim = begin_call()
    messages = end_call(claim, accepted=1)
    take(report(messages[1], gateway_id=messages[0].gateway_id))
    assert DeliveryReport.objects.get().state == "conflict"
    assert status_of(messages[1]) == "uncertain"


@pytest.mark.parametrize("source, means", [("", True), ("ours", True), ("OTHER", False)])
def test_only_the_sender_that_the_report_names_can_be_meant(run, source, means):
    message = in_doubt(run)[0]
    name = message.batch.sender.name if source == "ours" else source
    take(report(message, gateway_id="new", sourceaddr=name))
    assert status_of(message) == ("delivered" if means else "uncertain")


def test_nothing_is_bound_by_phone_to_a_text_that_was_never_posted(run):
    message = Message.objects.select_related("batch__sender").order_by("pk")[0]
    take(report(message, gateway_id="new"))
    assert status_of(message) == "queued"
    claim_next(CALL)
    DeliveryReport.objects.update(next_try_at=timezone.now())
    delivery.apply_waiting()
    assert status_of(message) == "queued"


def test_a_reply_that_is_written_between_looking_and_locking_is_seen(run, group):
    """The first look finds a text in doubt by its phone; then another's reply names the report's id as its own."""
    doubtful = in_doubt(run)[0]
    other = make_sending_run(group, sender=make_sender())
    claim = claim_next(CALL)
    mark_posted(claim)
    delivery.store([report(doubtful, gateway_id="given to the other")])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM campaigns_batch WHERE id = %s FOR UPDATE", [doubtful.batch_id])
        applier = Beside(delivery.apply_waiting)
        until_somebody_waits_for_a_lock()
        meant = next(one for one in claim.texts if one.phone == doubtful.phone)
        settle.settle(claim, [Result(meant.message, "accepted", gateway_id="given to the other")])
    applier.join()
    delivery.apply_waiting()
    assert status_of(doubtful) == "uncertain"
    assert Message.objects.get(pk=meant.message).status == "delivered"
    assert totals(other).counts["delivered"] == 1


def test_a_text_that_is_sent_again_between_looking_and_locking_is_moved_in_its_new_batch(run):
    claim = begin_call()
    settle.settle(claim, [Result(one.message, "uncertain", gateway_id=f"g{one.message}") for one in claim.texts])
    message = texts_of(claim)[0]
    Gate.objects.update(doubt_clock=10_000)
    delivery.store([report(message)])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM campaigns_batch WHERE id = %s FOR UPDATE", [message.batch_id])
        applier = Beside(delivery.apply_waiting)
        until_somebody_waits_for_a_lock()
        assert resolve.resend_uncertain(run.campaign) == 3
    applier.join()
    assert not wrong_tallies()
    delivery.apply_waiting()
    assert status_of(message) == "delivered"
    assert not wrong_tallies()
