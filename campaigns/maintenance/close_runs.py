"""Runs, texts and campaigns that come to their end: sent, cancelled, too late, over the limit, without a report."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from django.utils import timezone

from campaigns.ledger.locks import lock_batches
from campaigns.ledger.tallies import recount
from campaigns.maintenance.one_at_a_time import SLICE, only_tick
from campaigns.models import Batch, Message, Run
from campaigns.sending.halts import halt_run
from campaigns.sending.settle import cancel_queued

NOTHING_LEFT = """
SELECT r.id FROM campaigns_run r WHERE r.status IN ('sending', 'paused') AND r.planned_at IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM campaigns_batch b WHERE b.run_id = r.id AND b.status IN ('ready', 'sending'))
ORDER BY r.id FOR UPDATE SKIP LOCKED
"""
STILL_OPEN_OF_ENDED = """
SELECT b.id FROM campaigns_batch b JOIN campaigns_run r ON r.id = b.run_id
WHERE r.status IN ('cancelled', 'skipped') AND b.status = 'ready'
ORDER BY b.id LIMIT %s FOR NO KEY UPDATE OF b SKIP LOCKED
"""
# What is too late is claimed no more: it is left out, and the run ends.
TOO_LATE = """
SELECT b.id FROM campaigns_batch b JOIN campaigns_run r ON r.id = b.run_id
WHERE r.status IN ('sending', 'paused') AND r.not_after < clock_timestamp() AND b.status = 'ready'
ORDER BY b.id LIMIT %s FOR NO KEY UPDATE OF b SKIP LOCKED
"""
LEAVE_OUT = "UPDATE campaigns_batch SET status = 'settled', settled_at = clock_timestamp() WHERE id = ANY(%s)"
ENDED = """
UPDATE campaigns_campaign SET status = 'finished' WHERE id IN (
    SELECT c.id FROM campaigns_campaign c WHERE c.status = 'active' AND c.next_at IS NULL
    AND EXISTS (SELECT 1 FROM campaigns_run r WHERE r.campaign_id = c.id)
    AND NOT EXISTS (SELECT 1 FROM campaigns_run r
        WHERE r.campaign_id = c.id AND r.status NOT IN ('skipped', 'finished', 'cancelled'))
    ORDER BY c.id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED)
"""
OVERDUE = """
SELECT id FROM campaigns_batch WHERE tally ? 'accepted' AND posted_at < clock_timestamp() - %s
ORDER BY posted_at LIMIT %s
"""
OVER_LIMIT = """
SELECT r.id, l.value FROM campaigns_run r JOIN campaigns_campaign c ON c.id = r.campaign_id, campaigns_rules g,
    LATERAL (SELECT coalesce(c.spend_limit, g.campaign_limit) AS value) l,
    LATERAL (SELECT sum(b.cost) AS spent, bool_or(b.status = 'sending') AS under_way FROM campaigns_batch b
        JOIN campaigns_run o ON o.id = b.run_id
        WHERE o.campaign_id = c.id AND b.status IN ('sending', 'settled', 'uncertain')) s,
    LATERAL (SELECT b.cost FROM campaigns_batch b WHERE b.run_id = r.id AND b.status = 'ready'
        ORDER BY b.id LIMIT 1) next
WHERE r.status = 'sending' AND l.value IS NOT NULL AND coalesce(s.spent, 0) + next.cost > l.value
    AND NOT coalesce(s.under_way, false)
"""


def halt_over_limit() -> None:
    """Runs whose next batch would go over the campaign's limit, with nothing under way: a person has to raise it."""
    with connection.cursor() as cursor:
        cursor.execute(OVER_LIMIT)
        for run, limit in cursor.fetchall():
            halt_run(run, f"The spending limit of this campaign, KES {limit:,.2f}, is reached. Raise it, then resume.")


def leave_out_what_is_late() -> None:
    """Texts that wait though the time until which their run may go has passed: left out, with that for a reason."""
    with only_tick() as mine, connection.cursor() as cursor:
        if not mine:
            return
        cursor.execute(TOO_LATE, [SLICE])
        batches = [row[0] for row in cursor.fetchall()]
        if batches:
            queued = Message.objects.filter(batch__in=batches, status=Message.Status.QUEUED)
            queued.advance(Message.Status.SKIPPED, reason="too_late")
            recount(batches)
            cursor.execute(LEAVE_OUT, [batches])


def close_finished_runs() -> None:
    """Runs with nothing left to send are finished, and campaigns of which nothing more comes with them."""
    with only_tick() as mine, connection.cursor() as cursor:
        if not mine:
            return
        cursor.execute(NOTHING_LEFT)
        for (run,) in cursor.fetchall():
            Run.objects.filter(pk=run).advance(Run.Status.FINISHED, finished_at=timezone.now())
    # Apart from the above: whoever holds a campaign's row may be waiting for one of its runs.
    with only_tick() as mine, connection.cursor() as cursor:
        cursor.execute(ENDED, [SLICE if mine else 0])


def close_cancelled_runs() -> int:
    """Cancel what still waits of runs that were cancelled or skipped, a slice at a time; returns how many batches."""
    with only_tick() as mine, connection.cursor() as cursor:
        if not mine:
            return 0
        cursor.execute(STILL_OPEN_OF_ENDED, [SLICE])
        batches = [row[0] for row in cursor.fetchall()]
        if batches:
            Batch.objects.filter(pk__in=batches).advance(Batch.Status.CANCELLED)
            cancel_queued(batches)
        return len(batches)


def expire_unreported() -> None:
    """Texts that the gateway took, and of which no final report came in time."""
    with only_tick() as mine, connection.cursor() as cursor:
        if not mine:
            return
        cursor.execute(OVERDUE, [settings.QSMS_REPORT_TIMEOUT, SLICE])
        batches = [row[0] for row in cursor.fetchall()]
        if batches:
            lock_batches(batches)
            Message.objects.filter(batch__in=batches).advance(Message.Status.EXPIRED, reason="no_report")
            recount(batches)
