"""Writing down what an attempt came to, under its claim's number: whoever comes late changes nothing.

Locks are taken in the order run, batch, messages. What is known unsent goes back to be sent; what may have been sent is
never ready again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db import connection, transaction

from campaigns.claiming import Claim
from campaigns.delivery import try_again_for
from campaigns.models import Batch, Message, Run
from campaigns.tallies import recount

BACKOFF_FIRST = timedelta(seconds=2)
BACKOFF_LONGEST = timedelta(minutes=5)
MOST_TRIES = 10

LOCK_RUN = "SELECT status FROM campaigns_run WHERE id = (SELECT run_id FROM campaigns_batch WHERE id = %s) FOR SHARE"
LOCK_BATCH = """
SELECT tries, posted_at FROM campaigns_batch WHERE id = %s AND claim = %s AND status = 'sending' FOR NO KEY UPDATE
"""
RESULTS = """
UPDATE campaigns_message m SET
    status = r.status, reason = r.reason, detail = r.detail, gateway_id = r.gateway_id,
    network = coalesce(nullif(r.network, ''), m.network), posted_at = %(posted)s,
    cost = coalesce(r.cost, m.cost), cost_is_actual = r.cost IS NOT NULL,
    accepted_at = CASE WHEN r.status = 'accepted' THEN clock_timestamp() ELSE m.accepted_at END
FROM unnest(%(messages)s::bigint[], %(statuses)s::varchar[], %(reasons)s::varchar[], %(details)s::varchar[],
    %(gateway_ids)s::varchar[], %(networks)s::varchar[], %(costs)s::numeric[])
    AS r(message, status, reason, detail, gateway_id, network, cost)
WHERE m.id = r.message AND m.batch_id = %(batch)s AND m.status = 'queued'
"""
DOUBT = """
UPDATE campaigns_message SET status = 'uncertain', reason = %s, posted_at = %s WHERE batch_id = %s AND status = 'queued'
"""
AGAIN = """
INSERT INTO campaigns_batch (run_id, sender_id, kind, status, size, claim, not_before, tries, problem, tally, left_out,
    parts, cost)
SELECT run_id, sender_id, kind, %(status)s, %(size)s, 0, clock_timestamp() + %(wait)s, tries, %(problem)s, '{}', '{}',
    0, 0
FROM campaigns_batch WHERE id = %(batch)s RETURNING id
"""
CLOSE = """
UPDATE campaigns_batch SET status = %s, lease_until = NULL, problem = %s, settled_at = clock_timestamp(),
    doubted_at = CASE WHEN %s THEN clock_timestamp() END
WHERE id = %s
"""
BACK = """
UPDATE campaigns_batch SET status = %s, lease_until = NULL, posted_at = NULL, problem = %s,
    not_before = clock_timestamp() + %s
WHERE id = %s
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What an attempt came to for one message. `cost` is KES, None where the gateway did not say."""

    message: int
    status: str
    reason: str = ""
    detail: str = ""
    gateway_id: str = ""
    network: str = ""
    cost: Decimal | None = None


def settle(claim: Claim, results: Sequence[Result], unsent: Iterable[int] = (), problem: str = "") -> bool:
    """Record an attempt's results; `unsent` messages were refused for a passing reason and go into a new ready batch.

    Messages of the claim in neither are uncertain: the gateway did not answer for them. False: the claim is no longer
    ours, nothing was changed.
    """
    with transaction.atomic():
        run_status, batch = _lock(claim)
        if batch is None:
            return False
        tries, posted_at = batch
        _write(claim, results, posted_at)
        batches = [claim.batch]
        if again := list(unsent):
            batches.append(_again(claim, again, run_status, wait(tries), problem))
        with connection.cursor() as cursor:
            cursor.execute(DOUBT, ["no_answer", posted_at, claim.batch])
            doubted = cursor.rowcount > 0
            recount(batches)
            status = Batch.Status.UNCERTAIN if doubted else Batch.Status.SETTLED
            cursor.execute(CLOSE, [status, problem[:300], doubted, claim.batch])
        try_again_for(text.phone for text in claim.texts)
        return True


def settle_in_doubt(claim: Claim, reason: str, problem: str) -> bool:
    """All of the claim's texts may have been sent. False: the claim is no longer ours, nothing was changed."""
    with transaction.atomic():
        _, batch = _lock(claim)
        if batch is None:
            return False
        doubt(claim.batch, reason, problem)
        return True


