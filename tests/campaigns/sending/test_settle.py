"""What an attempt came to is written down once, text by text, under its number."""

import pytest

from campaigns.actions import steer
from campaigns.ledger.tallies import totals
from campaigns.maintenance import close_runs, end_leases
from campaigns.models import Batch, Message
from campaigns.sending import settle
from campaigns.sending.claim import claim_next, mark_posted
from campaigns.sending.settle import Result
from tests.calls import CALL, accept_all

pytestmark = pytest.mark.django_db(transaction=True)


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
