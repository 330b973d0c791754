"""A claim is committed before anything is posted, numbered, and looks at the last moment."""

import threading

import pytest
from django.db import connection

from campaigns.actions import steer
from campaigns.ledger.tallies import totals
from campaigns.models import Batch, Gate, Message, Run, Sender
from campaigns.sending.claim import claim_next
from contacts.models import OptOut
from tests.calls import CALL

pytestmark = pytest.mark.django_db(transaction=True)


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