def settle_unsent(claim: Claim, problem: str, retry_after: float | None = None) -> int | None:
    """Nothing of the claim was sent: ready again after a while, or cancelled where the run is.

    Returns how often it has been tried, None where the claim is no longer ours.
    """
    with transaction.atomic():
        run_status, batch = _lock(claim)
        if batch is None:
            return None
        tries, _ = batch
        pause = max(wait(tries), timedelta(seconds=min(retry_after or 0, 3600)))
        hand_back(claim.batch, run_status, problem, pause)
        return tries


def doubt(batch: int, reason: str, problem: str) -> None:
    """Make a locked batch and its queued messages uncertain."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE campaigns_message m SET status = 'uncertain', reason = %s, posted_at = b.posted_at "
            "FROM campaigns_batch b WHERE b.id = %s AND m.batch_id = b.id AND m.status = 'queued'",
            [reason, batch],
        )
        recount([batch])
        cursor.execute(CLOSE, [Batch.Status.UNCERTAIN, problem[:300], True, batch])
    # Reports that came while the call was under way could not be bound then.
    try_again_for(Message.objects.filter(batch=batch).values_list("phone", flat=True))


def hand_back(batch: int, run_status: str | None, problem: str, pause: timedelta) -> None:
    """Make a locked batch that is known to be unsent ready again, or cancel it where its run is cancelled."""
    with connection.cursor() as cursor:
        if run_status == Run.Status.CANCELLED:
            cancel_queued([batch])
            cursor.execute(BACK, [Batch.Status.CANCELLED, problem[:300], timedelta(), batch])
        else:
            cursor.execute(BACK, [Batch.Status.READY, problem[:300], pause, batch])


def cancel_queued(batches: Sequence[int]) -> None:
    """Cancel what is queued in these locked batches."""
    Message.objects.filter(batch__in=batches, status=Message.Status.QUEUED).advance(Message.Status.CANCELLED)
    recount(batches)


def wait(tries: int) -> timedelta:
    """How long a batch rests after its `tries`th try: 2 s, doubling, 5 minutes at most."""
    return min(BACKOFF_FIRST * 2 ** min(tries - 1, 10), BACKOFF_LONGEST)


def _lock(claim: Claim) -> tuple[str | None, tuple[int, object] | None]:
    with connection.cursor() as cursor:
        cursor.execute(LOCK_RUN, [claim.batch])
        run = cursor.fetchone()
        cursor.execute(LOCK_BATCH, [claim.batch, claim.number])
        return run[0] if run else None, cursor.fetchone()


def _write(claim: Claim, results: Sequence[Result], posted_at: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            RESULTS,
            {
                "batch": claim.batch,
                "posted": posted_at,
                "messages": [one.message for one in results],
                "statuses": [one.status for one in results],
                "reasons": [one.reason for one in results],
                "details": [one.detail[:200] for one in results],
                "gateway_ids": [one.gateway_id[:64] for one in results],
                "networks": [one.network[:30] for one in results],
                "costs": [one.cost for one in results],
            },
        )


def _again(claim: Claim, messages: list[int], run_status: str | None, pause: timedelta, problem: str) -> int:
    cancelled = run_status == Run.Status.CANCELLED
    with connection.cursor() as cursor:
        cursor.execute(
            AGAIN,
            {
                "status": Batch.Status.CANCELLED if cancelled else Batch.Status.READY,
                "size": len(messages),
                "wait": pause,
                "problem": problem[:300],
                "batch": claim.batch,
            },
        )
        (new,) = cursor.fetchone()
        cursor.execute(
            "UPDATE campaigns_message SET batch_id = %s WHERE id = ANY(%s) AND batch_id = %s AND status = 'queued'",
            [new, messages, claim.batch],
        )
        cursor.execute("UPDATE campaigns_batch SET size = size - %s WHERE id = %s", [cursor.rowcount, claim.batch])
    if cancelled:
        cancel_queued([new])
    return new
