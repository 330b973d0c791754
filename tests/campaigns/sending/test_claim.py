"""A claim is committed before anything is posted, numbered, and looks at the last moment."""

import threading

import pytest
from django.db import OperationalError, connection

from campaigns import delivery
from campaigns.actions import steer
from campaigns.ledger.tallies import totals
from campaigns.maintenance import end_leases
from campaigns.models import Batch, Gate, Message, Run, Sender
from campaigns.sending import apart
from campaigns.sending.claim import claim_next
from contacts.models import OptOut
from tests.calls import CALL, make_sibling, report, wrong_tallies

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


def test_a_number_that_is_twice_in_a_batch_is_taken_apart_before_anything_is_posted(run):
    first, second = Message.objects.order_by("pk")[:2]
    brother, sister = make_sibling(first, "2"), make_sibling(first, "3")
    cousin = make_sibling(second, "2")
    batch = Batch.objects.get(pk=first.batch_id)
    claims = [claim_next(CALL) for _ in range(6)]
    assert claims[-1] is None
    called = [claim for claim in claims if claim]
    assert [len({one.phone for one in claim.texts}) for claim in called] == [len(claim.texts) for claim in called]
    texts = {one.message: claim.batch for claim in called for one in claim.texts}
    assert len(texts) == 253
    assert texts[first.pk] == texts[second.pk] == batch.pk
    assert texts[brother.pk] == texts[cousin.pk] not in (batch.pk, texts[sister.pk])
    assert not wrong_tallies()
    assert Batch.objects.get(pk=batch.pk).size == batch.size - 3
    assert set(Batch.objects.values_list("tries", flat=True)) == {1}
    assert Gate.objects.get().spent == sum(Message.objects.values_list("cost", flat=True))


def test_what_is_taken_apart_of_a_batch_that_is_sent_again_is_held_back_for_reports_too(run):
    first = Message.objects.order_by("pk").first()
    sibling = make_sibling(first)
    Batch.objects.filter(pk=first.batch_id).update(is_resend=True, tries=3)
    assert claim_next(CALL).tries == 4
    apart = Batch.objects.get(pk=Message.objects.get(pk=sibling.pk).batch_id)
    assert (apart.is_resend, apart.tries, apart.status) == (True, 3, "ready")
    delivery.store([report(sibling, gateway_id="of the first try")])
    assert apart.pk not in {claim.batch for claim in iter(lambda: claim_next(CALL), None)}


def test_taking_apart_that_does_not_commit_is_done_by_whoever_claims_it_next(run, monkeypatch):
    first = Message.objects.order_by("pk").first()
    sibling = make_sibling(first)

    def dies(batches):
        raise OperationalError("the server closed the connection unexpectedly")

    with monkeypatch.context() as broken:
        broken.setattr(apart, "recount_moved", dies)
        with pytest.raises(OperationalError):
            claim_next(CALL)
    batch = Batch.objects.get(pk=first.batch_id)
    assert (batch.status, Message.objects.get(pk=sibling.pk).batch_id) == ("sending", batch.pk)
    Batch.objects.update(lease_until="2020-01-01T00:00Z")
    end_leases.end_leases()
    Batch.objects.update(not_before="2020-01-01T00:00Z")
    texts = [one for claim in iter(lambda: claim_next(CALL), None) for one in claim.texts]
    assert len(texts) == len({one.message for one in texts}) == 251
    assert not wrong_tallies()
