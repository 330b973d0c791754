"""Texts of which it is not known whether they went out: how long they wait, and the policy."""

from datetime import timedelta

import pytest

from accounts.models import AuditEntry
from campaigns import delivery
from campaigns.actions.resolve import resend_uncertain
from campaigns.ledger.batches import recount_moved
from campaigns.maintenance import close_runs
from campaigns.models import Batch, Campaign, DeliveryReport, Gate, Message, Run
from campaigns.sending import settle
from campaigns.sending.claim import claim_next, mark_posted
from campaigns.sending.doubt import count_time, doubt_of, resend_by_policy, timezone
from tests.calls import CALL, make_broken_run, make_sending_run, with_siblings, wrong_tallies

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


def come_back(message, **fields):
    """A report for its number, with an id that no text has."""
    delivery.store([{"messageId": "?", "dlrDesc": "DeliveredToTerminal", "destaddr": message.phone, "sourceaddr": ""}])
    delivery.apply_waiting()
    DeliveryReport.objects.update(**fields)


@pytest.fixture
def family():
    """Two texts to each of a hundred numbers, in calls that both broke."""
    with_siblings(make_sending_run(contacts=100))
    while claim := claim_next(CALL):
        mark_posted(claim)
        settle.settle_in_doubt(claim, "connection_broke", "broke")
    close_runs.close_finished_runs()
    return Run.objects.get()


def test_a_text_that_a_report_may_mean_counts_with_those_that_were_taken(family):
    first = Message.objects.order_by("pk").first()
    come_back(first)
    assert DeliveryReport.objects.get().state == "waiting"
    waited()
    doubt = doubt_of(family)
    assert (doubt.taken, doubt.untaken, doubt.waiting) == (2, 198, 0)
    assert resend_uncertain(family.campaign) == 198
    assert set(Message.objects.filter(status="uncertain").values_list("phone", flat=True)) == {first.phone}
    assert resend_uncertain(family.campaign) == 0
    doubt = doubt_of(family)
    assert (doubt.taken, doubt.untaken) == (2, 0)
    assert not wrong_tallies()
    assert resend_uncertain(family.campaign, everybody=True) == 2


@pytest.mark.parametrize("case", ["before it was posted", "too long after", "another sender", "its id is known"])
def test_a_report_that_cannot_mean_a_text_says_nothing_of_it(family, case):
    first = Message.objects.order_by("pk").first()
    fields = {"sender": "OTHER"} if case == "another sender" else {}
    hour = timedelta(hours=1)
    if case == "its id is known":
        Message.objects.filter(phone=first.phone).update(gateway_id="its own")
    come_back(first, **fields)
    if case == "before it was posted":
        DeliveryReport.objects.update(received_at=timezone.now() - hour)
    if case == "too long after":
        Message.objects.update(posted_at=timezone.now() - 73 * hour)
        Batch.objects.update(posted_at=timezone.now() - 73 * hour)
    assert doubt_of(family).untaken == 200


def test_a_report_that_waited_in_vain_keeps_the_rule_from_sending_again_but_not_a_person(family):
    first = Message.objects.order_by("pk").first()
    come_back(first, state="unmatched")
    Campaign.objects.update(uncertain="resend")
    waited()
    assert resend_by_policy() == 198
    assert resend_by_policy() == 0
    assert AuditEntry.objects.filter(act="sent again by the campaign's rule").count() == 1
    assert doubt_of(family).untaken == 2
    assert resend_uncertain(family.campaign) == 2


def test_what_is_sent_again_is_cut_so_that_a_call_has_a_number_once(settings, family):
    settings.QSMS_BATCH_SIZE = 30
    # A batch of which the cut was lost, as if an older release had made it.
    Message.objects.update(batch=Message.objects.order_by("pk").first().batch)
    recount_moved(list(Batch.objects.values_list("pk", flat=True)))
    waited()
    assert resend_uncertain(family.campaign) == 200
    made = Batch.objects.filter(is_resend=True).order_by("pk")
    assert [batch.size for batch in made] == [30, 30, 30, 10] * 2
    for batch in made:
        phones = list(batch.messages.values_list("phone", flat=True))
        assert len(phones) == len(set(phones)) == batch.size
    assert not wrong_tallies()


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
