"""Texts of which it is not known whether they went out: how long they wait, and the policy."""

from datetime import timedelta

import pytest

from campaigns import delivery
from campaigns.models import Batch, Campaign, DeliveryReport, Gate, Message
from campaigns.sending import settle
from campaigns.sending.claim import claim_next, mark_posted
from campaigns.sending.doubt import count_time, resend_by_policy, timezone
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


def test_a_campaign_s_rule_sends_again_what_nobody_took_twice_at_most(run):
    assert resend_by_policy() == 0
    Campaign.objects.update(uncertain="resend")
    for again in (200, 200, 0):
        waited()
        Batch.objects.update(doubt_clock=0)
        assert resend_by_policy() == again
        while claim := claim_next(CALL):
            mark_posted(claim)
            settle.settle_in_doubt(claim, "connection_broke", "broke")
    assert set(Message.objects.values_list("attempt", flat=True)) == {3}


def ticked(seconds):
    before = Gate.objects.get().doubt_clock
    Gate.objects.update(ticked_at=timezone.now() - timedelta(seconds=seconds))
    count_time()
    return Gate.objects.get().doubt_clock - before


def test_time_counts_by_the_ticks_and_a_gap_of_theirs_only_for_a_minute(run):
    assert 3 <= ticked(3) < 4
    assert ticked(3600) == 60


def test_time_stands_still_while_reports_are_not_applied_or_do_not_come(run):
    report(Message.objects.first())
    DeliveryReport.objects.update(received_at=timezone.now() - timedelta(minutes=2))
    assert ticked(3) == 0
    delivery.apply_waiting()
    assert ticked(3) >= 3
    Batch.objects.update(posted_at=timezone.now() - timedelta(minutes=20), tally={"accepted": 100})
    DeliveryReport.objects.update(received_at=timezone.now() - timedelta(minutes=15))
    assert ticked(3) == 0
    DeliveryReport.objects.update(received_at=timezone.now())
    assert ticked(3) >= 3
