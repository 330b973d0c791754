"""What is not known to have gone out: counted in two kinds, sent again once by who says so, proved by late reports."""

from datetime import timedelta

import pytest

from campaigns import delivery
from campaigns.actions import steer
from campaigns.actions.resolve import NotYet, leave_uncertain, resend_uncertain
from campaigns.ledger.tallies import totals
from campaigns.maintenance import close_runs
from campaigns.models import Batch, Campaign, DeliveryReport, Gate, Message, Run, transitions
from campaigns.sending import settle
from campaigns.sending.claim import claim_next, mark_posted
from campaigns.sending.doubt import doubt_of
from campaigns.sending.settle import Result
from tests.calls import CALL, make_broken_run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def wait(settings):
    settings.QSMS_UNCERTAIN_WAIT = timedelta(seconds=900)


@pytest.fixture
def run():
    return make_broken_run()


def waited():
    Gate.objects.update(doubt_clock=901)


def report(message, words="DeliveredToTerminal", gateway_id=""):
    delivery.store(
        [{"messageId": gateway_id or f"g{message.pk}", "dlrDesc": words, "destaddr": message.phone, "sourceaddr": ""}]
    )


def test_before_the_waiting_time_is_over_nothing_is_sent_again(run):
    with pytest.raises(NotYet):
        resend_uncertain(run.campaign, everybody=True)
    with pytest.raises(NotYet):
        leave_uncertain(run.campaign)
    assert totals(run).counts["uncertain"] == 200
    doubt = doubt_of(run)
    assert (doubt.taken, doubt.untaken, doubt.waiting) == (0, 200, 200)


def test_those_whose_call_was_taken_need_a_choice_of_their_own(run):
    first = Batch.objects.order_by("pk").first()
    for message in first.messages.all()[:88]:
        report(message)
    delivery.apply_waiting()
    waited()
    doubt = doubt_of(run)
    assert (doubt.taken, doubt.untaken, doubt.waiting) == (12, 100, 0)
    assert resend_uncertain(run.campaign) == 100
    assert resend_uncertain(run.campaign) == 0
    assert resend_uncertain(run.campaign, everybody=True) == 12
    told = totals(run)
    assert (told.counts["queued"], told.counts["delivered"], told.audience) == (112, 88, 200)
    assert not Batch.objects.filter(status="uncertain").exists()


def test_what_is_sent_again_goes_out_once_more_under_a_new_reference(run):
    waited()
    assert resend_uncertain(run.campaign) == 200
    run.refresh_from_db()
    assert (run.status, run.finished_at) == (Run.Status.SENDING, None)
    texts = []
    while claim := claim_next(CALL):
        texts += claim.texts
        mark_posted(claim)
        settle.settle(claim, [Result(one.message, "accepted", gateway_id=f"n{one.message}") for one in claim.texts])
    assert len({one.phone for one in texts}) == len(texts) == 200
    assert all(one.client_ref.endswith("-2") for one in texts)
    close_runs.close_finished_runs()
    run.refresh_from_db()
    assert run.status == Run.Status.FINISHED
    assert totals(run).counts["accepted"] == 200
    assert set(Batch.objects.filter(is_resend=True).values_list("size", flat=True)) == {100}


def test_it_is_not_claimed_while_a_report_for_one_of_its_numbers_waits(run):
    waited()
    resend_uncertain(run.campaign)
    message = Message.objects.order_by("pk").first()
    report(message)
    claims = [claim_next(CALL), claim_next(CALL)]
    assert [bool(one) for one in claims] == [True, False]
    assert message.phone not in {one.phone for one in claims[0].texts}
    delivery.apply_waiting()
    message.refresh_from_db()
    assert message.status == "delivered"
    claim = claim_next(CALL)
    assert len(claim.texts) == 99
    assert message.phone not in {one.phone for one in claim.texts}


def test_a_report_of_the_first_try_that_comes_after_the_second_still_counts(run):
    waited()
    resend_uncertain(run.campaign)
    claim = claim_next(CALL)
    mark_posted(claim)
    settle.settle(claim, [Result(one.message, "accepted", gateway_id=f"n{one.message}") for one in claim.texts])
    message = Message.objects.get(pk=claim.texts[0].message)
    report(message, gateway_id="of the first try")
    delivery.apply_waiting()
    message.refresh_from_db()
    assert message.status == "delivered"
    assert DeliveryReport.objects.get().bound == "phone"


def test_an_interim_report_of_the_first_try_keeps_the_second_back(run):
    waited()
    resend_uncertain(run.campaign)
    message = Message.objects.order_by("pk").first()
    report(message, "DeliveredToNetwork")
    delivery.apply_waiting()
    message.refresh_from_db()
    assert message.status == "accepted"
    texts = []
    while claim := claim_next(CALL):
        texts += claim.texts
    assert message.phone not in {one.phone for one in texts}
    assert len(texts) == 199


def test_left_ones_are_shown_as_not_known_and_a_late_report_still_tells(run):
    waited()
    assert leave_uncertain(run.campaign) == 200
    assert totals(run).counts["unknown"] == 200
    message = Message.objects.first()
    report(message)
    delivery.apply_waiting()
    assert totals(run).counts["delivered"] == 1


def test_two_who_press_at_once_send_it_again_once(run):
    waited()
    assert resend_uncertain(run.campaign) == 200
    with pytest.raises(transitions.NotPossible):
        resend_uncertain(run.campaign)
    assert Message.objects.filter(attempt=2).count() == 200


def test_of_a_cancelled_run_nothing_is_sent_again(run):
    Run.objects.update(status="cancelled")
    waited()
    with pytest.raises(transitions.NotPossible):
        resend_uncertain(run.campaign)
    assert totals(run).counts["uncertain"] == 200


def test_a_run_that_is_sent_again_can_be_cancelled(run):
    waited()
    Campaign.objects.update(status="finished")
    resend_uncertain(run.campaign)
    steer.cancel(run.campaign)
    close_runs.close_cancelled_runs()
    assert totals(run).counts["cancelled"] == 200
