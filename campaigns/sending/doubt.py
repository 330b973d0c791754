"""Texts of which it is not known whether they went out: what a person, or the campaign's policy, makes of them.

They come in two kinds. Where the gateway is known to have taken others of the same call, it took these too, most
likely, and the phone is off; where nothing is known of a call, nobody may have got it. "Send again" means the second
kind; the first needs a separate choice. Neither is possible before the waiting time is over, during which a report may
still tell.

The waiting time is counted by a clock of its own (`Gate.doubt_clock`, seconds), which stands still while reports are
not received or not applied: then silence proves nothing.
"""

# ruff: noqa: S608 - statements share conditions that stand here; nothing that anybody typed is among them

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.audit import record
from campaigns.ledger.batches import close_known
from campaigns.ledger.tallies import recount
from campaigns.models import Batch, Campaign, Message, Run
from lib.deadlocks import begun_anew

# By itself a text is sent again twice at most; then somebody has to look at what is wrong with the gateway.
MOST_ATTEMPTS = 3
LONGEST_STEP = timedelta(seconds=60)
REPORTS_STAND_STILL = timedelta(minutes=1)
REPORTS_ARE_MISSING = timedelta(minutes=10)
REPORTS_ARE_AWAITED = timedelta(hours=1)

# The gateway answered or reported for others of the call: it took the call.
TAKEN = "b.tally ?| ARRAY['accepted', 'delivered', 'undelivered', 'expired', 'rejected']"
WAITED = "g.doubt_clock - coalesce(b.doubt_clock, 0) >= %(wait)s"

COUNT = f"""
SELECT coalesce(sum(n) FILTER (WHERE taken), 0), coalesce(sum(n) FILTER (WHERE NOT taken), 0),
    coalesce(sum(n) FILTER (WHERE NOT waited), 0), max(%(wait)s - waited_for) FILTER (WHERE NOT waited)
FROM (
    SELECT coalesce((b.tally->>'uncertain')::int, 0) AS n, {TAKEN} AS taken, {WAITED} AS waited,
        g.doubt_clock - coalesce(b.doubt_clock, 0) AS waited_for
    FROM campaigns_batch b, campaigns_gate g WHERE b.run_id = %(run)s AND b.status = 'uncertain' AND g.id = 1) b
"""
LOCK = f"""
SELECT b.id FROM campaigns_batch b, campaigns_gate g
WHERE b.run_id = %(run)s AND b.status = 'uncertain' AND g.id = 1 AND {WAITED} AND (%(taken_too)s OR NOT {TAKEN})
    AND NOT EXISTS (SELECT 1 FROM campaigns_message m WHERE m.batch_id = b.id AND m.attempt >= %(attempts)s)
ORDER BY b.id FOR NO KEY UPDATE OF b
"""
NEW_BATCHES = """
INSERT INTO campaigns_batch (run_id, sender_id, kind, status, size, claim, not_before, tries, problem, tally, left_out,
    failures, parts, cost, is_resend)
SELECT run_id, sender_id, kind, 'ready', 0, 0, clock_timestamp(), 0, '', '{}', '{}', '{}', 0, 0, true
FROM campaigns_batch, generate_series(1, %s) WHERE id = %s RETURNING id
"""
MOVE = """
UPDATE campaigns_message m SET status = 'queued', reason = '', attempt = m.attempt + 1, batch_id = n.batch
FROM (
    SELECT id, (%(batches)s::bigint[])[1 + (row_number() OVER (ORDER BY id) - 1) / %(size)s] AS batch
    FROM campaigns_message WHERE batch_id = ANY(%(old)s) AND status = 'uncertain') n
WHERE m.id = n.id AND m.status = 'uncertain'
"""
SIZES = "UPDATE campaigns_batch SET size = (SELECT sum(v::int) FROM jsonb_each_text(tally) t(k, v)) WHERE id = ANY(%s)"
# Locked in the order of their ids, as the applier and settlements do it.
LOOK_AGAIN = """
UPDATE campaigns_deliveryreport SET next_try_at = clock_timestamp()
WHERE state = 'waiting' AND id = ANY(ARRAY(
    SELECT id FROM campaigns_deliveryreport
    WHERE state = 'waiting' AND phone IN (SELECT phone FROM campaigns_message WHERE batch_id = ANY(%s))
    ORDER BY id FOR NO KEY UPDATE))
"""
BY_POLICY = f"""
SELECT DISTINCT r.id FROM campaigns_batch b
JOIN campaigns_run r ON r.id = b.run_id JOIN campaigns_campaign c ON c.id = r.campaign_id, campaigns_gate g
WHERE b.status = 'uncertain' AND c.uncertain = 'resend' AND r.status IN ('sending', 'finished') AND g.id = 1
    AND (r.not_after IS NULL OR r.not_after > clock_timestamp())
    AND {WAITED} AND NOT {TAKEN}
    AND NOT EXISTS (SELECT 1 FROM campaigns_message m WHERE m.batch_id = b.id AND m.attempt >= %(attempts)s)
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
    """Texts of a run that are not known to have gone out.

    `taken`: the gateway took their call, they were most likely sent. `untaken`: nothing is known of their call. Both
    count those too whose waiting time is not over, which are `waiting`; the last of them is over at `until`, as far as
    can be told.
    """

    taken: int
    untaken: int
    waiting: int
    until: datetime | None

    @property
    def all(self) -> int:
        return self.taken + self.untaken

    @property
    def is_open(self) -> bool:
        """Whether for all of them a report may still tell, so that nobody can decide yet."""
        return self.waiting >= self.all

    def __bool__(self) -> bool:
        return self.all > 0


def doubt_of(run: Run) -> Doubt:
    """What of a run is not known, from its batches' tallies."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"run": run.pk, "wait": waiting_time()})
        taken, untaken, waiting, seconds = cursor.fetchone()
    until = None if seconds is None else timezone.now() + timedelta(seconds=seconds)
    return Doubt(int(taken), int(untaken), int(waiting), until)


