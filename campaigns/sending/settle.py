"""Writing down what an attempt came to, under its claim's number: whoever comes late changes nothing.

Locks are taken in the order run, batch, messages. What is known unsent goes back to be sent; what may have been sent is
never ready again. The results of a call are written by one function in the database
(`campaigns/sql/settle_attempt.sql`), in one round trip.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from campaigns.ledger.locks import LOCK_CLAIM, LOCK_RUN
from campaigns.ledger.tallies import recount
from campaigns.models import Batch, Message, Run
from campaigns.sending.claim import Claim
from lib.prepared import execute

BACKOFF_FIRST = timedelta(seconds=2)
BACKOFF_LONGEST = timedelta(minutes=5)
MOST_TRIES = 10

SETTLE = """
SELECT is_ours, breaker_cares FROM campaigns_settle_attempt(%s, %s, %s::jsonb, %s::bigint[], %s, %s, %s::interval)
"""
BACK = """
UPDATE campaigns_batch SET status = %s, lease_until = NULL, posted_at = NULL, problem = %s,
    not_before = clock_timestamp() + %s
WHERE id = %s RETURNING cost
"""
GIVE_BACK = """
UPDATE campaigns_gate SET spent = greatest(spent - %(cost)s, 0), spent_since = greatest(spent_since - %(cost)s, 0)
WHERE id = 1
"""


class Result(NamedTuple):
    """What an attempt came to for one message. `cost` is KES, None where the gateway did not say."""

    message: int
    status: str
    reason: str = ""
    detail: str = ""
    gateway_id: str = ""
    network: str = ""
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """An attempt was written down. `breaker_cares`: the last calls were not all good, so this one counts too."""

    breaker_cares: bool


def settle(
    claim: Claim, results: Sequence[Result], unsent: Iterable[int] = (), problem: str = "", *, doubt: str = "no_answer"
) -> Settled | None:
    """Record an attempt's results; `unsent` messages were refused for a passing reason and go into a new ready batch.

    Messages of the claim in neither may have been sent: they are uncertain, for the reason `doubt`. None: the claim is
    no longer ours, nothing was changed.
    """
    outcomes = json.dumps(_outcomes(results))
    return _settle(claim.batch, claim.number, outcomes, list(unsent), doubt, problem, backoff(claim.tries))


def settle_in_doubt(claim: Claim, reason: str, problem: str) -> Settled | None:
    """All of the claim's texts may have been sent. None: the claim is no longer ours, nothing was changed."""
    return settle(claim, [], problem=problem, doubt=reason)


def settle_unsent(claim: Claim, problem: str, retry_after: float | None = None) -> int | None:
    """Nothing of the claim was sent: ready again after a while, or cancelled where the run is.

    Returns how often it has been tried, None where the claim is no longer ours.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK_RUN, [claim.batch])
        run = cursor.fetchone()
        cursor.execute(LOCK_CLAIM, [claim.batch, claim.number])
        if cursor.fetchone() is None:
            return None
        pause = max(backoff(claim.tries), timedelta(seconds=min(retry_after or 0, 3600)))
        hand_back(claim.batch, run[0] if run else None, problem, pause)
        return claim.tries


def put_in_doubt(batch: int, number: int, reason: str, problem: str) -> None:
    """Make a batch, whose claim has this number, and its queued messages uncertain. The caller has locked both."""
    _settle(batch, number, "[]", [], reason, problem, timedelta())


def hand_back(batch: int, run_status: str | None, problem: str, pause: timedelta) -> None:
    """Make a locked batch that is known to be unsent ready again, or cancel it where its run is cancelled."""
    with connection.cursor() as cursor:
        cancelled = run_status == Run.Status.CANCELLED
        status, pause = (Batch.Status.CANCELLED, timedelta()) if cancelled else (Batch.Status.READY, pause)
        cursor.execute(BACK, [status, problem[:300], pause, batch])
        (cost,) = cursor.fetchone()
        if cancelled:
            cancel_queued([batch])
        cursor.execute(GIVE_BACK, {"cost": cost})


def cancel_queued(batches: Sequence[int]) -> None:
    """Cancel what is queued in these locked batches."""
    Message.objects.filter(batch__in=batches, status=Message.Status.QUEUED).advance(Message.Status.CANCELLED)
    recount(batches)


def backoff(tries: int) -> timedelta:
    """How long a batch rests after its `tries`th try: 2 s, doubling, 5 minutes at most."""
    return min(BACKOFF_FIRST * 2 ** min(tries - 1, 10), BACKOFF_LONGEST)


def _outcomes(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Results by what they say beside message and id, as the database's function reads them."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for message, status, reason, detail, gateway_id, network, cost in results:
        outcome = found.get((status, reason, detail, network, cost))
        if outcome is None:
            outcome = found[status, reason, detail, network, cost] = _outcome(status, reason, detail, network, cost)
        outcome["messages"].append(message)
        outcome["gateway_ids"].append(gateway_id[:64])
    return list(found.values())


def _outcome(status: str, reason: str, detail: str, network: str, cost: Decimal | None) -> dict[str, Any]:
    said = {
        "reason": reason,
        "detail": detail[:200],
        "network": network[:30],
        "cost": None if cost is None else str(cost),
    }
    return {"status": status, "messages": [], "gateway_ids": []} | {key: value for key, value in said.items() if value}


def _settle(
    batch: int, number: int, outcomes: str, unsent: list[int], reason: str, problem: str, pause: timedelta
) -> Settled | None:
    settled = execute(SETTLE, [batch, number, outcomes, unsent, reason, problem[:300], pause]).fetchone()
    assert settled is not None
    is_ours, breaker_cares = settled
    return Settled(breaker_cares) if is_ours else None
