"""A claim is committed before anything is posted, numbered, and looks at the last moment."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from campaigns import planning
from campaigns.actions import steer
from campaigns.ledger.tallies import totals
from campaigns.maintenance import close_runs, end_leases, start_runs
from campaigns.models import Batch, Campaign, Gate, Message, Run, Sender
from campaigns.sending import settle
from campaigns.sending.claim import claim_next, mark_posted
from campaigns.sending.settle import Result
from contacts.models import OptOut
from tests.makers import make_campaign, make_group, make_run

pytestmark = pytest.mark.django_db(transaction=True)

CALL = timedelta(seconds=70)


@pytest.fixture(autouse=True)
def gate(db):
    return Gate.objects.get_or_create(pk=1)[0]


@pytest.fixture
def run():
    """A run of 250 texts in three batches that is being sent."""
    run = make_run(make_campaign(make_group(contacts=250), status=Campaign.Status.ACTIVE))
    planning.plan_run(run.pk)
    run.refresh_from_db()
    assert start_runs.start_run(run)
    return run


def accept_all(claim):
    return [Result(one.message, "accepted", gateway_id=f"g{one.message}") for one in claim.texts]


def test_a_batch_is_claimed_once(run):
    claims = [claim_next(CALL) for _ in range(4)]
    assert claims[3] is None
    assert sum(len(one.texts) for one in claims[:3]) == 250
    assert len({one.batch for one in claims[:3]}) == 3


@pytest.mark.parametrize("status", ["planning", "planned", "held", "paused", "halted", "finished", "cancelled"])
def test_nothing_is_claimed_of_a_run_that_is_not_being_sent(run, status):
    Run.objects.filter(pk=run.pk).update(status=status)
    assert claim_next(CALL) is None


def test_claims_of_many_workers_at_once_never_share_a_batch(run):
    taken, failures = [], []

    def work():
        try:
            while claim := claim_next(CALL):
                taken.append(claim.batch)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not failures
    assert sorted(taken) == sorted(Batch.objects.values_list("pk", flat=True))


def test_a_late_attempt_changes_nothing(run):
    late = claim_next(CALL)
    Batch.objects.filter(pk=late.batch).update(lease_until="2020-01-01T00:00Z")
    end_leases.end_leases()
    Batch.objects.filter(pk=late.batch).update(not_before="2020-01-01T00:00Z")
    again = claim_next(CALL)
    assert (again.batch, again.number) == (late.batch, late.number + 1)
    assert not mark_posted(late)
    assert not settle.settle(late, accept_all(late))
    assert settle.settle_unsent(late, "late") is None
    assert not settle.settle_in_doubt(late, "late", "late")
    assert Message.objects.filter(batch=late.batch, status="queued").count() == 100
    assert mark_posted(again)
    assert settle.settle(again, accept_all(again))


def test_a_lease_that_ran_out_unposted_is_ready_again_and_posted_is_uncertain(run):
    unposted, posted = claim_next(CALL), claim_next(CALL)
    assert mark_posted(posted)
    Batch.objects.filter(status="sending").update(lease_until="2020-01-01T00:00Z")
    end_leases.end_leases()
    assert Batch.objects.get(pk=unposted.batch).status == "ready"
    assert Batch.objects.get(pk=posted.batch).status == "uncertain"
    assert totals(run).counts["uncertain"] == 100
    assert totals(run).counts["queued"] == 150


def test_results_are_each_message_s_own_and_no_answer_is_not_known(run):
    claim = claim_next(CALL)
    mark_posted(claim)
    results = accept_all(claim)[:90]
    results += [Result(one.message, "rejected", "invalid_number") for one in claim.texts[90:95]]
    assert settle.settle(claim, results)
    told = totals(run)
    assert (told.counts["accepted"], told.counts["rejected"], told.counts["uncertain"]) == (90, 5, 5)
    assert told.audience == 250
    assert Batch.objects.get(pk=claim.batch).status == "uncertain"
    assert Message.objects.filter(reason="no_answer").count() == 5


def test_what_was_refused_for_a_passing_reason_goes_into_a_new_ready_batch(run):
    claim = claim_next(CALL)
    mark_posted(claim)
    results = accept_all(claim)
    assert settle.settle(claim, results[:60], [one.message for one in claim.texts[60:]], "busy")
    again = Batch.objects.order_by("pk").last()
    assert (again.status, again.size, again.tries) == ("ready", 40, 1)
    assert again.messages.filter(status="queued").count() == 40
    assert totals(run).counts["queued"] == 190
    assert again.not_before > again.run.started_at


def test_pause_cancel_and_halts_stop_further_claims(run, gate):
    assert claim_next(CALL)
    steer.pause(run.campaign)
    assert claim_next(CALL) is None
    steer.resume(run.campaign)
    Gate.objects.update(stopped_at="2026-01-01T00:00Z")
    assert claim_next(CALL) is None
    Gate.objects.update(stopped_at=None)
    Sender.objects.update(halted_at="2026-01-01T00:00Z")
    assert claim_next(CALL) is None
    Sender.objects.update(halted_at=None)
    assert claim_next(CALL)
    steer.cancel(run.campaign)
    assert claim_next(CALL) is None


def test_what_is_under_way_when_a_run_is_cancelled_is_written_down_and_the_rest_cancelled(run):
    answered, unsent = claim_next(CALL), claim_next(CALL)
    mark_posted(answered)
    steer.cancel(run.campaign)
    close_runs.close_cancelled_runs()
    assert settle.settle(answered, accept_all(answered))
    assert settle.settle_unsent(unsent, "no connection") == 1
    told = totals(run)
    assert (told.counts["accepted"], told.counts["cancelled"]) == (100, 150)
    assert not Batch.objects.exclude(status__in=["settled", "cancelled"]).exists()


def test_who_said_stop_after_planning_is_left_out_at_the_claim(run):
    phone = Message.objects.order_by("pk").first().phone
    OptOut.objects.create(phone=phone)
    claim = claim_next(CALL)
    assert phone not in {one.phone for one in claim.texts}
    assert Message.objects.get(phone=phone).reason == "opted_out"
    assert totals(run).counts["skipped"] == 1


def test_a_batch_with_nobody_left_is_settled_without_a_call(run):
    first = Batch.objects.order_by("pk").first()
    OptOut.objects.bulk_create(OptOut(phone=phone) for phone in first.messages.values_list("phone", flat=True))
    claim = claim_next(CALL)
    assert claim.batch != first.pk
    first.refresh_from_db()
    assert first.status == "settled"


def test_a_run_whose_time_has_passed_is_not_claimed(run):
    Run.objects.update(not_after="2020-01-01T00:00Z")
    assert claim_next(CALL) is None


def test_a_run_with_nothing_left_is_finished_and_its_campaign_with_it(run):
    while claim := claim_next(CALL):
        close_runs.close_finished_runs()
        run.refresh_from_db()
        assert run.status == Run.Status.SENDING
        mark_posted(claim)
        settle.settle(claim, accept_all(claim))
    close_runs.close_finished_runs()
    run.refresh_from_db()
    assert run.status == Run.Status.FINISHED
    assert Campaign.objects.get().status == Campaign.Status.FINISHED
