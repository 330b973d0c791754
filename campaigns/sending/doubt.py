"""Texts of which it is not known whether they went out: what a person, or the campaign's policy, makes of them.

They come in two kinds. Where the gateway is known to have taken others of the same call, it took these too, most
likely, and the phone is off; where nothing is known of a call, nobody may have got it. A text that a report may mean
which no id places counts with the first. "Send again" means the second kind; the first needs a separate choice. Neither
is possible before the waiting time is over, during which a report may still tell.

The waiting time is counted by a clock of its own (`Gate.doubt_clock`, seconds), which stands still while reports are
not received or not applied: then silence proves nothing.
"""

# ruff: noqa: S608 - statements share conditions that stand here; nothing that anybody typed is among them

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.audit import record
from campaigns.ledger.evidence import CAN_MEAN
from campaigns.models import Batch, Campaign, Run, ScriptCall
from campaigns.sending.again import move_to_new_batches
from lib.deadlocks import begun_anew

# By itself a text is sent again twice at most; then somebody has to look at what is wrong with the gateway.
MOST_ATTEMPTS = 3
LONGEST_STEP = timedelta(seconds=60)
REPORTS_STAND_STILL = timedelta(minutes=1)
REPORTS_ARE_MISSING = timedelta(minutes=10)
REPORTS_ARE_AWAITED = timedelta(hours=1)

# The gateway answered or reported for others of the call: it took the call.
TAKEN = "b.tally ?| ARRAY['accepted', 'delivered', 'undelivered', 'expired', 'rejected']"
# Of the one that is asked for; of the other its name is NULL.
SOURCE = "(b.run_id = %(run)s OR b.script_call_id = %(call)s)"
WAITED = "g.doubt_clock - coalesce(b.doubt_clock, 0) >= %(wait)s"

# A report came that no id places, and this text may be what it means: nobody knows which of several it is, but the
# gateway took one of them, so this one is no longer among those of which nothing is known. Looked for from the reports'
# side: few of them wait. Where nobody decides by hand, those count too that have waited in vain.
HINTED = f"""
SELECT m.id, m.batch_id FROM (
    SELECT gateway_id, phone, sender, received_at FROM campaigns_deliveryreport WHERE state IN ('new', 'waiting')
    UNION ALL
    SELECT gateway_id, phone, sender, received_at FROM campaigns_deliveryreport
    WHERE %(in_vain_too)s AND state = 'unmatched') r
JOIN campaigns_message m ON m.phone = r.phone JOIN campaigns_batch b ON b.id = m.batch_id
LEFT JOIN campaigns_sender s ON s.id = b.sender_id
WHERE {SOURCE} AND m.status = 'uncertain' AND (m.gateway_id = '' OR m.attempt > 1) AND {CAN_MEAN}
    AND (r.gateway_id = '' OR NOT EXISTS (SELECT 1 FROM campaigns_givenid g WHERE g.gateway_id = r.gateway_id))
"""
COUNT = f"""
WITH hinted AS (SELECT batch_id, count(DISTINCT id) AS n FROM ({HINTED}) h GROUP BY batch_id)
SELECT coalesce(sum(CASE WHEN taken THEN n ELSE hinted END), 0),
    coalesce(sum(n - hinted) FILTER (WHERE NOT taken), 0), coalesce(sum(hinted) FILTER (WHERE NOT taken), 0),
    coalesce(sum(n) FILTER (WHERE NOT waited), 0), max(%(wait)s - waited_for) FILTER (WHERE NOT waited)
FROM (
    SELECT coalesce((b.tally->>'uncertain')::int, 0) AS n, coalesce(h.n, 0) AS hinted, {TAKEN} AS taken,
        {WAITED} AS waited, g.doubt_clock - coalesce(b.doubt_clock, 0) AS waited_for
    FROM campaigns_batch b LEFT JOIN hinted h ON h.batch_id = b.id, campaigns_gate g
    WHERE {SOURCE} AND b.status = 'uncertain' AND g.id = 1) b
"""
LOCK = f"""
SELECT b.id FROM campaigns_batch b, campaigns_gate g
WHERE {SOURCE} AND b.status = 'uncertain' AND g.id = 1 AND {WAITED} AND (%(taken_too)s OR NOT {TAKEN})
    AND NOT EXISTS (SELECT 1 FROM campaigns_message m WHERE m.batch_id = b.id AND m.attempt >= %(attempts)s)
ORDER BY b.id FOR NO KEY UPDATE OF b
"""
BY_POLICY = f"""
SELECT r.id, array_agg(b.id) FROM campaigns_batch b
JOIN campaigns_run r ON r.id = b.run_id JOIN campaigns_campaign c ON c.id = r.campaign_id, campaigns_gate g
WHERE b.status = 'uncertain' AND c.uncertain = 'resend' AND r.status IN ('sending', 'finished') AND g.id = 1
    AND (r.not_after IS NULL OR r.not_after > clock_timestamp())
    AND {WAITED} AND NOT {TAKEN}
    AND NOT EXISTS (SELECT 1 FROM campaigns_message m WHERE m.batch_id = b.id AND m.attempt >= %(attempts)s)
GROUP BY r.id
"""
# Else nothing would be sent again at each tick.
ANY_LEFT = """
SELECT EXISTS (SELECT 1 FROM campaigns_message WHERE batch_id = ANY(%s) AND status = 'uncertain' AND id <> ALL(%s))
"""
# A tick adds the time since the one before, unless there are signs that reports do not reach us or are not applied.
COUNT_TIME = """
UPDATE campaigns_gate g SET
    doubt_clock = doubt_clock + CASE WHEN s.stand_still OR s.missing THEN 0
        ELSE extract(epoch FROM least(clock_timestamp() - coalesce(g.ticked_at, clock_timestamp()), %(step)s)) END,
    ticked_at = clock_timestamp()
FROM (
    SELECT
        EXISTS (SELECT 1 FROM campaigns_deliveryreport d
            WHERE d.state = 'new' AND d.received_at < clock_timestamp() - %(still)s) AS stand_still,
        EXISTS (SELECT 1 FROM campaigns_batch b WHERE b.tally ? 'accepted'
            AND b.posted_at BETWEEN clock_timestamp() - %(awaited)s AND clock_timestamp() - %(missing)s)
        AND coalesce((SELECT received_at FROM campaigns_deliveryreport ORDER BY id DESC LIMIT 1), '-infinity')
            < clock_timestamp() - %(missing)s AS missing) s
WHERE g.id = 1
"""


