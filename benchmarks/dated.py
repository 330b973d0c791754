"""Claims while texts of scripts wait: for their date, and as single texts that are all due at once."""

from __future__ import annotations

import statistics
from datetime import timedelta
from decimal import Decimal
from typing import TextIO

from django.db import connection
from django.utils import timezone

from benchmarks.measuring import timed
from campaigns.models import Batch, Campaign, Message, Run, Sender
from campaigns.sending.claim import claim_next

ROUNDS = 3
CLAIMS = 300
ADD = """
WITH made AS (
    INSERT INTO campaigns_batch (sender_id, kind, status, size, claim, not_before, tries, problem, tally, left_out,
        failures, parts, cost)
    SELECT %(sender)s, 'transactional', %(status)s, 1, 0, %(at)s, 0, '', '{"queued": 1}', '{}', '{}', 1, 0.6
    FROM generate_series(1, %(texts)s) RETURNING id)
INSERT INTO campaigns_message (batch_id, phone, source, text, parts, cost, cost_is_actual, status, reason, detail,
    attempt, gateway_id, network, created_at)
SELECT id, '25471' || lpad((id %% 10000000)::text, 7, '0'), 'api', 'Your parcel is here.', 1, 0.6, false, 'queued', '',
    '', 1, '', '', now()
FROM made
"""
Line = tuple[str, float, float, float | None]


def measure(waiting: int) -> list[Line]:
    """What waits beside it, claims a second in the median, the share of the first line, and what it must be."""
    scripts, people = (Sender.objects.create(name=name, price=Decimal("0.60")) for name in ("SCRIPTS", "PEOPLE"))
    campaign = Campaign.objects.create(name="bench", text="Hello", sender=people, status=Campaign.Status.ACTIVE)
    run = Run.objects.create(campaign=campaign, scheduled_for=timezone.now(), status=Run.Status.SENDING)
    for _ in range(CLAIMS):
        batch = Batch.objects.create(run=run, sender=people, size=1, tally={"queued": 1})
        Message.objects.create(run=run, batch=batch, phone=f"25470{batch.pk:07}", text="Hello", parts=1)
    later = timezone.now() + timedelta(days=1)
    states = {
        "nothing": (None, None),
        f"{waiting:,} texts for their date": ("waiting", 0.95),
        f"{waiting:,} texts that a sender's halt holds up": ("ready", 0.95),
    }
    found = []
    for what, (status, share) in states.items():
        Batch.objects.filter(run=None).delete()
        if status:
            _add(scripts, status, later if status == "waiting" else timezone.now(), waiting)
        Sender.objects.filter(pk=scripts.pk).update(halted_at=timezone.now() if status == "ready" else None)
        found.append((what, CLAIMS / statistics.median(_claimed(run) for _ in range(ROUNDS)), share))
    Batch.objects.filter(run=None).delete()
    alone = found[0][1]
    return [(what, pace, pace / alone, share) for what, pace, share in found]


def show(found: list[Line], out: TextIO) -> None:
    out.write(f"\n{'claims while there wait':<48}{'claims a second':>16}{'ratio':>8}{'at least':>10}\n")
    for what, pace, ratio, share in found:
        out.write(f"{what:<48}{pace:>16,.0f}{ratio:>8.2f}{share or '':>10}\n")


def _add(sender: Sender, status: str, at: object, texts: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(ADD, {"sender": sender.pk, "status": status, "at": at, "texts": texts})
        cursor.execute("VACUUM ANALYZE campaigns_batch")


def _claimed(run: Run) -> float:
    """Seconds of claiming each of the run's batches."""
    Batch.objects.filter(run=run).update(status=Batch.Status.READY)
    with timed() as taken:
        for _ in range(CLAIMS):
            assert claim_next(timedelta(seconds=10)) is not None
    return taken.seconds
