"""What the same work costs beside millions of old texts to the same people: planned, drained and reported again."""

from __future__ import annotations

import statistics
import sys
from dataclasses import dataclass, field

from django.db import connection
from django.utils import timezone

from benchmarks import drain
from benchmarks.measuring import Table, timed
from benchmarks.planning import planned_again
from campaigns import delivery
from campaigns.ledger.tallies import totals
from campaigns.models import Campaign, Message, Run, Sender

ROUNDS = 3
BATCH = 100

BATCHES = """
INSERT INTO campaigns_batch (run_id, sender_id, kind, status, size, claim, not_before, tries, problem, tally, left_out,
    parts, cost, posted_at, settled_at)
SELECT r, %s, 'transactional', 'settled', %s, 1, now(), 1, '', '{"delivered": 100}', '{}', 100, 60,
    now() - interval '40 days', now() - interval '40 days'
FROM unnest(%s::bigint[]) r, generate_series(1, %s) ORDER BY r
RETURNING id
"""
MESSAGES = """
INSERT INTO campaigns_message (run_id, batch_id, contact, phone, source, text, parts, cost, cost_is_actual, status,
    reason, detail, attempt, gateway_id, network, created_at, posted_at, accepted_at, delivered_at)
SELECT r, %s + (n - 1) / %s, n, '25471' || lpad((n - 1)::text, 7, '0'), 'campaign',
    'Dear Person' || n || ', your balance of KES ' || n || '.50 is due on 2026-10-05. Account A' || n || '.',
    1, 0.6, true, 'delivered', '', '', 1, 'old' || r || '-' || lpad(n::text, 8, '0'), '',
    now() - interval '40 days', now() - interval '40 days', now() - interval '40 days', now() - interval '40 days'
FROM unnest(ARRAY[%s]::bigint[]) r, generate_series(1, %s) n
"""
IDS = """
INSERT INTO campaigns_givenid (gateway_id, message_id) SELECT gateway_id, id FROM campaigns_message WHERE run_id = %s
ORDER BY gateway_id
"""
REPORTS = """
INSERT INTO campaigns_deliveryreport (received_at, body, gateway_id, phone, code, description, outcome, reason, network,
    reported_at, sender, state, bound, next_try_at, applied_at, tries, error, message_id)
SELECT now(), '{"dlrDesc": "DeliveredToTerminal"}', gateway_id, phone, '1', 'DeliveredToTerminal', 'delivered', '', '',
    now(), 'BENCH', 'applied', 'id', now(), now(), 1, '', id
FROM campaigns_message WHERE run_id = %s
"""


@dataclass
class Costs:
    """Seconds of each step, over the rounds."""

    plan: list[float] = field(default_factory=list)
    drain: list[float] = field(default_factory=list)
    report: list[float] = field(default_factory=list)


def measure(table: Table, texts: int, old: int) -> None:
    """Adds a line a step: with the old texts as ours, without them as bare."""
    before = _costs(texts)
    fill(texts, old)
    after = _costs(texts)
    for step in ("plan", "drain", "report"):
        ours, bare = statistics.median(getattr(after, step)), statistics.median(getattr(before, step))
        table.add(f"{step} {texts:,} beside {old:,} old, and none", texts, ours, bare)


def _costs(texts: int) -> Costs:
    costs = Costs()
    for _ in range(ROUNDS):
        with timed() as planned:
            run = planned_again(texts)
        drained = drain.drained(run, latency=0.0, in_flight=8)
        with timed() as reported:
            report_all(run)
        for seconds, taken in ((costs.plan, planned), (costs.drain, drained), (costs.report, reported)):
            seconds.append(taken.seconds)
        assert totals(run).counts["delivered"] == texts
    return costs


def report_all(run: Run) -> None:
    messages = Message.objects.filter(run=run).order_by("pk").values_list("gateway_id", "phone").iterator(2_000)
    bodies = [{"messageId": one, "destaddr": phone, "dlrDesc": "DeliveredToTerminal"} for one, phone in messages]
    for start in range(0, len(bodies), 2_000):
        delivery.store(bodies[start : start + 2_000])
        while delivery.apply_waiting():
            pass


def fill(people: int, old: int) -> None:
    """As many runs to the same people as make `old` texts, each delivered and reported."""
    sender = Sender.objects.get(name="BENCH")
    campaign = Campaign.objects.create(name="old", text="Dear", sender=sender, status=Campaign.Status.FINISHED)
    finished = {"status": Run.Status.FINISHED, "audience": people, "scheduled_for": timezone.now()}
    made = [Run(campaign=campaign, occurrence=f"old {turn}", **finished) for turn in range(old // people)]
    runs = sorted(run.pk for run in Run.objects.bulk_create(made))
    with connection.cursor() as cursor:
        cursor.execute(BATCHES, [sender.pk, BATCH, runs, people // BATCH])
        first = min(pk for (pk,) in cursor.fetchall())
        # In the order of numbers the rows do not come: built afterwards this index takes minutes less.
        cursor.execute("SELECT pg_get_indexdef('message_of_phone'::regclass)")
        (index,) = cursor.fetchone()
        cursor.execute("DROP INDEX message_of_phone")
        for turn, run in enumerate(runs):
            cursor.execute(MESSAGES, [first + turn * (people // BATCH), BATCH, run, people])
            cursor.execute(IDS, [run])
            cursor.execute(REPORTS, [run])
            if turn % 20 == 0:
                sys.stderr.write(f"{(turn + 1) * people:,} old texts\n")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute(index)
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
