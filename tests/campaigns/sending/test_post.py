"""Attempts over real HTTP: claimed, posted once, and written down."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from campaigns import sending
from campaigns.ledger.tallies import totals
from campaigns.maintenance import close_runs, end_leases
from campaigns.models import Batch, Message, Run
from campaigns.sending.claim import claim_next

pytestmark = pytest.mark.django_db(transaction=True)


def accepted_by(simulator, run):
    phones = set(Message.objects.filter(run=run).values_list("phone", flat=True))
    return [one["mobile"] for one in simulator.ledger() if one["mobile"] in phones]


def test_everything_is_posted_once_and_the_run_is_finished(run, gateway, simulator):
    assert sending.send_while_there_is_work(gateway, seconds=20) == 3
    close_runs.close_finished_runs()
    run.refresh_from_db()
    assert run.status == Run.Status.FINISHED
    assert totals(run).counts["accepted"] == 250
    told = accepted_by(simulator, run)
    assert len(told) == len(set(told)) == 250
    assert not Message.objects.filter(gateway_id="").exists()


def test_who_has_lost_the_claim_before_the_first_byte_posts_nothing(run, gateway, simulator):
    claim = claim_next(gateway.deadline)
    Batch.objects.filter(pk=claim.batch).update(lease_until=timezone.now())
    end_leases.end_leases()
    sending.attempt(gateway, claim)
    assert accepted_by(simulator, run) == []
    assert totals(run).counts["queued"] == 250


def test_that_a_call_is_posted_is_known_before_its_answer_comes(run, gateway, simulator):
    simulator.chaos(hang={"seconds": 20, "next_n": 1})
    claim = claim_next(gateway.deadline)
    worker = threading.Thread(target=lambda: (sending.attempt(gateway, claim), connection.close()))
    worker.start()
    batch = Batch.objects.get(pk=claim.batch)
    while batch.posted_at is None and worker.is_alive():
        batch.refresh_from_db()
    assert (batch.status, batch.posted_at is None) == (Batch.Status.SENDING, False)
    worker.join()


def test_the_key_is_in_no_log(run, gateway, simulator, caplog):
    simulator.behave(drop={"when": "after_accepting", "next_n": 2})
    sending.send_while_there_is_work(gateway, seconds=10)
    assert caplog.text
    assert "qsms_live_test" not in caplog.text
    assert "qsms_live_test" not in repr(gateway)
