"""A call with a date waits in the ledger, goes then, can be taken back until then, and never goes too late."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.utils import timezone

from campaigns import sending
from campaigns.maintenance import tick
from campaigns.models import Batch, Message, Rules, ScriptCall, Sender
from campaigns.planning import single
from campaigns.sending.claim import claim_next
from tests.calls import CALL
from tests.makers import make_sender
from tests.vendor.test_answers import FIRST, SECOND

pytestmark = pytest.mark.django_db(transaction=True)


def in_nairobi(ahead):
    return f"{datetime.now(ZoneInfo('Africa/Nairobi')) + ahead:%Y-%m-%d %H:%M:%S}"


def move_due(by):
    """As if so much time had passed."""
    for batch in Batch.objects.all():
        Batch.objects.filter(pk=batch.pk).update(not_before=batch.not_before - by, not_after=batch.not_after - by)


def test_it_waits_for_its_date_and_goes_then_once(script, gateway, simulator):
    status, told = script.many([FIRST, SECOND], date_send=in_nairobi(timedelta(hours=2)))
    assert (status, told["status_code"]) == (200, "1000")
    assert set(Batch.objects.values_list("status", flat=True)) == {"waiting"}
    due_at = ScriptCall.objects.get().due_at
    assert timedelta(hours=1, minutes=59) < due_at - timezone.now() <= timedelta(hours=2)
    assert not tick.run_tick().may_send
    assert claim_next(CALL) is None
    move_due(timedelta(hours=2))
    assert tick.run_tick().may_send
    sending.send_while_there_is_work(gateway, seconds=5)
    assert {one["mobile"] for one in simulator.ledger()} == {FIRST["mobile"], SECOND["mobile"]}
    assert not tick.run_tick().may_send


@pytest.mark.parametrize("date_send", ["", None, "2020-01-01 00:00:00", "soon"])
def test_without_a_date_or_with_one_within_a_minute_it_goes_now(script, workers, simulator, date_send):
    if date_send == "soon":
        date_send = in_nairobi(timedelta(seconds=50))
    assert script.one(date_send=date_send)[1]["status_code"] == "1000"
    assert len(simulator.ledger()) == 1
    assert ScriptCall.objects.get().due_at is None


def test_what_has_waited_for_the_late_limit_is_left_out(script, gateway, simulator):
    Rules.objects.update(late_limit=timedelta(hours=1))
    script.one(date_send=in_nairobi(timedelta(hours=2)))
    move_due(timedelta(hours=3, seconds=1))
    tick.run_tick()
    sending.send_while_there_is_work(gateway, seconds=5)
    assert not simulator.ledger()
    message = Message.objects.get()
    assert (message.status, message.reason, message.batch.status) == ("skipped", "too_late", "settled")


def test_just_before_the_late_limit_it_goes(script, gateway, simulator):
    Rules.objects.update(late_limit=timedelta(hours=1))
    script.one(date_send=in_nairobi(timedelta(hours=2)))
    move_due(timedelta(hours=2, minutes=59))
    tick.run_tick()
    sending.send_while_there_is_work(gateway, seconds=5)
    assert len(simulator.ledger()) == 1


# The database counts here what earlier transactions of the connection read too, until it is told on.
READ = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'campaigns_batch'"


@pytest.mark.parametrize("status", ["waiting", "ready"])
def test_a_claim_does_not_read_all_that_waits(script, status):
    """3,000 of a script wait for their date, or for the end of their sender's halt; one of another sender may go."""
    held, other = Sender.objects.get(name="SHOP"), make_sender("OTHER")
    Sender.objects.filter(pk=held.pk).update(halted_at=timezone.now())
    later = timezone.now() + timedelta(days=1 if status == "waiting" else 0)
    Batch.objects.bulk_create(
        Batch(sender=held, status=status, size=1, tally={"queued": 1}, not_before=later) for _ in range(3_000)
    )
    single.queue_single(FIRST["mobile"], "hello", other, source="person", kind="transactional")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE campaigns_batch")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(READ)
        (before,) = cursor.fetchone()
        assert claim_next(CALL).texts[0].phone == FIRST["mobile"]
        cursor.execute(READ)
        assert cursor.fetchone()[0] - before < 100
