"""The tick: finds whatever is due or was left lying, so that there is no window that work can fall out of.

Each step is a transaction of its own that one tick at a time does, under an advisory lock; any number may run at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from campaigns import planning
from campaigns.approval import growth
from campaigns.ledger.tallies import lock_batches, recount
from campaigns.models import Batch, Campaign, Gate, Message, Rules, Run
from campaigns.sending.doubt import count_time, resend_by_policy
from campaigns.sending.halts import halt_run
from campaigns.sending.settle import cancel_queued, doubt, hand_back, wait
from campaigns.timing import recurring_runs

TICK_LOCK = 7_301_002
PLANNING_STANDS_STILL = timedelta(seconds=30)
SLICE = 200
# Of what recurs, so that a tick stays short; where more is due, the next tick follows at once.
A_TICKS_WORTH = 50
RECURRING = (Campaign.Status.ACTIVE, Campaign.Status.PAUSED)
NOT_BEGUN = (Run.Status.SCHEDULED, Run.Status.PLANNED, Run.Status.HELD)
MOST_FAILURES = 5

LEASES_OUT = """
SELECT id FROM campaigns_batch WHERE status = 'sending' AND lease_until < clock_timestamp() ORDER BY id LIMIT %s
"""
LOCK_LEASE_OUT = """
SELECT posted_at IS NOT NULL, tries, claim FROM campaigns_batch
WHERE id = %s AND status = 'sending' AND lease_until < clock_timestamp() FOR NO KEY UPDATE
"""
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
MISSING = """
SELECT coalesce(sum(t.value::int), 0) FROM campaigns_batch b, jsonb_each_text(b.left_out) t
WHERE b.run_id = %s AND t.key LIKE 'missing:%%'
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
MAY_SEND = """
SELECT EXISTS (SELECT 1 FROM campaigns_batch b LEFT JOIN campaigns_run r ON r.id = b.run_id
WHERE b.status = 'ready' AND b.not_before <= clock_timestamp() AND (b.run_id IS NULL OR r.status = 'sending'))
"""


@dataclass
class Found:
    """What a tick found to be done by others: runs to plan, whether there is something to send, or more is due now."""

    to_plan: list[int] = field(default_factory=list)
    may_send: bool = False
    more: bool = False


def tick() -> Found:
    """Do all that is due; returns what is to be queued."""
    found = Found()
    made = make_due_runs()
    skip_late_runs()
    begun = begin_due_runs()
    found.more = max(made, len(begun)) == A_TICKS_WORTH
    found.to_plan = begun + planning_that_stands_still()
    start_planned_runs()
    end_leases()
    while close_cancelled_runs() == SLICE:
        pass
    leave_out_what_is_late()
    close_finished_runs()
    halt_over_limit()
    resend_by_policy()
    expire_unreported()
    count_time()
    with connection.cursor() as cursor:
        cursor.execute(MAY_SEND)
        found.may_send = cursor.fetchone()[0] and Gate.objects.get(pk=1).is_open(timezone.now())
    return found


def make_due_runs() -> int:
    """Recurring campaigns whose next time has come get the runs of all times up to now, and the next one's.

    Returns of how many campaigns.
    """
    with _alone() as mine:
        now = timezone.now()
        due = Campaign.objects.filter(status__in=RECURRING, next_at__lte=now).order_by("next_at")
        due = due.select_for_update(no_key=True, skip_locked=True)
        campaigns = list(due[: A_TICKS_WORTH if mine else 0])
        recurring_runs.go_on(campaigns, now)
        return len(campaigns)


def skip_late_runs() -> None:
    """Runs that did not begin before they were too late, whatever the delay came from."""
    with _alone() as mine:
        late = Run.objects.filter(status__in=NOT_BEGUN, not_after__lte=timezone.now()).select_related("campaign")
        for run in late.order_by("not_after")[: SLICE if mine else 0]:
            _too_late(run)


def begin_due_runs() -> list[int]:
    """Move scheduled runs whose time has come on to planning; returns them."""
    with _alone() as mine:
        due = [run.pk for run in _due(Run.Status.SCHEDULED)] if mine else []
        return planning.begin_all(due) if due else []


def planning_that_stands_still() -> list[int]:
    """Runs whose planner has not written a chunk for a while: it is gone, or was never queued."""
    still = timezone.now() - PLANNING_STANDS_STILL
    runs = Run.objects.filter(status=Run.Status.PLANNING, planning_touched_at__lt=still)
    return list(runs.values_list("pk", flat=True)[:SLICE])


def planning_failed(run_id: int, error: Exception) -> None:
    """Count a failure of planning; the fifth halts the run with its reason."""
    run = Run.objects.get(pk=run_id)
    Run.objects.filter(pk=run_id, status=Run.Status.PLANNING).update(
        failures=run.failures + 1, planning_touched_at=timezone.now()
    )
    if run.failures + 1 >= MOST_FAILURES:
        halt_run(run_id, f"The texts could not be prepared: {error}"[:300])


def start_planned_runs() -> None:
    """Send planned runs whose time has come; hold those that may not leave anybody out, and halt with the account."""
    with _alone() as mine:
        for run in _due(Run.Status.PLANNED) if mine else []:
            _start(run)


@transaction.atomic
def start(run: Run) -> bool:
    """Move one planned run on to sending, if its time has come and nothing forbids it. True: it may be claimed now."""
    # Whoever pauses a recurring campaign locks its row, so that nothing of it starts after that.
    run.campaign = Campaign.objects.select_for_update(no_key=True).get(pk=run.campaign_id)
    return _start(run)


