"""What may happen between two steps of sending, over real HTTP: credit that ends, a cancel, a pause, a pace."""

import threading
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from campaigns import delivery, planning, sending
from campaigns.actions import resolve, steer, stop
from campaigns.actions.launch import NotADraft, launch
from campaigns.gateway.client import Gateway
from campaigns.ledger.tallies import totals
from campaigns.maintenance import close_runs, start_runs
from campaigns.models import Batch, Campaign, Gate, Message, Rules, Run, Sender
from campaigns.models.transitions import NotPossible
from campaigns.sending import halts
from contacts.models import OptOut
from tests.chaos.pace import fastest
from tests.makers import make_campaign, make_group, make_run

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 6
BATCH = 100


@pytest.fixture
def gateway(simulator):
    simulator.behave()
    simulator.clear()
    return Gateway(simulator.url, simulator.url, "qsms_live_test", connect_timeout=2, read_timeout=2)


def started(contacts, **fields):
    run = make_run(make_campaign(make_group(contacts=contacts), status=Campaign.Status.ACTIVE, **fields))
    planning.plan_run(run.pk)
    run.refresh_from_db()
    assert start_runs.start_run(run)
    return run


def send(gateway, seconds=20):
    """As several workers do, until nothing may go."""

    def work():
        sending.send_while_there_is_work(gateway, seconds)
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    return workers


def wait_for(workers):
    for worker in workers:
        worker.join()


def accepted(simulator):
    return Counter(one["mobile"] for one in simulator.ledger())


def once_each(simulator, run):
    phones = set(Message.objects.filter(run=run).values_list("phone", flat=True))
    told = accepted(simulator)
    return set(told) == phones and set(told.values()) == {1}


def test_credit_that_ends_in_the_middle_of_a_call(simulator, gateway):
    run = started(250)
    simulator.behave(credit=130)
    sending.send_while_there_is_work(gateway, seconds=10)
    run.refresh_from_db()
    told = totals(run).counts
    assert (run.status, told["accepted"], told["queued"]) == (Run.Status.HALTED, 130, 120)
    assert run.reason == "The account has too little credit. Top it up, then resume."
    simulator.chaos(credit=1000)
    halts.resume_all()
    Batch.objects.filter(status="ready").update(not_before=timezone.now())
    sending.send_while_there_is_work(gateway, seconds=10)
    assert totals(run).counts["accepted"] == 250
    assert once_each(simulator, run)


def test_a_cancel_while_a_503_is_on_its_way(simulator, gateway):
    run = started(100)
    simulator.behave(http_status={"status": 503, "retry_after": 1}, latency=[0.5, 0.5])
    worker = threading.Thread(target=lambda: (sending.send_while_there_is_work(gateway, 5), connection.close()))
    worker.start()
    while not Batch.objects.filter(status="sending").exists() and worker.is_alive():
        pass
    steer.cancel(run.campaign)
    worker.join()
    close_runs.close_cancelled_runs()
    simulator.behave()
    Gate.objects.update(busy_until=None)
    sending.send_while_there_is_work(gateway, seconds=5)
    assert accepted(simulator) == {}
    assert totals(run).counts["cancelled"] == 100
    assert set(Batch.objects.values_list("status", flat=True)) == {"cancelled"}


def test_a_hundred_accepted_the_reply_lost_and_88_reported(simulator, gateway):
    run = started(100)
    simulator.behave(drop={"when": "after_accepting"}, reports={"lost": 1.0})
    sending.send_while_there_is_work(gateway, seconds=10)
    for one in simulator.ledger()[:88]:
        delivery.store([{"messageId": one["id"], "dlrDesc": "DeliveredToTerminal", "destaddr": one["mobile"]}])
    delivery.apply_waiting()
    Gate.objects.update(doubt_clock=10_000)
    assert resolve.resend_uncertain(run.campaign) == 0
    assert resolve.resend_uncertain(run.campaign, everybody=True) == 12


def test_a_hundred_launches_at_once_make_one_run():
    campaign = make_campaign(make_group(contacts=3))
    ended = Counter()

    def press():
        try:
            launch(campaign.pk)
            ended["launched"] += 1
        except NotADraft:
            ended["came late"] += 1
        connections.close_all()

    threads = [threading.Thread(target=press) for _ in range(100)]
    for thread in threads:
        thread.start()
    wait_for(threads)
    assert ended == {"launched": 1, "came late": 99}
    assert Run.objects.count() == 1


STOPS = {
    "pause": lambda run: steer.pause(run.campaign),
    "cancel": lambda run: steer.cancel(run.campaign),
    "emergency stop": lambda run: stop.stop_all_sending("test"),
    "quiet hours": lambda run: Rules.objects.update(quiet_from="00:00", quiet_until="23:59:59"),
    "daily limit": lambda run: Rules.objects.update(daily_limit=1),
    "halted sender": lambda run: halts.halt_sender(run.campaign.sender.name, "test"),
}


@pytest.mark.parametrize("what", STOPS)
def test_after_a_stop_has_answered_only_what_was_in_flight_goes_out(simulator, gateway, what):
    Rules.objects.update(quiet_from="00:00", quiet_until="00:00")
    run = started(3000, kind="promotional")
    simulator.behave(latency=[0.1, 0.1])
    workers = send(gateway)
    while simulator.summary()["accepted"] < 5 * BATCH:
        time.sleep(0.01)
    STOPS[what](run)
    out = simulator.summary()["accepted"]
    in_flight = Batch.objects.filter(status="sending").count()
    wait_for(workers)
    after = simulator.summary()["accepted"] - out
    assert after <= max(in_flight, WORKERS) * BATCH
    told = totals(run).counts
    assert told["accepted"] == simulator.summary()["accepted"] < 3000
    if what == "cancel":
        close_runs.close_cancelled_runs()
        assert totals(run).counts["queued"] == 0
        return
    Rules.objects.update(quiet_from="00:00", quiet_until="00:00", daily_limit=None)
    stop.let_sending_go_on()
    run.refresh_from_db()
    if what in ("pause", "halted sender"):
        steer.resume(run.campaign)
    wait_for(send(gateway))
    assert totals(run).counts["accepted"] == 3000
    assert once_each(simulator, run)


