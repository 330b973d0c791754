"""Totals rebuilt from rows: per batch in its tally, per run as the sum of its batches.

Whoever changes messages first locks their batches' rows in the order of their ids, then changes, then recounts in a
further statement: a recount in the same statement does not see the change, and bulks in opposite order deadlock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from campaigns.models import Batch, Message, Run

SUM = """
SELECT t.key, sum(t.value::int) FROM campaigns_batch b, jsonb_each_text(b.{column}) t
WHERE b.run_id = %s GROUP BY t.key
"""


def lock_batches(batches: Iterable[int]) -> None:
    """Lock these batches' rows, in the order of their ids; inside a transaction, before their messages change."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM campaigns_batch WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [sorted(set(batches))]
        )


def recount(batches: Iterable[int]) -> None:
    """Rebuild the tallies of these batches, which the caller has locked, from their messages."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT campaigns_recount(%s)", [sorted(set(batches))])


@dataclass(frozen=True)
class Totals:
    """What became of a run's audience. `counts` has every status and adds up to `audience`."""

    audience: int
    counts: dict[str, int]
    left_out: dict[str, int]
    parts: int
    cost: Decimal


def totals(run: Run) -> Totals:
    """A run's totals from its batches' tallies; never counts messages."""
    with connection.cursor() as cursor:
        cursor.execute(SUM.format(column="tally"), [run.pk])
        found = dict(cursor.fetchall())
        cursor.execute(SUM.format(column="left_out"), [run.pk])
        left_out = {reason: int(count) for reason, count in cursor.fetchall()}
        cursor.execute(
            "SELECT coalesce(sum(parts), 0), coalesce(sum(cost), 0) FROM campaigns_batch WHERE run_id = %s", [run.pk]
        )
        parts, cost = cursor.fetchone()
    counts = {status.value: int(found.get(status.value, 0)) for status in Message.Status}
    return Totals(sum(counts.values()), counts, left_out, int(parts), cost)


def in_flight() -> int:
    """Calls of the gateway under way now."""
    return Batch.objects.filter(status=Batch.Status.SENDING).count()