def _start(run: Run) -> bool:
    """The caller has locked the campaign."""
    if run.campaign.is_paused or run.scheduled_for > timezone.now() or _too_late(run):
        return False
    runs = Run.objects.filter(pk=run.pk, status=Run.Status.PLANNED)
    if not run.may_go and (reason := _why_held(run)):
        runs.advance(Run.Status.HELD, reason=reason)
        return False
    gate = Gate.objects.get(pk=1)
    if gate.halted_at:
        runs.advance(Run.Status.HALTED, resumes_to=Run.Status.SENDING, reason=gate.halt_reason)
        return False
    return bool(runs.advance(Run.Status.SENDING, started_at=timezone.now()))


def _due(status: str) -> QuerySet[Run]:
    """Runs of this status whose time has come, their campaigns locked. Not those of campaigns that are paused, nor of
    those that have times to catch up with: which of their runs may go is not decided yet.
    """
    now = timezone.now()
    due = Run.objects.filter(status=status, scheduled_for__lte=now).select_related("campaign")
    due = due.exclude(campaign__status=Campaign.Status.PAUSED).exclude(campaign__next_at__lte=now)
    due = due.select_for_update(of=("campaign",), no_key=True, skip_locked=True)
    return due.order_by("scheduled_for")[:A_TICKS_WORTH]


def _why_held(run: Run) -> str:
    """Why a person has to look before a planned run goes; empty: it may go."""
    if run.campaign.missing_values == Campaign.Missing.BLOCK and (missing := _missing(run)):
        people = "person has" if missing == 1 else "people have"
        return f"{missing:,} {people} no value for a field of the text, so nothing was sent."
    if reason := growth.of(run):
        return reason
    limit = run.campaign.spend_limit
    if limit is None:
        limit = Rules.objects.get(pk=1).campaign_limit
    if limit is not None and run.estimate > limit:
        return f"It would cost KES {run.estimate:,.2f}, and the limit of a campaign is KES {limit:,.2f}."
    return ""


def halt_over_limit() -> None:
    """Runs whose next batch would go over the campaign's limit, with nothing under way: a person has to raise it."""
    with connection.cursor() as cursor:
        cursor.execute(OVER_LIMIT)
        for run, limit in cursor.fetchall():
            halt_run(run, f"The spending limit of this campaign, KES {limit:,.2f}, is reached. Raise it, then resume.")


def end_leases() -> None:
    """Batches whose attempt has not come back: never posted means ready again, posted means not known."""
    with connection.cursor() as cursor:
        cursor.execute(LEASES_OUT, [SLICE])
        for (batch,) in cursor.fetchall():
            _end_lease(batch)


@transaction.atomic
def _end_lease(batch: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status FROM campaigns_run WHERE id = (SELECT run_id FROM campaigns_batch WHERE id = %s) FOR SHARE",
            [batch],
        )
        run = cursor.fetchone()
        cursor.execute(LOCK_LEASE_OUT, [batch])
        if (row := cursor.fetchone()) is None:
            return
        posted, tries, number = row
        if posted:
            doubt(
                batch,
                number,
                "worker_gone",
                "The program that was sending it stopped before the answer was written down.",
            )
        else:
            problem = "The program that was to send it stopped before it did."
            hand_back(batch, run[0] if run else None, problem, wait(tries))


def leave_out_what_is_late() -> None:
    """Texts that wait though the time until which their run may go has passed: left out, with that for a reason."""
    with _alone() as mine, connection.cursor() as cursor:
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
    with _alone() as mine, connection.cursor() as cursor:
        if not mine:
            return
        cursor.execute(NOTHING_LEFT)
        for (run,) in cursor.fetchall():
            Run.objects.filter(pk=run).advance(Run.Status.FINISHED, finished_at=timezone.now())
    # Apart from the above: whoever holds a campaign's row may be waiting for one of its runs.
    with _alone() as mine, connection.cursor() as cursor:
        cursor.execute(ENDED, [SLICE if mine else 0])


def close_cancelled_runs() -> int:
    """Cancel what still waits of runs that were cancelled or skipped, a slice at a time; returns how many batches."""
    with _alone() as mine, connection.cursor() as cursor:
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
    with _alone() as mine, connection.cursor() as cursor:
        if not mine:
            return
        cursor.execute(OVERDUE, [settings.QSMS_REPORT_TIMEOUT, SLICE])
        batches = [row[0] for row in cursor.fetchall()]
        if batches:
            lock_batches(batches)
            Message.objects.filter(batch__in=batches).advance(Message.Status.EXPIRED, reason="no_report")
            recount(batches)


def _too_late(run: Run) -> bool:
    if run.not_after is None or run.not_after > timezone.now():
        return False
    if run.campaign.is_paused:
        reason = "The campaign was paused until its time had passed."
    elif run.status == Run.Status.HELD:
        reason = f"Its time passed before somebody decided. {run.reason}"[:300]
    else:
        reason = "Its time had passed when it could have gone."
    not_begun = Run.objects.filter(pk=run.pk, status__in=NOT_BEGUN)
    return bool(not_begun.advance(Run.Status.SKIPPED, reason=reason, finished_at=timezone.now()))


def _missing(run: Run) -> int:
    with connection.cursor() as cursor:
        cursor.execute(MISSING, [run.pk])
        return cursor.fetchone()[0]


@contextmanager
def _alone() -> Iterator[bool]:
    """A transaction, and whether this tick is the one that may work in it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [TICK_LOCK])
        yield cursor.fetchone()[0]