def test_who_says_stop_in_the_middle_gets_nothing_more(simulator, gateway):
    run = started(3000)
    simulator.behave(latency=[0.1, 0.1])
    workers = send(gateway)
    while simulator.summary()["accepted"] < 5 * BATCH:
        time.sleep(0.01)
    phones = list(
        Message.objects.filter(run=run, batch__status="ready").order_by("-pk").values_list("phone", flat=True)[:50]
    )
    OptOut.objects.bulk_create(OptOut(phone=phone) for phone in phones)
    waiting = set(Message.objects.filter(batch__status="ready", phone__in=phones).values_list("phone", flat=True))
    wait_for(workers)
    assert waiting
    assert not waiting & set(accepted(simulator))
    told = totals(run).counts
    assert told["accepted"] + told["skipped"] == 3000
    assert told["skipped"] >= len(waiting)


@pytest.mark.parametrize("of", ["all", "sender"])
def test_never_more_a_second_than_allowed_and_one_batch(simulator, gateway, settings, of):
    run = started(1200)
    if of == "all":
        settings.QSMS_MAX_PER_SECOND = 200
    else:
        Sender.objects.update(max_per_second=200)
    wait_for(send(gateway, seconds=30))
    assert totals(run).counts["accepted"] == 1200
    times = [one["accepted_at"] for one in simulator.ledger()]
    assert len(times) == 1200
    assert fastest(times) <= 200 + BATCH


def test_a_small_run_is_not_stuck_behind_a_large_one(simulator, gateway):
    large = started(3000)
    small = started(300)
    simulator.behave(latency=[0.05, 0.05])
    workers = send(gateway)
    while totals(small).counts["accepted"] < 300 and any(one.is_alive() for one in workers):
        time.sleep(0.02)
    assert totals(large).counts["queued"] > 1000
    wait_for(workers)
    assert totals(large).counts["accepted"] == 3000


def test_the_account_stops_before_the_gateway_refuses(simulator, gateway, settings):
    settings.QSMS_BALANCE_GUARD = "halt"
    simulator.behave(credit=250, rate_per_sms=0.6)
    run = started(400)
    sending.balance.ask(gateway)
    sending.send_while_there_is_work(gateway, seconds=10)
    run.refresh_from_db()
    assert (run.status, run.reason) == (Run.Status.HALTED, sending.balance.TOO_LITTLE)
    assert simulator.summary()["accepted"] == 200
    assert simulator.summary()["rejected"] == simulator.summary()["refused_calls"] == 0
    simulator.chaos(credit=1000)
    sending.balance.ask(gateway)
    halts.resume_all()
    sending.send_while_there_is_work(gateway, seconds=10)
    assert totals(run).counts["accepted"] == 400


def test_a_held_run_leaves_out_who_no_longer_fits_when_it_goes(simulator, gateway):
    group = make_group(contacts=10)
    run = started(5)
    Run.objects.filter(pk=run.pk).update(status="cancelled")
    Rules.objects.update(campaign_limit=1)
    campaign = make_campaign(group, status="active", filter=[{"field": "balance", "op": ">", "value": "0"}])
    held = make_run(campaign)
    planning.plan_run(held.pk)
    held.refresh_from_db()
    assert not start_runs.start_run(held)
    paid = group.contacts.order_by("pk")[0]
    paid.values = {**paid.values, "balance": "0.00"}
    paid.save()
    Rules.objects.update(campaign_limit=None)
    steer.resume(campaign)
    start_runs.start_planned_runs()
    sending.send_while_there_is_work(gateway, seconds=10)
    assert accepted(simulator)[paid.phone] == 0
    assert totals(held).counts["accepted"] == 9
    assert Message.objects.get(run=held, phone=paid.phone).reason == "filter"


def test_a_hang_of_one_call_holds_up_nobody_else(simulator, gateway):
    run = started(1000)
    simulator.behave(hang={"seconds": 3, "next_n": 1})
    begun = timezone.now()
    wait_for(send(gateway))
    told = totals(run).counts
    assert (told["accepted"], told["uncertain"]) == (900, 100)
    assert timezone.now() - begun < timedelta(seconds=30)
    assert all(count == 1 for count in accepted(simulator).values())


def test_a_resume_and_a_cancel_of_one_campaign_take_its_locks_in_one_order():
    run = started(contacts=3)
    halts.halt_run(run.pk, "The credit has run out.")
    errors = []

    def resume():
        try:
            steer.resume(Campaign.objects.get(pk=run.campaign_id))
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    other = threading.Thread(target=resume)
    with transaction.atomic():
        # As far as Cancel has come when Resume begins.
        Campaign.objects.select_for_update().get(pk=run.campaign_id)
        other.start()
        wait_for_somebody_who_waits()
        steer.cancel(run.campaign)
    other.join(20)
    run.refresh_from_db()
    assert run.status == Run.Status.CANCELLED
    assert [type(error) for error in errors] == [NotPossible], errors


def wait_for_somebody_who_waits():
    until = time.monotonic() + 20
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    pytest.fail("Nobody waits for a lock.")