@dataclass(frozen=True)
class Doubt:
    """Texts of a run, or of a script's call, that are not known to have gone out.

    `taken`: the gateway took their call, or a report may mean them: they were most likely sent. `untaken`: nothing is
    known of their call. Both count those too whose waiting time is not over, which are `waiting`; the last of them is
    over at `until`, as far as can be told. Of the taken ones `hinted` are so by a report alone.
    """

    taken: int
    untaken: int
    waiting: int
    until: datetime | None
    hinted: int = 0

    @property
    def by_call(self) -> int:
        """Of those that were most likely sent, the ones whose call is known to have been taken."""
        return self.taken - self.hinted

    @property
    def all(self) -> int:
        return self.taken + self.untaken

    @property
    def is_open(self) -> bool:
        """Whether for all of them a report may still tell, so that nobody can decide yet."""
        return self.waiting >= self.all

    def __bool__(self) -> bool:
        return self.all > 0


def doubt_of(source: Run | ScriptCall) -> Doubt:
    """What of it is not known, from its batches' tallies."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, _asked(source) | {"wait": waiting_time()})
        taken, untaken, hinted, waiting, seconds = cursor.fetchone()
    until = None if seconds is None else timezone.now() + timedelta(seconds=seconds)
    return Doubt(int(taken), int(untaken), int(waiting), until, int(hinted))


def resend_by_policy() -> int:
    """Of campaigns that say so: send again what is not known and shows no sign of having been taken."""
    with connection.cursor() as cursor:
        cursor.execute(BY_POLICY, {"wait": waiting_time(), "attempts": MOST_ATTEMPTS})
        found = cursor.fetchall()
    return sum(_by_policy(run) for run, batches in found if _any_left(Run(pk=run), batches))


def count_time() -> None:
    """Move the clock of waiting times on, and note that the tick is alive."""
    with connection.cursor() as cursor:
        cursor.execute(
            COUNT_TIME,
            {
                "step": LONGEST_STEP,
                "still": REPORTS_STAND_STILL,
                "missing": REPORTS_ARE_MISSING,
                "awaited": REPORTS_ARE_AWAITED,
            },
        )


@begun_anew
def _by_policy(run_id: int) -> int:
    run = Run.objects.select_for_update().get(pk=run_id)
    if run.status not in (Run.Status.SENDING, Run.Status.FINISHED):
        return 0
    count = send_again(run, taken_too=False, by_policy=True)
    record("sent again by the campaign's rule", f"campaign {run.campaign_id}", texts=count)
    return count


def doubtful(campaign: Campaign) -> QuerySet[Run]:
    """Its runs with texts that are not known to have gone out, the latest first."""
    uncertain = Batch.objects.filter(run=OuterRef("pk"), status=Batch.Status.UNCERTAIN)
    return campaign.runs.filter(Exists(uncertain)).order_by("-pk")


def send_again(source: Run | ScriptCall, *, taken_too: bool, by_policy: bool = False) -> int:
    """Move its uncertain texts into new ready batches; the caller has locked the run, or the call."""
    batches = lock_waited(source, taken_too=taken_too, attempts=MOST_ATTEMPTS if by_policy else None)
    but = () if taken_too or not batches else _hinted(source, in_vain_too=by_policy)
    moved = move_to_new_batches(batches, but)
    if moved and isinstance(source, Run):
        Run.objects.filter(pk=source.pk, status=Run.Status.FINISHED).advance(Run.Status.SENDING, finished_at=None)
    return moved


def lock_waited(source: Run | ScriptCall, *, taken_too: bool, attempts: int | None = None) -> list[int]:
    """Its batches that are not known and have waited, locked in the order of their ids."""
    asked = _asked(source) | {"wait": waiting_time(), "taken_too": taken_too, "attempts": attempts}
    with connection.cursor() as cursor:
        cursor.execute(LOCK, asked)
        return [row[0] for row in cursor.fetchall()]


def waiting_time() -> float:
    """Seconds by the doubt clock for which a report may still tell."""
    return settings.QSMS_UNCERTAIN_WAIT.total_seconds()


def _asked(source: Run | ScriptCall, *, in_vain_too: bool = False) -> dict[str, Any]:
    is_run = isinstance(source, Run)
    of = {"run": source.pk if is_run else None, "call": None if is_run else source.pk}
    return of | {"in_vain_too": in_vain_too, "timeout": settings.QSMS_REPORT_TIMEOUT}


def _hinted(source: Run | ScriptCall, *, in_vain_too: bool) -> set[int]:
    """Its uncertain texts that a report may mean which no id places."""
    with connection.cursor() as cursor:
        cursor.execute(HINTED, _asked(source, in_vain_too=in_vain_too))
        return {row[0] for row in cursor.fetchall()}


def _any_left(run: Run, batches: list[int]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(ANY_LEFT, [batches, list(_hinted(run, in_vain_too=True))])
        return cursor.fetchone()[0]