def resend_by_policy() -> int:
    """Of campaigns that say so: send again what is not known and shows no sign of having been taken."""
    with connection.cursor() as cursor:
        cursor.execute(BY_POLICY, {"wait": waiting_time(), "attempts": MOST_ATTEMPTS})
        runs = [row[0] for row in cursor.fetchall()]
    return sum(_by_policy(run) for run in runs)


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
    count = send_again(run, taken_too=False, attempts=MOST_ATTEMPTS)
    record("sent again by the campaign's rule", f"campaign {run.campaign_id}", texts=count)
    return count


def doubtful(campaign: Campaign) -> QuerySet[Run]:
    """Its runs with texts that are not known to have gone out, the latest first."""
    uncertain = Batch.objects.filter(run=OuterRef("pk"), status=Batch.Status.UNCERTAIN)
    return campaign.runs.filter(Exists(uncertain)).order_by("-pk")


def send_again(run: Run, *, taken_too: bool, attempts: int | None = None) -> int:
    """Move the uncertain texts of these batches into new ready ones; the caller has locked the run."""
    moved = move_to_new_batches(lock_waited(run, taken_too=taken_too, attempts=attempts))
    if moved:
        Run.objects.filter(pk=run.pk, status=Run.Status.FINISHED).advance(Run.Status.SENDING, finished_at=None)
    return moved


def move_to_new_batches(old: list[int]) -> int:
    """Move the uncertain texts of batches that the caller has locked into new ready ones; how many texts."""
    waiting = Message.objects.filter(batch__in=old, status=Message.Status.UNCERTAIN).count()
    if not waiting:
        return 0
    size = settings.QSMS_BATCH_SIZE
    with connection.cursor() as cursor:
        cursor.execute(NEW_BATCHES, [-(-waiting // size), old[0]])
        new = sorted(row[0] for row in cursor.fetchall())
        cursor.execute(MOVE, {"batches": new, "size": size, "old": old})
        moved = cursor.rowcount
        recount(new)
        cursor.execute(SIZES, [[*old, *new]])
        close_known(old)
        # What waits for a message to one of these numbers is looked at before any of them is claimed.
        cursor.execute(LOOK_AGAIN, [new])
    return moved


def lock_waited(run: Run, *, taken_too: bool, attempts: int | None = None) -> list[int]:
    """The run's batches that are not known and have waited, locked in the order of their ids."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, {"run": run.pk, "wait": waiting_time(), "taken_too": taken_too, "attempts": attempts})
        return [row[0] for row in cursor.fetchall()]


def waiting_time() -> float:
    """Seconds by the doubt clock for which a report may still tell."""
    return settings.QSMS_UNCERTAIN_WAIT.total_seconds()
